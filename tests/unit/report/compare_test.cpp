#include <cmath>

#include <doctest/doctest.h>

#include "report/compare_report.h"
#include "support/nulls.h"
#include "support/one_layer_problem.h"
#include "support/preset_problem.h"
#include "support/widest_line.h"

namespace wideep::compare_test {
namespace {

/// EP 8 in a problem of one layer, with so long a latency each way.
Compared with_latency(double microseconds) {
  Problem problem = one_layer_problem(100);
  LinkPhase& dispatch = problem.fabric.kernels[0].dispatch;
  dispatch.latency = ByWidth<Seconds>::constant(microseconds * unit::us);
  const Config config = asked(problem, {.ep_width = 8});
  return compared({.argument = "ep=8,kernel=LL", .problem = problem, .config = config});
}

Compared on_fabric(const std::string& fabric, int ep_width, const std::string& kernel) {
  const Problem problem = deepseek_on(fabric);
  const Config config =
      asked(problem, {.ep_width = ep_width, .kernel = kernel_of(problem, kernel)});
  return compared({.argument = "as asked", .problem = problem, .config = config});
}

Compared best_of(const Problem& problem) {
  return compared({.argument = "best", .problem = problem, .config = {}});
}

std::string text_of(const CompareReport& report, int columns = kPipedColumns) {
  const Display display{.columns = columns};
  return laid_out(compare_text(report, display), display);
}

/// In one line, so that sentences can be looked for.
std::string flowing(const CompareReport& report) {
  return text_of(report, 1'000);
}

bool holds(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

TEST_SUITE("report/compare") {
  TEST_CASE("the fastest is named with by how much and by what the others are slower") {
    // 100 us of experts, 10 us of combine, 10, 40 and 70 us of dispatch.
    const CompareReport report =
        report_on({with_latency(40.0), with_latency(10.0), with_latency(70.0)});
    CHECK(report.fastest == 1);
    CHECK(report.most_per_gpu == 1);
    CHECK(excess(report.compared[0], report.compared[1], report.measure) ==
          doctest::Approx(0.25));  // 150 us against 120 us
    const std::string text = text_of(report);
    CHECK(text.starts_with("B is fastest: a step of 120 us, 833,333 tokens/s per GPU."));
    CHECK(holds(flowing(report),
                "A takes 25.0% longer, 150 us, with 20.0% fewer tokens/s per GPU; most of it by "
                "dispatch: 40 us a layer against 10 us."));
    CHECK(holds(text, "C takes 50.0% longer, 180 us"));
    CHECK(holds(text, "dispatch             40 us    10 us -75.0%*    70 us +75.0%*"));
    CHECK(holds(text, "= layer             150 us   120 us -20.0%    180 us +20.0%"));
  }

  TEST_CASE("what takes the same is not told apart, nor what is within the model's error") {
    const CompareReport same = report_on({with_latency(10.0), with_latency(10.0)});
    CHECK(holds(text_of(same), "B takes as long, with as many tokens/s per GPU."));
    for (const ComparedTerm& row : same.terms) CHECK_FALSE(row.largest[1]);
    const std::string near = flowing(report_on({with_latency(10.0), with_latency(11.0)}));
    CHECK(holds(near, "Less than 5.0% is within the model's error."));
    const std::string far = flowing(report_on({with_latency(10.0), with_latency(20.0)}));
    CHECK_FALSE(holds(far, "model's error"));
  }

  TEST_CASE("ranked by TPOT, TTFT, a step or what is served, whichever all have") {
    const Compared decode = best_of(deepseek_on("h100-ib400"));
    const Compared prefill = best_of(deepseek_on("h100-ib400", {"phase=prefill"}));
    const Compared no_context =
        best_of(deepseek_on("h100-ib400", {"phase=prefill", "context=null"}));
    CHECK(report_on({decode, decode}).measure == Measure::kTpot);
    CHECK(report_on({prefill, prefill}).measure == Measure::kTtft);
    CHECK(report_on({prefill, no_context}).measure == Measure::kStep);
    CHECK(report_on({with_latency(1.0), with_latency(1.0)}).measure == Measure::kStep);
    const CompareReport mixed = report_on({decode, prefill});
    CHECK(mixed.measure == Measure::kThroughput);
    CHECK(text_of(mixed).starts_with("A serves most: "));
    CHECK(holds(text_of(mixed), "\nB serves "));
    for (const ComparedTerm& row : mixed.terms) CHECK_FALSE(row.largest[1]);
  }

  TEST_CASE("what is infeasible is shown with why, and not ranked") {
    const Compared slow = on_fabric("h100-ib400", 64, "LL");
    const Compared indivisible = on_fabric("gb200-nvl72", 48, "NVL");  // 256 experts
    const Compared unpriced = on_fabric("h100-ib400", 64, "HT");       // to EP 32 alone
    REQUIRE(indivisible.report);
    REQUIRE_FALSE(unpriced.report);
    CHECK(indivisible.report->prediction.layer < slow.report->prediction.layer);
    const CompareReport report = report_on({unpriced, slow, indivisible});
    CHECK(report.fastest == 1);
    const std::string text = text_of(report);
    CHECK(text.starts_with("B alone is feasible: TPOT "));
    CHECK(holds(text, "C           infeasible: EP 48"));
    CHECK(holds(text, "HT supports EP widths 8, 16, 24, 32, not 64."));
    const Json json = compare_json(report);
    CHECK(nulls_have_reasons(json["configurations"]));
    CHECK(json["configurations"][0]["time"].is_null());
    CHECK(json["configurations"][2]["feasible"] == false);
    CHECK(json["configurations"][2]["limits"][0]["rule"] == "experts_divide");

    const Compared none = best_of(deepseek_on("h100-ib400", {"slo.tpot=1ms"}));
    const CompareReport nothing = report_on({unpriced, none});
    CHECK_FALSE(nothing.fastest);
    CHECK(text_of(nothing).starts_with("None of them is feasible."));
    CHECK(compare_json(nothing)["fastest_reason"] == "none of them is feasible");
  }

  TEST_CASE("the best is the fastest that an engine runs") {
    const Problem problem = deepseek_on("h100-ib400");
    const Compared best = best_of(problem);
    const Compared given = on_fabric("h100-ib400", 32, "LL");
    REQUIRE(best.report);
    CHECK(best.is_best);
    CHECK(best.report->prediction.layer <= given.report->prediction.layer);
    CHECK_FALSE(given.is_best);
  }

  TEST_CASE("columns that do not fit stand in blocks beside the first") {
    std::vector<Compared> all;
    all.reserve(7);
    for (int at = 0; at < 7; ++at) all.push_back(with_latency(10.0 + at));
    const CompareReport report = report_on(std::move(all));
    for (const int columns : {60, 80, 120}) {
      CAPTURE(columns);
      const std::string text = text_of(report, columns);
      CHECK(widest_line(text) <= static_cast<std::size_t>(columns));
      CHECK(holds(text, "one layer                A        B"));
    }
    // 16 for the label, 10 for A, 17 for each other: two fit into 60, three into 80, five into 120.
    const std::string beside = "                ";
    CHECK(holds(text_of(report, 60), "A        B" + beside + "C\n"));
    CHECK(holds(text_of(report, 60), "A        F" + beside + "G\n"));
    CHECK(holds(text_of(report, 80), "A        E" + beside + "F" + beside + "G\n"));
    CHECK(holds(text_of(report, 120), "A        G\n"));
  }

  TEST_CASE("JSON has the terms of the text, and its stages sum to the layer") {
    const CompareReport report =
        report_on({on_fabric("h100-ib400", 64, "LL"), best_of(deepseek_on("h100-ib400"))});
    const Json json = compare_json(report);
    CHECK(nulls_have_reasons(json["configurations"]));
    REQUIRE(json["differences"].size() == kCostTermCount);
    for (std::size_t at = 0; at < 2; ++at) {
      double sum = 0.0;
      std::size_t stages = 0;
      for (const Json& row : json["differences"]) {
        if (row["term"] == "layer") break;
        sum += row["values_s"][at].get<double>();
        ++stages;
      }
      CHECK(stages == 8);
      const double layer = json["configurations"][at]["time"]["layer_s"].get<double>();
      CHECK(sum == doctest::Approx(layer).epsilon(1e-12));
    }
    CHECK(json["fastest"] == 1);
    CHECK(json["ranked_by"] == "tpot_s");
    CHECK(json["configurations"][1]["over_fastest"] == 0.0);
    CHECK(json["configurations"][0]["mostly_by"] == "hidden");
    int marked = 0;
    for (const Json& row : json["differences"]) {
      if (row["largest_for"].empty()) continue;
      ++marked;
      CHECK(row["term"] == "hidden");
      CHECK(row["largest_for"] == Json::array({1}));
    }
    CHECK(marked == 1);
  }
}

}  // namespace
}  // namespace wideep::compare_test
