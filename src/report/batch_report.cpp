#include "report/batch_report.h"

#include <fmt/format.h>

#include "model/limits.h"
#include "model/placed.h"
#include "model/prediction.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// The same configuration with a request, or a token, more; equal halves stay equal.
Config with_more(const Problem& problem, Config config) {
  const bool halves = has_equal_halves(config);
  config.tokens += tokens_each(problem.workload);
  if (config.overlap == Overlap::kDbo && halves) {
    config.first_tokens = equal_half(config.tokens, problem.space.timing);
  }
  return config;
}

/// What the range of the workload says of a batch of so many tokens on a GPU.
LimitText range_text(const TokenRange& range) {
  if (range.most < kLargestBatch) {
    return {.rule = "tokens_per_rank",
            .message = fmt::format("tokens_per_rank.max is {}", format_count(range.most))};
  }
  return {
      .rule = "largest_batch",
      .message = fmt::format("{} tokens is the largest batch that input takes; no limit that is "
                             "known bounds it",
                             format_count(range.most))};
}

LimitText bound_of(const Problem& problem, const Config& config) {
  const Config more = with_more(problem, config);
  if (more.tokens_per_gpu() > problem.workload.traffic.choice->most) {
    return range_text(*problem.workload.traffic.choice);
  }
  const Problem there = placed(problem, more);
  if (const auto limit = schedule_limit(there, more)) return text_of(there, *limit);
  if (const auto limit = step_limit(there.workload, more, predict(there, more).step)) {
    return text_of(there, *limit);
  }
  return {.rule = "throughput", .message = "a larger batch gains no tokens per second and GPU"};
}

}  // namespace

std::optional<BatchReport> batch_report(const Problem& problem, const Config& answer) {
  if (!problem.workload.traffic.choice) return std::nullopt;
  const bool decodes = problem.workload.traffic.phase == Phase::kDecode;
  const int requests = answer.tokens / tokens_each(problem.workload);
  return BatchReport{.batch = {.tokens = answer.tokens,
                               .requests = decodes ? requests : 0,
                               .ranks = answer.attention.ranks},
                     .tokens_per_rank = answer.tokens_per_gpu(),
                     .bound = bound_of(problem, answer)};
}

Text batch_line(const Problem& problem, const BatchReport& report) {
  const bool decodes = problem.workload.traffic.phase == Phase::kDecode;
  const bool of_range = report.bound.rule == "tokens_per_rank" ||
                        report.bound.rule == "largest_batch" || report.bound.rule == "throughput";
  const std::string more =
      of_range ? "" : fmt::format("one {} more: ", decodes ? "request" : "token");
  return labelled(
      "Batch",
      fmt::format(
          "{}; {}{}.", batch_text(problem.workload, report.batch), more, report.bound.message));
}

Json batch_json(const BatchReport& report) {
  Json json{{"tokens_per_rank", report.tokens_per_rank},
            {"bound_by", report.bound.rule},
            {"message", report.bound.message}};
  if (report.batch.requests > 0) json["requests"] = report.batch.requests;
  if (report.batch.ranks > 1) json["requests_of"] = "attention group";
  return json;
}

}  // namespace wideep
