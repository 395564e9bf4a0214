// When splitting a weight-bound batch pays, on the shipped presets.
#include <algorithm>

#include <doctest/doctest.h>

#include "model/overlap.h"
#include "model/thresholds.h"
#include "support/preset_problem.h"
#include "units/format_quantity.h"

namespace wideep::break_even_test {
namespace {

TEST_SUITE("model/break_even") {
  TEST_CASE("dbo break-even falls as EP widens, and is above 256 tokens at EP 8") {
    // Beside the ideal of two halves that overlap perfectly, 2 max(comm, compute) of half a batch:
    // no ramp, no SM held. Its published estimate from H200 tables: none below 256 tokens at EP 8,
    // about 200 at EP 16, 85 at EP 32 and 64 at EP 64.
    for (const char* gpu : {"h100-sxm", "h200-sxm"}) {
      Problem problem = deepseek_on(
          "h100-ib400", {std::string("gpu=") + gpu, "context=1024", "straggler_factor=1"});
      const std::size_t kernel = kernel_of(problem, "LL");
      double before = 1e300;
      for (const int width : {8, 16, 32, 64}) {
        const Config config{.ep_width = width, .kernel = kernel};
        const Threshold<double> even =
            thresholds(problem, asked(problem, config)).break_even_half_split_tokens;
        const LayerCosts costs = layer_costs(problem, config);
        int ideal = 2;
        const auto gains = [&](int tokens) {
          const double half = 0.5 * tokens;
          return 2.0 * std::max(costs.comm_time(half), costs.compute_time(half)) <
                 no_overlap_time(costs, tokens);
        };
        while (ideal < 4096 && !gains(ideal)) ++ideal;
        MESSAGE(std::string(gpu),
                ", EP ",
                width,
                ": dbo from ",
                even.value ? format_number(*even.value) : "none",
                " tokens, ideal overlap from ",
                ideal);
        const double from = even.value.value_or(1e300);  // at EP 8 it may pay at no batch
        if (width > 8) CHECK(from < before);
        CHECK(from >= ideal - 1);
        before = from;
        if (width == 8) CHECK(from > 256.0);
        if (width == 64) CHECK(from < 128.0);
      }
    }
  }
}

}  // namespace
}  // namespace wideep::break_even_test
