#include "model/best_split.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "model/overlap.h"

namespace wideep {
namespace {

/// Where the experts' arithmetic takes longer than reading their weights; nothing where it does at
/// every size or at none.
std::optional<double> weights_read_until(const ExpertCost& expert) {
  const Seconds spared = expert.weight_read - expert.fixed;
  const auto reading = [&](double tokens) {
    return expert.active(tokens) * spared > tokens * expert.per_token;
  };
  if (spared <= Seconds(0.0) || expert.local_experts == 0.0) return std::nullopt;
  double high = expert.local_experts * spared / expert.per_token;
  if (!std::isfinite(high)) return std::nullopt;
  double low = 0.0;
  constexpr int kHalvings = 80;  // down to a millionth of a token and to the last bit
  for (int step = 0; step < kHalvings; ++step) {
    const double middle = 0.5 * (low + high);
    (reading(middle) ? low : high) = middle;
  }
  return high;
}

/// The layer at one split.
struct Probe {
  double first = 0.0;  ///< tokens of the first micro-batch
  Seconds total;
  std::array<Seconds, kDboSlots.size()>
      gaps{};  ///< of each slot, by how much compute outlasts the link
};

Probe probe(const LayerCosts& costs, double tokens, double first) {
  const DboLayer layer = dbo_layer(costs, {first, 1.0}, {tokens - first, 1.0});
  Probe here{.first = first, .total = layer.total(), .gaps = {}};
  for (std::size_t at = 0; at < here.gaps.size(); ++at) {
    here.gaps[at] = layer.slots[at].compute - layer.slots[at].link;
  }
  return here;
}

bool opposite(Seconds a, Seconds b) {
  return (a > Seconds(0.0) && b < Seconds(0.0)) || (a < Seconds(0.0) && b > Seconds(0.0));
}

/// The splits of one piece, between two neighbouring bends.
class Piece {
 public:
  Piece(const LayerCosts& costs, double tokens, const Probe& low, const Probe& high)
      : costs_(costs), tokens_(tokens), low_(low), high_(high) {}

  /// The least time where a slot changes inside the piece; infinite where none does.
  [[nodiscard]] Seconds least_at_changes() const {
    Seconds least(std::numeric_limits<double>::infinity());
    for (std::size_t slot = 0; slot < kDboSlots.size(); ++slot) {
      if (opposite(low_.gaps[slot], high_.gaps[slot])) {
        least = std::min(least, at_change(slot, low_, high_));
      } else if (const auto top = rises_above_zero(slot)) {
        least = std::min({least, at_change(slot, low_, *top), at_change(slot, *top, high_)});
      }
    }
    return least;
  }

 private:
  /// The time where the gap of a slot is 0, between probes of opposite gaps, by regula falsi of the
  /// Illinois kind: at once where the gap is a line.
  [[nodiscard]] Seconds at_change(std::size_t slot, const Probe& from, const Probe& to) const {
    constexpr int kMostSteps = 100;
    constexpr double kClose = 1e-15;
    double low = from.first;
    double high = to.first;
    Seconds at_low = from.gaps[slot];
    Seconds at_high = to.gaps[slot];
    Seconds least = std::min(from.total, to.total);
    int side = 0;
    for (int step = 0; step < kMostSteps && high - low > kClose * tokens_; ++step) {
      const Probe here = probe(costs_, tokens_, low + at_low / (at_low - at_high) * (high - low));
      least = std::min(least, here.total);
      const Seconds gap = here.gaps[slot];
      if (here.first <= low || here.first >= high || gap == Seconds(0.0)) break;
      if (opposite(gap, at_high)) {
        low = here.first;
        at_low = gap;
        if (side < 0) at_high = 0.5 * at_high;
        side = -1;
      } else {
        high = here.first;
        at_high = gap;
        if (side > 0) at_low = 0.5 * at_low;
        side = 1;
      }
    }
    return least;
  }

  /// A split at which the concave gap of a slot is above 0, where it is below at both ends.
  [[nodiscard]] std::optional<Probe> rises_above_zero(std::size_t slot) const {
    if (high_.gaps[slot] >= Seconds(0.0) || low_.gaps[slot] >= Seconds(0.0)) return std::nullopt;
    // The gap stands above its chord by no more than the experts' time grows.
    const SlotShape& shape = kDboSlots[slot];
    if (!shape.experts) return std::nullopt;
    const bool first = shape.computing == 0;
    const auto experts = [&](const Probe& at) {
      return costs_.expert.time(first ? at.first : tokens_ - at.first);
    };
    const Seconds growth = costs_.slowdown * (experts(high_) - experts(low_));
    const Seconds above = std::max(growth, Seconds(0.0) - growth);
    if (std::max(low_.gaps[slot], high_.gaps[slot]) + above <= Seconds(0.0)) return std::nullopt;
    const Probe top = highest(slot);
    return top.gaps[slot] > Seconds(0.0) ? std::optional(top) : std::nullopt;
  }

  /// Golden section on a concave gap, until it is above 0.
  [[nodiscard]] Probe highest(std::size_t slot) const {
    constexpr double kGolden = 0.6180339887498949;
    constexpr int kSteps = 60;  // to 1e-12 of the piece
    double low = low_.first;
    double high = high_.first;
    const auto at = [&](double share) {
      return probe(costs_, tokens_, std::lerp(low, high, share));
    };
    Probe left = at(1.0 - kGolden);
    Probe right = at(kGolden);
    for (int step = 0; step < kSteps; ++step) {
      const bool rising = left.gaps[slot] < right.gaps[slot];
      if ((rising ? right : left).gaps[slot] > Seconds(0.0)) break;
      if (rising) {
        low = left.first;
        left = right;
        right = at(kGolden);
      } else {
        high = right.first;
        right = left;
        left = at(1.0 - kGolden);
      }
    }
    return left.gaps[slot] < right.gaps[slot] ? right : left;
  }

  const LayerCosts& costs_;
  double tokens_;
  const Probe& low_;
  const Probe& high_;
};

}  // namespace

std::vector<double> stage_bends(const LayerCosts& costs) {
  std::vector<double> bends;
  for (const LinkCost* link : {&costs.dispatch, &costs.combine}) {
    if (link->floor > link->latency) {
      bends.push_back((link->floor - link->latency) / link->per_token);
    }
  }
  const DenseWork& dense = costs.dense;
  if (dense.weight_read > Seconds(0.0)) {
    bends.push_back(dense.weight_read / dense.compute_per_token);
  }
  const ExpertCost& expert = costs.expert;
  if (expert.dealt_per_token > 0.0) bends.push_back(expert.local_experts / expert.dealt_per_token);
  if (const auto until = weights_read_until(expert)) bends.push_back(*until);
  std::sort(bends.begin(), bends.end());
  return bends;
}

Seconds best_split_time(const LayerCosts& costs, const std::vector<double>& bends, double tokens) {
  std::vector<double> marks = {0.0, tokens};
  for (const double bend : bends) {
    if (bend >= tokens) break;
    marks.push_back(bend);
    marks.push_back(tokens - bend);
  }
  std::sort(marks.begin(), marks.end());
  Probe low = probe(costs, tokens, marks.front());
  Seconds least = low.total;
  for (std::size_t at = 1; at < marks.size(); ++at) {
    const Probe high = probe(costs, tokens, marks[at]);
    least = std::min({least, high.total, Piece(costs, tokens, low, high).least_at_changes()});
    low = high;
  }
  return least;
}

}  // namespace wideep
