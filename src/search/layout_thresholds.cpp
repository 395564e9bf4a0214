#include "search/layout_thresholds.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "search/agenda.h"
#include "search/hunt.h"

namespace wideep {
namespace {

/// Batches are whole tokens on so many GPUs.
constexpr int kGpus = 8;
constexpr int kMost = 1'024 * kGpus;

/// The part of the search space that is one layout: data-parallel attention for experts that are
/// sent to, groups for the others.
std::optional<Problem> only(const Problem& problem, Experts experts) {
  Problem part = problem;
  SearchSpace& space = part.space;
  std::erase_if(space.experts, [&](const ExpertLayout& one) { return one.experts != experts; });
  std::erase_if(space.attentions, [&](const Attention& one) {
    return (one.ranks == 1) != (experts == Experts::kEp);
  });
  space.objective = kTimePerToken;
  part.workload.slo = {};
  if (space.experts.empty() || space.attentions.empty()) return std::nullopt;
  return part;
}

/// The best of a layout for so many tokens on kGpus GPUs.
std::optional<Candidate> best_of(Problem& part, int tokens) {
  part.workload.traffic.tokens = TokensPerRank{
      .tokens = tokens, .expert_load = ExpertLoad::kPerRank, .stated = true, .ranks = kGpus};
  const Agenda agenda = agenda_of(list_cells(part).cells);
  Certificate unread;
  const Hunt found = hunt(agenda, Solver::kBounds, 0.0, unread);
  const auto& best = found.incumbents.best();
  const auto least = std::min_element(best.begin(), best.end(), [](const auto& a, const auto& b) {
    return (a ? a->cost : kNever) < (b ? b->cost : kNever);
  });
  return least == best.end() ? std::nullopt : *least;
}

/// From which batch on `second` is faster than `first`; a batch that only one of them runs is that
/// one's.
LayoutThreshold threshold(Problem& first, Problem& second, const std::string& names) {
  LayoutThreshold found;
  const auto is_faster = [&](int tokens) {
    const auto a = best_of(first, tokens);
    const auto b = best_of(second, tokens);
    if (a) found.below = a->config;
    if (b) found.from = b->config;
    return (b ? b->cost : kNever) < (a ? a->cost : kNever);
  };
  int low = 0;
  int high = 0;  // from there on it is faster at every power of two; 0: nowhere
  for (int tokens = kMost; tokens >= 1; tokens /= 2) {
    if (!is_faster(tokens)) {
      low = tokens;
      break;
    }
    high = tokens;
  }
  if (high == 0) {
    found.reason = names + " at any batch up to 1,024 tokens per GPU";
    return found;
  }
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (is_faster(middle) ? high : low) = middle;
  }
  if (low > 0) is_faster(low);
  const Config below = found.below;
  is_faster(high);
  found.below = below;
  found.tokens_per_gpu = 1.0 * high / kGpus;
  return found;
}

}  // namespace

std::optional<LayoutThresholds> layout_thresholds(const Problem& problem) {
  auto dep = only(problem, Experts::kEp);
  auto tep = only(problem, Experts::kTep);
  auto tp = only(problem, Experts::kTp);
  if (!tep || !(dep || tp)) return std::nullopt;
  LayoutThresholds found;
  const std::string missing = "the search space has not both";
  found.dep_over_tep.reason = missing;
  found.tep_over_tp.reason = missing;
  if (dep) found.dep_over_tep = threshold(*tep, *dep, "TEP is as fast as DEP or faster");
  if (tp) found.tep_over_tp = threshold(*tp, *tep, "TP is as fast as TEP or faster");
  return found;
}

}  // namespace wideep
