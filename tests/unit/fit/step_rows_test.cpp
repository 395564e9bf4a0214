#include "fit/step_rows.h"

#include <string>

#include <doctest/doctest.h>

#include "input/read_problem.h"
#include "model/prediction.h"
#include "support/folder.h"

namespace wideep::step_rows_test {
namespace {

using doctest::Approx;

constexpr const char* kWorkload = R"(model: deepseek-v3
tokens_per_rank: 128
expert_load: T*k
context: 4096
dispatch_dtype: fp8
combine_dtype: bf16
straggler_factor: 1.11
)";

Problem problem(const std::vector<std::string>& set = {}) {
  const Folder folder;
  return read_problem(
      ProblemFiles{folder.write("workload.yaml", kWorkload), "h100-ib400", std::nullopt, set});
}

/// 64 requests of 1,000 + 500 tokens a rank at EP 32; 20 s of decoding after 5 s of waiting.
StepSample sample() {
  return {.batch = 64.0,
          .input_tokens = 1000.0,
          .output_tokens = 500.0,
          .tpot = 40.0 * unit::ms,
          .ttft = 5.0 * unit::s,
          .place = {}};
}

StepSeries series() {
  StepSeries made;
  made.kernel = "LL";
  made.overlap = Overlap::kNone;
  made.ep_width = 32;
  return made;
}

StepRows rows(const StepSeries& of,
              const StepSample& row,
              const Problem& with,
              const StepDefaults& defaults = {}) {
  Measurements measurements;
  measurements.step_series = {of};
  measurements.steps = {row};
  return step_rows(measurements, with, defaults, {});
}

std::string why_skipped(const StepSeries& of, const Problem& with = problem()) {
  const StepRows found = rows(of, sample(), with);
  return found.skipped.empty() ? "" : found.skipped.front().why;
}

/// What a prediction of the same configuration says, of the workload as it is.
Seconds predicted(const Problem& with, const Config& config) {
  return predict(with, config).step.total;
}

TEST_SUITE("fit/step_rows") {
  TEST_CASE("of a batch those decode that do not wait for their first token") {
    CHECK(live_requests(64.0, sample()) == Approx(51.2));  // 64 x 20/25
    StepSample row = sample();
    row.ttft = Seconds(0.0);
    CHECK(live_requests(64.0, row) == 64.0);
    row = sample();
    row.output_tokens = 0.0;
    CHECK(live_requests(64.0, row) == 64.0);
  }

  TEST_CASE("the context is the prompt and half of the output, unless it is stated") {
    CHECK(context_of(sample()) == 1250);
    StepSample row = sample();
    row.context = 900;
    CHECK(context_of(row) == 900);
  }

  TEST_CASE("a row is priced as explain prices its configuration, without efficiency") {
    for (const Overlap overlap : {Overlap::kNone, Overlap::kDbo}) {
      for (const char* kernel : {"LL", "HT"}) {
        CAPTURE(kernel);
        StepSeries of = series();
        of.overlap = overlap;
        of.kernel = kernel;
        const StepRows found = rows(of, sample(), problem());
        REQUIRE(found.points.size() == 1);
        const StepPoint& point = found.points.front();
        CHECK(point.nominal == 64.0);
        CHECK(point.requests == Approx(51.2));
        CHECK(point.config.tokens == 51);
        CHECK(point.config.ep_width == 32);
        CHECK(point.context == 1250);
        CHECK(point.measured / unit::ms == Approx(40.0));
        const Problem same = problem(
            {"tokens_per_rank=51", "context=1250", "serving_efficiency=1", "step_overhead=0s"});
        CHECK(point.computed / predicted(same, point.config) == Approx(1.0));
        CHECK(point.computed > 5.0 * unit::ms);
        // Efficiency and overhead that were stated or calibrated before play no part.
        const Problem stated = problem(
            {"serving_efficiency=50%", "step_overhead=9ms", "fabric.serving_efficiency=40%"});
        CHECK(rows(of, sample(), stated).points.front().computed == point.computed);
      }
    }
  }

  TEST_CASE("with drafted tokens a request brings more, and leaves with more") {
    const Problem drafting = problem({"mtp={draft_tokens: 1, accepted: 0.8}"});
    const StepRows found = rows(series(), sample(), drafting);
    REQUIRE(found.points.size() == 1);
    CHECK(found.points.front().config.tokens == 102);
    CHECK(found.points.front().measured / unit::ms == Approx(72.0));  // 1.8 x 40
    StepSeries plain = series();
    plain.speculative = false;
    CHECK(why_skipped(plain, drafting) ==
          "served without drafted tokens, which the workload's mtp has");
    plain.speculative = true;
    CHECK(why_skipped(plain, drafting).empty());
    CHECK(why_skipped(plain) ==
          "served with drafted tokens, of which the workload's mtp says nothing");
  }

  TEST_CASE("a concurrency spreads over the ranks, and what is taken is counted") {
    StepSample row = sample();
    row.batch = 0.0;
    row.concurrency = 2048.0;
    StepSeries of = series();
    of.overlap.reset();
    StepRows found = rows(of, row, problem());
    CHECK(found.points.front().nominal == 64.0);  // over EP 32
    CHECK(found.ranks_taken == 1);
    CHECK(found.overlap_taken == 1);
    CHECK(found.without_ttft == 0);
    of.ranks = 64;
    row.ttft = Seconds(0.0);
    found = rows(of, row, problem());
    CHECK(found.points.front().nominal == 32.0);
    CHECK(found.points.front().requests == 32.0);
    CHECK(found.ranks_taken == 0);
    CHECK(found.without_ttft == 1);
    of.ranks = 0;
    of.ep_width = 0;
    of.kernel.clear();
    found = rows(of,
                 row,
                 problem(),
                 {.ep_width = 16, .kernel = "HT", .overlap = Overlap::kDbo, .ranks = 128});
    const StepPoint& point = found.points.front();
    CHECK(point.config.ep_width == 16);
    CHECK(point.config.kernel == 1);
    CHECK(point.config.overlap == Overlap::kDbo);
    CHECK(point.config.first_tokens == 8.0);
    CHECK(point.nominal == 16.0);
  }

  TEST_CASE("batches are each rank's own under a global batch too") {
    const Problem global =
        problem({"tokens_per_rank=null", "expert_load=null", "global_tokens=999"});
    CHECK(rows(series(), sample(), global).points.front().computed ==
          rows(series(), sample(), problem()).points.front().computed);
  }

  TEST_CASE("rows that are not of the workload are left out and say why") {
    StepSeries of = series();
    of.model = "Qwen/Qwen3-235B-A22B";
    CHECK(why_skipped(of) == "of another model, Qwen/Qwen3-235B-A22B");
    of.model = "deepseek-ai/DeepSeek-R1-0528";
    CHECK(why_skipped(of).empty());
    of.precision = "fp4";
    CHECK(why_skipped(of) == "served in fp4, and the workload's weights are fp8");
    CHECK(why_skipped(of, problem({"weight_dtype=nvfp4"})).empty());
    of = series();
    of.ep_width = 24;
    CHECK(why_skipped(of) == "EP 24 does not divide the experts: give redundant_experts");
    of.ep_width = 2;
    CHECK(why_skipped(of) == "LL does not run at EP 2, or not this model");
    of = series();
    of.overlap = Overlap::kDbo;
    StepSample row = sample();
    row.batch = 1.0;
    CHECK(rows(of, row, problem()).skipped.front().why == "too few requests for two micro-batches");
    // A model that is named on the command line is taken for the workload's.
    of = series();
    of.model = "ours";
    Measurements measurements;
    measurements.step_series = {of};
    measurements.steps = {sample(), sample()};
    CHECK(step_rows(measurements, problem(), {}, {}).skipped.front().rows == 2);
    CHECK(step_rows(measurements, problem(), {}, {{"model", "Ours"}}).points.size() == 2);
    CHECK(step_rows(measurements, problem(), {}, {{"engine", "vllm"}}).points.empty());
  }

  TEST_CASE("names of models agree up to a date, a type or a tuning") {
    CHECK(is_same_model("deepseek-ai/DeepSeek-V3-0324", "deepseek-v3"));
    CHECK(is_same_model("nvidia/DeepSeek-R1-0528-FP4-v2", "deepseek-v3, changed"));
    CHECK(is_same_model("nvidia/DeepSeek-R1-0528-FP4-v2", "deepseek-r1"));
    CHECK(is_same_model("dsr1", "deepseek-v3"));
    CHECK(is_same_model("Qwen/Qwen3-235B-A22B-Instruct-2507-FP8", "qwen3-235b-a22b"));
    CHECK(is_same_model("openai/gpt-oss-120b", "gpt-oss-120b"));
    CHECK_FALSE(is_same_model("deepseek-ai/DeepSeek-V3.2-Exp", "deepseek-v3"));
    CHECK_FALSE(is_same_model("deepseek-ai/DeepSeek-V2", "deepseek-v3"));
    CHECK_FALSE(is_same_model("moonshotai/Kimi-K2.5", "kimi-k2"));
    CHECK_FALSE(is_same_model("", ""));
  }
}

}  // namespace
}  // namespace wideep::step_rows_test
