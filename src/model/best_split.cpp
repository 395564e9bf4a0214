#include "model/best_split.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "model/group_times.h"
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

/// Two paths of a group, of which now one is longer and now the other, by their places in
/// PathTimes.
struct Rivals {
  std::size_t more = 0;  ///< has the routed experts, where one of them has
  std::size_t less = 0;
  std::optional<std::size_t> experts = {};  ///< the micro-batch of those; unset: neither has
};

std::optional<std::size_t> experts_of(const Path& path) {
  for (const Piece piece : path) {
    if (piece.part == Part::kExperts) return piece.batch;
  }
  return std::nullopt;
}

/// All rivals of a schedule.
std::vector<Rivals> list_rivals(Schedule schedule) {
  std::vector<Rivals> rivals;
  std::size_t first = 0;
  for (const Group& group : groups_of(schedule, Overlap::kDbo)) {
    for (std::size_t a = 0; a < group.paths.size(); ++a) {
      for (std::size_t b = a + 1; b < group.paths.size(); ++b) {
        const auto in_one = experts_of(group.paths[a]);
        const auto in_other = experts_of(group.paths[b]);
        // Where both have them, those of one micro-batch cancel.
        const bool both = in_one && in_other;
        if (in_other && !in_one) {
          rivals.push_back({first + b, first + a, in_other});
        } else {
          rivals.push_back({first + a, first + b, both ? std::nullopt : in_one});
        }
      }
    }
    first += group.paths.size();
  }
  return rivals;
}

const std::vector<Rivals>& rivals_of(Schedule schedule) {
  constexpr auto kLast = static_cast<std::size_t>(Schedule::kSglangSboSm100);
  static const auto rivals = [] {
    std::array<std::vector<Rivals>, kLast + 1> all;
    for (std::size_t at = 0; at < all.size(); ++at) {
      all[at] = list_rivals(static_cast<Schedule>(at));
    }
    return all;
  }();
  return rivals[static_cast<std::size_t>(schedule)];
}

std::size_t count_paths(Schedule schedule) {
  std::size_t paths = 0;
  for (const Group& group : groups_of(schedule, Overlap::kDbo)) paths += group.paths.size();
  return paths;
}

/// The layer at one split.
struct Probe {
  double first = 0.0;  ///< tokens of the first micro-batch
  Seconds total;
  PathTimes paths{};

  /// By how much `more` is the longer.
  [[nodiscard]] Seconds gap(const Rivals& rivals) const {
    return paths[rivals.more] - paths[rivals.less];
  }
};

/// A batch that is split, at costs that do not change.
struct Splitting {
  const LayerCosts& costs;
  double tokens;
  const std::vector<Rivals>& rivals;
  std::size_t paths;  ///< of all groups
};

Probe probe(const Splitting& splitting, double first) {
  const LayerCosts& costs = splitting.costs;
  const MicroBatches halves = {MicroBatch{first, 1.0}, MicroBatch{splitting.tokens - first, 1.0}};
  Probe here{.first = first, .total = {}};
  set_path_times(costs.schedule, durations_of(costs, halves, Overlap::kDbo), here.paths);
  here.total = layer_of_paths(costs.schedule, costs.layers, here.paths);
  return here;
}

bool opposite(Seconds a, Seconds b) {
  return (a > Seconds(0.0) && b < Seconds(0.0)) || (a < Seconds(0.0) && b > Seconds(0.0));
}

/// The splits between two neighbouring bends.
class Interval {
 public:
  Interval(const Splitting& splitting, const Probe& low, const Probe& high)
      : splitting_(splitting), low_(low), high_(high) {}

  /// A time that none inside it beats. Paths are linear or concave there, so none takes less than
  /// its chord, and the layer of chords is convex: its least value is where two of them cross, or
  /// at an end.
  [[nodiscard]] Seconds bound() const {
    Seconds least = std::min(low_.total, high_.total);
    PathTimes chords{};
    for (const Rivals& pair : splitting_.rivals) {
      const Seconds at_low = low_.gap(pair);
      const Seconds at_high = high_.gap(pair);
      if (!opposite(at_low, at_high)) continue;
      const double share = at_low / (at_low - at_high);
      for (std::size_t path = 0; path < splitting_.paths; ++path) {
        chords[path] = (1.0 - share) * low_.paths[path] + share * high_.paths[path];
      }
      const LayerCosts& costs = splitting_.costs;
      least = std::min(least, layer_of_paths(costs.schedule, costs.layers, chords));
    }
    return least;
  }

  /// The least time where rivals change places inside it; infinite where none do.
  [[nodiscard]] Seconds least_at_changes() const {
    Seconds least(std::numeric_limits<double>::infinity());
    for (const Rivals& pair : splitting_.rivals) {
      if (opposite(low_.gap(pair), high_.gap(pair))) {
        least = std::min(least, at_change(pair, low_, high_));
      } else if (const auto top = rises_above_zero(pair)) {
        least = std::min({least, at_change(pair, low_, *top), at_change(pair, *top, high_)});
      }
    }
    return least;
  }

 private:
  /// The time where a gap is 0, between probes of opposite gaps, by regula falsi of the
  /// Illinois kind: at once where the gap is a line.
  [[nodiscard]] Seconds at_change(const Rivals& pair, const Probe& from, const Probe& to) const {
    constexpr int kMostSteps = 100;
    constexpr double kClose = 1e-15;
    double low = from.first;
    double high = to.first;
    Seconds at_low = from.gap(pair);
    Seconds at_high = to.gap(pair);
    Seconds least = std::min(from.total, to.total);
    int side = 0;
    for (int step = 0; step < kMostSteps && high - low > kClose * splitting_.tokens; ++step) {
      const Probe here = probe(splitting_, low + at_low / (at_low - at_high) * (high - low));
      least = std::min(least, here.total);
      const Seconds gap = here.gap(pair);
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

  /// A split at which a concave gap is above 0, where it is below at both ends.
  [[nodiscard]] std::optional<Probe> rises_above_zero(const Rivals& pair) const {
    if (high_.gap(pair) >= Seconds(0.0) || low_.gap(pair) >= Seconds(0.0)) return std::nullopt;
    // The gap stands above its chord by no more than the experts' time grows.
    const auto& computing = pair.experts;
    if (!computing) return std::nullopt;
    const LayerCosts& costs = splitting_.costs;
    const auto experts = [&](const Probe& at) {
      return costs.expert.time(*computing == 0 ? at.first : splitting_.tokens - at.first);
    };
    const Seconds growth = costs.slowdown * (experts(high_) - experts(low_));
    const Seconds above = std::max(growth, Seconds(0.0) - growth);
    if (std::max(low_.gap(pair), high_.gap(pair)) + above <= Seconds(0.0)) return std::nullopt;
    const Probe top = highest(pair);
    return top.gap(pair) > Seconds(0.0) ? std::optional(top) : std::nullopt;
  }

  /// Golden section on a concave gap, until it is above 0.
  [[nodiscard]] Probe highest(const Rivals& pair) const {
    constexpr double kGolden = 0.6180339887498949;
    constexpr int kSteps = 60;  // to 1e-12 of the piece
    double low = low_.first;
    double high = high_.first;
    const auto at = [&](double share) { return probe(splitting_, std::lerp(low, high, share)); };
    Probe left = at(1.0 - kGolden);
    Probe right = at(kGolden);
    for (int step = 0; step < kSteps; ++step) {
      const bool rising = left.gap(pair) < right.gap(pair);
      if ((rising ? right : left).gap(pair) > Seconds(0.0)) break;
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
    return left.gap(pair) < right.gap(pair) ? right : left;
  }

  const Splitting& splitting_;
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
  for (const DenseWork* work : costs.dense.all()) {
    if (work->weight_read > Seconds(0.0)) {
      bends.push_back(work->weight_read / work->compute_per_token);
    }
  }
  const ExpertCost& expert = costs.expert;
  if (expert.dealt_per_token > 0.0) bends.push_back(expert.local_experts / expert.dealt_per_token);
  if (const auto until = weights_read_until(expert)) bends.push_back(*until);
  std::sort(bends.begin(), bends.end());
  return bends;
}

Seconds best_split_time(const LayerCosts& costs,
                        const std::vector<double>& bends,
                        double tokens,
                        std::optional<Seconds> limit) {
  constexpr double kRounding = 1e-12;
  std::vector<double> marks = {0.0, tokens};
  for (const double bend : bends) {
    if (bend >= tokens) break;
    marks.push_back(bend);
    marks.push_back(tokens - bend);
  }
  std::sort(marks.begin(), marks.end());
  const Splitting splitting{costs, tokens, rivals_of(costs.schedule), count_paths(costs.schedule)};
  Probe low = probe(splitting, marks.front());
  Seconds least = low.total;
  for (std::size_t at = 1; at < marks.size(); ++at) {
    const Probe high = probe(splitting, marks[at]);
    const Interval between(splitting, low, high);
    const Seconds bound = limit ? between.bound() : Seconds(0.0);
    const bool above = limit && bound > *limit * (1.0 + kRounding);
    least = std::min({least, high.total, above ? bound : between.least_at_changes()});
    if (limit && least <= *limit) return least;
    low = high;
  }
  return least;
}

}  // namespace wideep
