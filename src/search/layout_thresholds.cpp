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

/// So many on kGpus GPUs.
void set_tokens(Problem& part, int tokens) {
  part.workload.traffic.tokens = TokensPerRank{
      .tokens = tokens, .expert_load = ExpertLoad::kPerRank, .stated = true, .ranks = kGpus};
}

/// The best of a layout for so many tokens on kGpus GPUs.
std::optional<Candidate> best_of(Problem& part, int tokens) {
  set_tokens(part, tokens);
  const Agenda agenda = agenda_of(list_cells(part).cells);
  Certificate unread;
  const Hunt found = hunt(agenda, Solver::kBounds, 0.0, unread);
  const auto& best = found.incumbents.best();
  const auto least = std::min_element(best.begin(), best.end(), [](const auto& a, const auto& b) {
    return (a ? a->cost : kNever) < (b ? b->cost : kNever);
  });
  return least == best.end() ? std::nullopt : *least;
}

/// The part of a search space that is one layout, and what it is called.
struct Side {
  std::string name;
  Problem part;
};

/// Why the least batch does not run: memory where it is that, which says most.
std::optional<BrokenLimit> nearest_limit(Problem part) {
  set_tokens(part, 1);
  const std::vector<Excluded> excluded = list_cells(part).excluded;
  std::optional<BrokenLimit> nearest;
  for (const Excluded& choice : excluded) {
    const bool memory = choice.limit.kind == LimitKind::kMemory;
    // Of the widest, which needs least.
    if (!nearest || memory || nearest->kind != LimitKind::kMemory) nearest = choice.limit;
  }
  return nearest;
}

/// Which of two is faster; a batch that only one of them runs is that one's.
enum class Faster { kNeither, kFirst, kSecond };

/// From which batch on `second` is faster than `first`.
LayoutThreshold threshold(Side& first, Side& second) {
  LayoutThreshold found;
  bool first_runs = false;
  bool second_runs = false;
  const auto faster = [&](int tokens) {
    const auto a = best_of(first.part, tokens);
    const auto b = best_of(second.part, tokens);
    if (a) found.below = a->config;
    if (b) found.from = b->config;
    first_runs = first_runs || a;
    second_runs = second_runs || b;
    if (!a && !b) return Faster::kNeither;
    return (b ? b->cost : kNever) < (a ? a->cost : kNever) ? Faster::kSecond : Faster::kFirst;
  };
  int low = 0;
  int high = 0;  // from there on it is faster at every power of two that either runs; 0: nowhere
  for (int tokens = kMost; tokens >= 1; tokens /= 2) {
    const Faster here = faster(tokens);
    if (here == Faster::kSecond) high = tokens;
    if (here != Faster::kFirst) continue;
    low = tokens;
    break;
  }
  if (high == 0 || !first_runs) {
    const Side& idle = first_runs ? second : first;
    if (!first_runs || !second_runs) found.limit = nearest_limit(idle.part);
    found.reason = first_runs && second_runs
                       ? first.name + " is as fast as " + second.name + " or faster at any batch"
                       : "no " + idle.name + " of the search space runs";
    return found;
  }
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (faster(middle) == Faster::kSecond ? high : low) = middle;
  }
  if (low > 0) faster(low);
  const Config below = found.below;
  faster(high);
  found.below = below;
  found.tokens_per_gpu = 1.0 * high / kGpus;
  return found;
}

}  // namespace

std::optional<LayoutThresholds> layout_thresholds(const Problem& problem) {
  const auto side = [&](const char* name, Experts experts) -> std::optional<Side> {
    auto part = only(problem, experts);
    return part ? std::optional(Side{name, std::move(*part)}) : std::nullopt;
  };
  auto dep = side("DEP", Experts::kEp);
  auto tep = side("TEP", Experts::kTep);
  auto tp = side("TP", Experts::kTp);
  if (!tep || !(dep || tp)) return std::nullopt;
  LayoutThresholds found;
  found.dep_over_tep.reason = "the search space has no DEP";
  found.tep_over_tp.reason = "the search space has no TP";
  if (dep) found.dep_over_tep = threshold(*tep, *dep);
  if (tp) found.tep_over_tp = threshold(*tp, *tep);
  return found;
}

}  // namespace wideep
