#include "search/batch_absence.h"

#include <algorithm>
#include <utility>

#include "model/limits.h"
#include "model/step.h"
#include "model/what_fits.h"
#include "search/batch_bounds.h"

namespace wideep {
namespace {

/// The batches of prompts that may keep a time to first token best: those with which a prompt takes
/// one step, two and so on are the fastest where they are the smallest.
constexpr int kMostSteps = 8;

/// Of the batches that are fastest for a request: the least at decode.
std::vector<Problem> fastest_batches(const Problem& problem) {
  const Workload& workload = problem.workload;
  std::vector<Problem> batches;
  for (const Attention& attention : problem.space.attentions) {
    batches.push_back(with_least_batch(problem, attention));
  }
  if (!workload.slo.ttft || workload.traffic.phase == Phase::kDecode) return batches;
  const TokenRange& range = *workload.traffic.choice;
  const int context = workload.traffic.context.value_or(1);
  for (int steps = 1; steps <= kMostSteps; ++steps) {
    const int tokens = (context + steps - 1) / steps;
    if (tokens < range.least.value_or(1) || tokens > range.most) continue;
    batches.push_back(with_tokens(problem, tokens));
  }
  return batches;
}

Seconds of_level(const Workload& workload, const Prediction& prediction) {
  const StepTimes& step = prediction.step;
  return workload.slo.ttft && step.ttft ? *step.ttft : step.tpot;
}

/// 0 + 1 + ... + n.
double sum_to(double n) {
  return 0.5 * n * (n + 1.0);
}

/// Splits of dbo, or one each, of batches of low to high times `each` tokens.
double splits_of(const Cell& cell, double each, double low, double high) {
  const double batches = high - low + 1.0;
  return has_split(cell) ? each * (sum_to(high) - sum_to(low - 1.0)) - batches : batches;
}

}  // namespace

Problem with_tokens(Problem problem, int tokens) {
  Traffic& traffic = problem.workload.traffic;
  std::get<TokensPerRank>(traffic.tokens).tokens = tokens;
  traffic.choice.reset();
  return problem;
}

Problem with_least_batch(const Problem& problem, const Attention& attention) {
  const int each = tokens_each(problem.workload);
  const std::optional<int> least = problem.workload.traffic.choice->least;
  const int stated = least ? *least * attention.ranks : 1;
  Problem part = with_tokens(problem, (stated + each - 1) / each * each);
  std::get<TokensPerRank>(part.workload.traffic.tokens).ranks = attention.ranks;
  part.space.attentions = {attention};
  return part;
}

std::vector<Excluded> excluded_of(const Problem& problem) {
  std::vector<Excluded> excluded;
  for (const Attention& attention : problem.space.attentions) {
    const CellList list = list_cells(with_least_batch(problem, attention));
    excluded.insert(excluded.end(), list.excluded.begin(), list.excluded.end());
  }
  // Larger batches can be cut.
  std::erase_if(excluded, [](const Excluded& choice) {
    return choice.limit.kind == LimitKind::kDboTokens ||
           choice.limit.kind == LimitKind::kTooFewToChunk;
  });
  return excluded;
}

SearchResult no_batch(const Problem& problem, Solver solver) {
  SearchResult nearest;
  for (Problem& batch : fastest_batches(problem)) {
    batch.workload.slo = {};
    batch.space.objective = kTimePerToken;
    SearchResult found = optimize(batch, solver);
    if (!found.optimum) {
      if (nearest.reasons.empty()) nearest.reasons = std::move(found.reasons);
      if (nearest.excluded.empty()) nearest.excluded = std::move(found.excluded);
      continue;
    }
    const Prediction& best = found.best_run ? *found.best_run : *found.optimum;
    const bool faster = !nearest.fastest || of_level(problem.workload, best) <
                                                of_level(problem.workload, *nearest.fastest);
    if (!faster) continue;
    nearest.excluded = std::move(found.excluded);
    nearest.fastest = best;
  }
  if (!nearest.fastest) return nearest;
  const Prediction& fastest = *nearest.fastest;
  const int tokens = std::max(1, static_cast<int>(fastest.config.tokens_per_gpu()));
  nearest.within_tpot = TpotBatch{.tokens = 0, .best = fastest, .tokens_of_best = tokens};
  nearest.reasons.clear();
  if (const auto limit = step_limit(problem.workload, fastest.config, fastest.step)) {
    nearest.reasons.push_back(*limit);
  }
  return nearest;
}

std::uint64_t configurations_of(const Problem& problem, const std::vector<OpenCell>& cells) {
  const double each = tokens_each(problem.workload);
  double count = 0.0;
  for (const OpenCell& open : cells) {
    const Cell& cell = open.cell;
    const double most = cuts_batch(cell.overlap) ? problem.space.max_chunks : 1;
    for (const BatchSpan& span : spans_of(problem, open)) {
      // Batches of fewer tokens than chunks have as many chunks as tokens at most.
      const int enough =
          std::max(span.low, static_cast<int>(std::min(most / each, 1.0 * span.high)));
      for (int batch = span.low; batch < enough; ++batch) {
        const double chunks = std::min(most, batch * each) - cell.min_chunks + 1.0;
        count += chunks * splits_of(cell, each, batch, batch);
      }
      if (span.high < enough) continue;
      count += (most - cell.min_chunks + 1.0) * splits_of(cell, each, enough, span.high);
    }
  }
  return static_cast<std::uint64_t>(count);
}

}  // namespace wideep
