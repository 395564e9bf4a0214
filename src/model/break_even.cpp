#include "model/break_even.h"

#include <algorithm>
#include <limits>

#include "model/best_split.h"
#include "model/overlap.h"

namespace wideep {
namespace {

constexpr Seconds kForever{std::numeric_limits<double>::infinity()};

/// A saving below this share of no overlap is rounding.
constexpr double kNone = 1e-14;

constexpr const char* kNotConcave =
    "the kernel's law is not concave in the tokens: the best split is not known at every batch";

/// What no overlap takes with the SMs that suit it best.
Seconds fastest_none(const std::vector<LayerCosts>& choices, double tokens) {
  Seconds least = kForever;
  for (const LayerCosts& costs : choices) least = std::min(least, no_overlap_time(costs, tokens));
  return least;
}

Seconds fastest_half_split(const std::vector<LayerCosts>& choices, double tokens) {
  const MicroBatch half{0.5 * tokens, 1.0};
  Seconds least = kForever;
  for (const LayerCosts& costs : choices) {
    least = std::min(least, dbo_time(costs, half, half));
  }
  return least;
}

/// What dual-batch overlap saves of no overlap, relative to it, less what is rounding.
double saving(Seconds none, Seconds dbo) {
  return 1.0 - dbo / none - kNone;
}

/// A time that no split beats: both transfers of either micro-batch on the link, or all compute
/// beside the kernel.
Seconds split_bound(const LayerCosts& costs, double tokens) {
  return std::max(costs.comm_time(tokens, 2.0), costs.slowdown * costs.compute_time(tokens));
}

/// The saving at the best split, or any above 0.
double best_saving(const std::vector<LayerCosts>& choices,
                   const std::vector<std::vector<double>>& bends,
                   double tokens) {
  const Seconds none = fastest_none(choices, tokens);
  double best = saving(none, fastest_half_split(choices, tokens));
  for (std::size_t at = 0; at < choices.size() && best < 0.0; ++at) {
    if (saving(none, split_bound(choices[at], tokens)) < 0.0) continue;
    const Seconds equal = (1.0 - kNone) * none;
    best = std::max(best, saving(none, best_split_time(choices[at], bends[at], tokens, equal)));
  }
  return best;
}

const char* why_never(const std::vector<LayerCosts>& choices) {
  const LayerCosts& costs = choices.front();
  if (costs.slowdown > 1.0) {
    return "the SMs that the kernel holds cost compute more than overlap hides, at every size";
  }
  if (costs.dispatch.sm_time_per_token > Seconds(0.0)) {
    return "transfers hold the SMs for so long that they hide little, at every size";
  }
  return "splitting the batch costs more than overlap hides, at every size";
}

Threshold<double> known_or(std::optional<double> value, const char* reason) {
  return value ? Threshold<double>{value, ""} : Threshold<double>{{}, reason};
}

}  // namespace

namespace {

/// The smallest tokens above which the best split saves throughout, given the scan of the halves
/// and the saving at the best split, which is no less.
std::optional<double> best_from(Scan& half, const Balance& best) {
  const int last = Scan::last_point();
  int without = half.last_without(last);
  while (without >= 0 && best(Scan::at_point(without)) >= 0.0) {
    without = without == 0 ? -1 : half.last_without(without - 1);
  }
  if (without == last) return std::nullopt;
  if (without < 0) return 0.0;
  return change_between(best, Scan::at_point(without), Scan::at_point(without + 1));
}

}  // namespace

BreakEven break_even(const std::vector<LayerCosts>& choices) {
  std::vector<std::vector<double>> bends;
  bends.reserve(choices.size());
  for (const LayerCosts& costs : choices) bends.push_back(stage_bends(costs));
  const auto half = [&](double tokens) {
    const Seconds none = fastest_none(choices, tokens);
    const Seconds dbo = fastest_half_split(choices, tokens);
    return Look{.balance = saving(none, dbo), .gain = none.base(), .cost = dbo.base()};
  };
  const auto best = [&](double tokens) { return best_saving(choices, bends, tokens); };
  const auto has = [&](auto property) {
    return std::all_of(choices.begin(), choices.end(), property);
  };
  const bool concave = has([](const LayerCosts& costs) { return costs.properties().all(); });
  const bool rising = has([](const LayerCosts& costs) {
    return costs.properties().concave && costs.properties().grows;
  });
  const char* const never = why_never(choices);
  Scan scan(half, rising);
  const auto known = [&](std::optional<double> from, const Balance& balance) {
    return known_or(from, from ? "" : why_absent(balance, never));
  };
  BreakEven found{.any_split = concave ? known(best_from(scan, best), best)
                                       : Threshold<double>{{}, kNotConcave},
                  .half_split = known(scan.holds_from(), balance_of(half)),
                  .half_split_stretch = {}};
  if (const auto first = scan.first_stretch(); first && first->until) {
    found.half_split_stretch = first;
  }
  return found;
}

}  // namespace wideep
