// What the page is told is what the commands say of the same inputs.
#include "page/ask.h"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "report/optimize_report.h"

namespace wideep {
namespace {

const Json kWorkload = Json::parse(R"({
  "model": "deepseek-v3", "fabric": "h100-ib400", "tokens_per_rank": 128, "expert_load": "T*k",
  "context": 4096, "dispatch_dtype": "fp8", "combine_dtype": "bf16", "straggler_factor": 1.11,
  "search": {"overlap": ["none", "dbo"], "split": "half"}})");

Json asked(const char* kind, const std::vector<std::string>& set = {}) {
  return Json::parse(ask(Json{{"ask", kind}, {"workload", kWorkload}, {"set", set}}.dump()));
}

/// A curve's layer time at a batch; null where it has none.
Json layer_at(const Json& curves,
              const std::string& kernel,
              const std::string& overlap,
              int tokens) {
  const auto& all = curves.at("tokens");
  const auto place =
      static_cast<std::size_t>(std::find(all.begin(), all.end(), tokens) - all.begin());
  for (const Json& one : curves.at("series")) {
    if (one.at("kernel") == kernel && one.at("overlap") == overlap) {
      return one.at("layer_s").at(place);
    }
  }
  return nullptr;
}

}  // namespace

TEST_SUITE("page") {
  TEST_CASE("the answer is that of optimize") {
    const Json answer = asked("answer").at("report");
    const Json sure = asked("sure").at("report");
    CHECK(answer.at("best_run").at("config").at("ep_width") == 64);
    CHECK(answer.at("best_run") == sure.at("best_run"));
    CHECK(answer.at("confidence").is_null());
    CHECK(sure.at("confidence").at("draws") == 256);
    CHECK(asked("answer").at("use").get<std::string>().starts_with("EP 64, LL, dbo"));
  }

  TEST_CASE("curves, widths and map agree with an answer of that width, batch and mode alone") {
    const Json charts = asked("curves");
    const Json map = asked("map");
    const Json& batches = charts.at("curves").at("tokens");
    int compared = 0;
    for (std::size_t at = 0; at < batches.size(); at += 5) {
      const int tokens = batches.at(at).get<int>();
      CAPTURE(tokens);
      for (const char* const overlap : {"none", "dbo"}) {
        const std::string of = std::to_string(tokens);
        const Json alone = asked("answer",
                                 {"tokens_per_rank=" + of,
                                  "search.ep_width=[64]",
                                  "search.kernel=[LL]",
                                  "search.overlap=[" + std::string(overlap) + "]"});
        const Json layer = layer_at(charts.at("curves"), "LL", overlap, tokens);
        const Json& best = alone.at("report").at("optimum");
        CHECK(layer.is_null() == best.is_null());
        if (layer.is_null() || best.is_null()) continue;
        ++compared;
        CHECK(layer.get<double>() ==
              doctest::Approx(best.at("time").at("layer_s").get<double>()).epsilon(1e-12));
      }
    }
    CHECK(compared > 4);
    const Json& widths = charts.at("widths");
    const Json& row = map.at("cells").at(
        static_cast<std::size_t>(std::find(map.at("tokens").begin(), map.at("tokens").end(), 128) -
                                 map.at("tokens").begin()));
    REQUIRE(widths.size() == row.size());
    for (std::size_t at = 0; at < widths.size(); ++at) {
      CHECK(row.at(at).is_null() == widths.at(at).at("layer_s").is_null());
      if (!row.at(at).is_null()) CHECK(row.at(at).at("layer_s") == widths.at(at).at("layer_s"));
    }
  }

  TEST_CASE("what is wrong is told, all of it") {
    const Json told = asked("answer", {"tokens_per_rank=-1", "contxt=5"});
    CHECK(told.at("faults").size() == 2);
  }
}

}  // namespace wideep
