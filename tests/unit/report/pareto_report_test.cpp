#include "report/pareto_report.h"

#include <doctest/doctest.h>

#include "report/csv.h"
#include "support/preset_problem.h"
#include "support/widest_line.h"

namespace wideep::pareto_report_test {
namespace {

bool holds(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST_SUITE("report/pareto") {
  TEST_CASE("the table is as wide as the display: the bar is shorter there, or gone") {
    const Problem problem =
        with_free_batch(deepseek_on("gb200-nvl72", {"search.layouts=all", "slo.tpot=50ms"}));
    const Front front = pareto_front(problem, 8);
    REQUIRE(front.points.size() > 4);
    for (const int columns : {60, 70, 80, 120}) {
      CAPTURE(columns);
      const Display display{.columns = columns};
      const std::string text = laid_out(pareto_text(problem, front, display), display);
      CHECK(widest_line(text) <= static_cast<std::size_t>(columns));
      CHECK(holds(text, "per GPU  tokens/s") == (columns > 60));
      CHECK(holds(text, " ####################") == (columns >= 80));
      CHECK(holds(text, "#") == (columns > 60));
      CHECK(holds(text, "TEP 8, AR-SGLang"));
    }
  }

  TEST_CASE("the CSV has the engines that run a point and its warnings") {
    const Problem problem = with_free_batch(deepseek_on("h100-ib400"));
    const Front front = pareto_front(problem, 2);
    const std::string csv = pareto_csv(problem, front);
    CHECK(holds(csv, ",knee,engines,warnings\n"));
    // The last point is EP 256 without overlap.
    REQUIRE(front.points.back().config.ep_width == 256);
    const std::string last = csv.substr(csv.rfind('\n', csv.size() - 2) + 1);
    CHECK(holds(last, ",vLLM,\"EP 256 is beyond the fitted widths 8 to 64 of LL: scaled"));
    CHECK(holds(last, " as rough | 1 token in a transfer is beyond"));
    CHECK(last.ends_with("\"\n"));
  }

  TEST_CASE("a field of a CSV is in quotes where it must be") {
    CHECK(csv_field("") == "");
    CHECK(csv_field("EP 8; rough") == "EP 8; rough");
    CHECK(csv_field("scaled, rough") == "\"scaled, rough\"");
    CHECK(csv_field("the \"best\"") == "\"the \"\"best\"\"\"");
    CHECK(csv_field("two\nlines") == "\"two\nlines\"");
    CHECK(csv_list({"vLLM", "SGLang"}) == "vLLM | SGLang");
    CHECK(csv_list({}) == "");
  }
}

}  // namespace
}  // namespace wideep::pareto_report_test
