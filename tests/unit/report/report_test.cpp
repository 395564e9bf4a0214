#include <algorithm>
#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include "engines/dbo_threshold.h"
#include "engines/runs.h"
#include "report/describe.h"
#include "report/explain_report.h"
#include "report/optimize_report.h"
#include "report/result_json.h"
#include "report/sections.h"
#include "support/nulls.h"
#include "support/optimized.h"
#include "support/perturb.h"
#include "support/preset_problem.h"
#include "support/random_problem.h"
#include "support/widest_line.h"
#include "units/format_quantity.h"

namespace wideep::report_test {
namespace {

/// A report without its labels and line breaks, so that sentences can be looked for.
std::string flowing(const std::string& text) {
  std::string flat;
  for (const char letter : text) {
    const bool space = letter == ' ' || letter == '\n';
    if (!space || (!flat.empty() && flat.back() != ' ')) flat += space ? ' ' : letter;
  }
  return flat;
}

std::size_t occurrences(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

std::string said(const Problem& problem, const OptimizeReport& report, Detail detail) {
  return laid_out(optimize_text(problem, report, detail));
}

std::string said(const Problem& problem, const ExplainReport& report, Detail detail) {
  return laid_out(explain_text(problem, report, detail));
}

/// Lines that a screen must hold: those of "Beware" come on top.
int lines_on_screen(const Text& report) {
  Text counted = report;
  std::erase_if(counted.rows, [](const Row& row) { return row.label == "Beware"; });
  return static_cast<int>(occurrences(laid_out(counted), "\n"));
}

/// Every warning of the JSON stands in the text, and no other.
void check_warnings(const Json& result, const std::string& text) {
  const std::string flat = flowing(text);
  for (const Json& warning : result["warnings"]) {
    CHECK(flat.find("Beware " + warning.get<std::string>() + ".") != std::string::npos);
  }
  CHECK(occurrences(text, "\nBeware ") == result["warnings"].size());
}

TEST_SUITE("report") {
  TEST_CASE("a null without a reason is found, wherever it is") {
    CHECK(nulls_have_reasons(
        Json::parse(R"({"a": [{"b": null, "b_reason": "none"}], "line": null})")));
    CHECK_FALSE(nulls_have_reasons(Json::parse(R"({"a": [{"b": 1, "c": {"d": null}}]})")));
    CHECK_FALSE(nulls_have_reasons(Json{{"a", std::nan("")}}));
  }

  TEST_CASE("no report of any problem holds inf, NaN or an unexplained null") {
    ProblemSource source(61, {.max_tokens = 300, .transfer_limits = true});
    int feasible = 0;
    int infeasible = 0;
    for (int at = 0; at < draws(1000); ++at) {
      CAPTURE(at);
      const Problem problem = source.next();
      const SearchResult result = optimize(problem, Solver::kBoth);
      (result.optimum ? feasible : infeasible) += 1;
      const OptimizeReport report = report_on(problem, result);
      const Json json = optimize_json(problem, report);
      CHECK(nulls_have_reasons(json));
      if (!result.optimum) {
        CHECK(said(problem, report, Detail::kScreen).starts_with("No configuration"));
        continue;
      }
      const ExplainReport explained = report_on(problem, result.optimum->config, {});
      CHECK(nulls_have_reasons(explain_json(problem, explained)));
      std::vector<std::string> texts = {to_text(json)};
      for (const Detail detail : {Detail::kScreen, Detail::kEverything}) {
        check_warnings(json["optimum"], said(problem, report, detail));
        check_warnings(explain_json(problem, explained), said(problem, explained, detail));
        texts.push_back(said(problem, report, detail));
        texts.push_back(said(problem, explained, detail));
      }
      CAPTURE(said(problem, report, Detail::kScreen));
      CHECK(lines_on_screen(optimize_text(problem, report, Detail::kScreen)) <= 30);
      CHECK(lines_on_screen(explain_text(problem, explained, Detail::kScreen)) <= 30);
      CHECK(widest_line(
                laid_out(optimize_text(problem, report, Detail::kScreen), {.columns = 60})) <= 60);
      for (const std::string& text : texts) {
        CHECK(text.find("inf ") == std::string::npos);
        CHECK(text.find("inf%") == std::string::npos);
        CHECK(text.find("nan") == std::string::npos);
        CHECK(text.find("-0 ") == std::string::npos);
      }
    }
    CHECK(feasible > draws(500));
    CHECK(infeasible > 0);
  }

  TEST_CASE("each kind of warning is in the text and in the JSON") {
    struct Case {
      const char* rule;
      std::vector<std::string> set;
    };
    const std::vector<Case> cases = {
        {"expert_load_unstated", {"expert_load=null"}},
        {"memory_unchecked", {"search.ep_width=[1]", "gpu.memory=null"}},
        {"attention_not_counted", {"context=null"}},
        {"draft_layers_unknown", {"mtp={draft_tokens: 1, accepted: 0.8}", "mtp_layers=0"}},
        {"beyond_fitted_range", {"search.ep_width=[128]", "search.kernel=[LL]"}}};
    for (const Case& each : cases) {
      CAPTURE(each.rule);
      const Problem problem = deepseek_on("h100-ib400", each.set);
      const OptimizeReport report = report_on(problem, optimize(problem, Solver::kBounds));
      REQUIRE(report.optimum);
      const auto& warnings = report.optimum->warnings;
      CHECK(std::any_of(warnings.begin(), warnings.end(), [&](const Warning& warning) {
        return warning.rule->name == each.rule;
      }));
      check_warnings(optimize_json(problem, report)["optimum"],
                     said(problem, report, Detail::kScreen));
    }
  }

  TEST_CASE("equal halves, the largest batch and the engine's threshold are the same in both") {
    const Problem problem = deepseek_on("h100-ib400", {"search.split=free"});
    const OptimizeReport report = report_on(problem, optimize(problem, Solver::kBounds));
    REQUIRE(report.optimum);
    const Json json = optimize_json(problem, report);
    const std::string text = flowing(said(problem, report, Detail::kEverything));
    const Json& best = json["optimum"];
    const Batch most{.tokens = best["memory"]["largest_tokens_per_rank"],
                     .requests = best["memory"]["largest_requests_per_rank"]};
    CHECK(text.find("The most that fits here is " + batch_text(problem.workload, most)) !=
          std::string::npos);
    CHECK(text.find(json["runs_on"].get<std::string>()) != std::string::npos);
    if (!json["thresholds"]["engine_threshold_tokens"].is_null()) {
      const double from = json["thresholds"]["engine_threshold_tokens"];
      CHECK(text.find("threshold to " + format_count(from)) != std::string::npos);
    }
  }

  TEST_CASE("an engine's setting lets the batch in question overlap, or is not given") {
    Thresholds thresholds;
    thresholds.break_even_half_split_tokens.value = 250.5;
    CHECK(engine_setting(thresholds, 252.0) == 252.0);
    CHECK_FALSE(engine_setting(thresholds, 250.0));
    thresholds.half_split_stretch = Stretch{.from = 3.2, .until = 207.0};
    CHECK(engine_setting(thresholds, 62.0) == 4.0);
    CHECK_FALSE(engine_setting(thresholds, 3.0));
    CHECK_FALSE(engine_setting(thresholds, 220.0));
  }

  TEST_CASE("what ships fits a screen of 30 lines on every fabric, beside what to beware of") {
    for (const char* fabric : {"h100-ib400", "h20-ib400", "b200-ib400", "gb200-nvl72"}) {
      for (const char* set : {"tokens_per_rank=8",
                              "tokens_per_rank=64",
                              "tokens_per_rank=512",
                              "search.max_chunks=1",
                              "model=kimi-k2",
                              "context=65536"}) {
        CAPTURE(fabric);
        CAPTURE(set);
        const Problem problem = deepseek_on(fabric, {set});
        const SearchResult result = optimize(problem, Solver::kBoth);
        const OptimizeReport report = report_on(problem, result);
        CAPTURE(said(problem, report, Detail::kScreen));
        CHECK(lines_on_screen(optimize_text(problem, report, Detail::kScreen)) <= 30);
      }
    }
  }

  TEST_CASE("an answer is what an engine runs, with its distance from the optimum") {
    const Problem problem = with_engines(deepseek_on("h100-ib400", {"search.split=free"}));
    const OptimizeReport report = report_on(problem, optimize(problem, Solver::kBounds));
    REQUIRE(report.best_run);
    CHECK(report.optimum->engines.empty());  // no engine splits 55 + 73
    CHECK(report.best_run->engines == std::vector<std::string>{"vLLM"});
    const double distance =
        report.best_run->prediction.layer / report.optimum->prediction.layer - 1.0;
    CHECK(distance > 0.01);
    const Json json = optimize_json(problem, report);
    CHECK(nulls_have_reasons(json));
    CHECK(json["best_run"]["over_optimum"].get<double>() == distance);
    CHECK_FALSE(json["recommended"]["engines"].empty());
    for (const Detail detail : {Detail::kScreen, Detail::kEverything}) {
      const std::string text = said(problem, report, detail);
      CHECK(text.starts_with("Use " + report.best_run->name + ".\n"));
      const std::string flat = flowing(text);
      CHECK(flat.find("Optimum " + report.optimum->name) != std::string::npos);
      CHECK(flat.find("No engine runs it; what vLLM runs is " + format_percent(distance) +
                      " slower.") != std::string::npos);
    }
  }

  TEST_CASE("the optimum stands where no engine runs anything, and it is said that none does") {
    const Problem problem =
        with_engines(deepseek_on("h100-ib400", {"search.overlap=chunk", "search.kernel=HT"}));
    const OptimizeReport report = report_on(problem, optimize(problem, Solver::kBounds));
    CHECK_FALSE(report.best_run);
    CHECK(report.recommended);
    CHECK(said(problem, report, Detail::kScreen).starts_with("Use " + report.optimum->name));
    CHECK(nulls_have_reasons(optimize_json(problem, report)));
  }

  TEST_CASE(
      "an engine that was asked for is named, with its flags alone, on a screen of 30 lines") {
    for (const char* fabric : {"h100-ib400", "gb200-nvl72"}) {
      for (const Engine& engine : engines()) {
        for (const char* phase : {"phase=decode", "phase=prefill"}) {
          CAPTURE(fabric);
          CAPTURE(engine.id);
          const Problem problem =
              with_engines(deepseek_on(fabric, {"engine=" + engine.id, phase, "search=null"}));
          const SearchResult result = optimize(problem, Solver::kBounds);
          const OptimizeReport report = report_on(problem, result);
          CHECK(report.answers_with_optimum());
          const Text text = optimize_text(problem, report, Detail::kScreen);
          CHECK(lines_on_screen(text) <= 30);
          const std::string flat = flowing(laid_out(text));
          CHECK(flat.find(" with " + engine.name + " on " + fabric) != std::string::npos);
          for (const Engine& other : engines()) {
            if (other.id == engine.id) continue;
            const std::size_t set = flat.find(" Set ");
            CHECK(flat.find(other.name, set) == std::string::npos);
          }
          const auto& names = report.optimum->engines;
          CHECK(std::find(names.begin(), names.end(), engine.name) != names.end());
        }
      }
    }
  }

  TEST_CASE("a name in bytes that are no UTF-8 does not break the JSON") {
    CHECK(to_text(Json{{"name", "a\xff"}}).find("a\xEF\xBF\xBD") != std::string::npos);
  }

  TEST_CASE("the named bound is the largest exposed term, EP 8 to 256, 16 to 4,096 tokens") {
    // The terms are found by stretching each input and predicting again.
    std::set<std::string> seen;
    for (const char* context : {"context=null", "context=4096"}) {
      Problem problem = deepseek_on("h100-ib400", {"search.ep_width=[8,256]", context});
      const std::size_t kernel = kernel_of(problem, "LL");
      for (const int width : {8, 16, 32, 64, 128, 256}) {
        for (int tokens = 16; tokens <= 4096; tokens *= 2) {
          problem.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
          for (const Overlap overlap : {Overlap::kNone, Overlap::kChunk, Overlap::kDbo}) {
            CAPTURE(width);
            CAPTURE(tokens);
            const Config config{.ep_width = width,
                                .kernel = kernel,
                                .overlap = overlap,
                                .chunks = overlap == Overlap::kChunk ? 4 : 1,
                                .first_tokens = overlap == Overlap::kDbo ? 0.5 * tokens : 0.0};
            const Prediction here = predict(problem, asked(problem, config));
            const Term named = largest_term(here.exposed);
            const auto largest = slopes_of(problem, config, named);
            REQUIRE(largest.has_value());
            for (std::size_t term = 0; term < kTermCount; ++term) {
              const auto other = slopes_of(problem, config, static_cast<Term>(term));
              if (other) CHECK(*other <= *largest * (1.0 + 1e-3));
            }
            const std::string bound(bound_of(here));
            CHECK(laid_out(binding(here)).starts_with("Binds       " + bound));
            seen.insert(bound);
          }
        }
      }
    }
    std::string all;
    for (const std::string& bound : seen) all += bound + "; ";
    CHECK(all ==
          "SM bound; attention bound; communication bound; compute bound; latency bound; "
          "weight bound; ");
  }
}

}  // namespace
}  // namespace wideep::report_test
