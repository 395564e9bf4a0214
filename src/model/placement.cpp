#include "model/placement.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace wideep {
namespace {

std::vector<double> contiguous_loads(const std::vector<double>& experts, const Layout& layout) {
  std::vector<double> ranks(index(layout.ep_width));
  const auto per_rank = index(experts_per_rank(static_cast<int>(experts.size()), layout));
  for (std::size_t i = 0; i < experts.size(); ++i) ranks[i / per_rank] += experts[i];
  return ranks;
}

struct Replica {
  double load;
  int expert;
};

/// One replica of each expert, and the redundant ones where they take most off. Those of one expert
/// follow each other.
std::vector<Replica> replicate(const std::vector<double>& experts, int slots) {
  std::vector<int> copies(experts.size(), 1);
  std::priority_queue<std::pair<double, int>> heaviest;  // of equal ones the first: -expert
  const int redundant = slots - static_cast<int>(experts.size());
  for (std::size_t i = 0; redundant > 0 && i < experts.size(); ++i) {
    heaviest.emplace(experts[i], -static_cast<int>(i));
  }
  for (int given = 0; given < redundant; ++given) {
    const std::size_t expert = index(-heaviest.top().second);
    heaviest.pop();
    heaviest.emplace(experts[expert] / ++copies[expert], -static_cast<int>(expert));
  }
  std::vector<Replica> replicas;
  replicas.reserve(index(slots));
  for (std::size_t i = 0; i < experts.size(); ++i) {
    replicas.insert(
        replicas.end(), index(copies[i]), {experts[i] / copies[i], static_cast<int>(i)});
  }
  return replicas;
}

/// Ranks with a free slot, the least loaded first; those that hold the expert which is being placed
/// come after all others.
class OpenRanks {
 public:
  explicit OpenRanks(const Layout& layout)
      : per_rank_(layout.slots / layout.ep_width), ranks_(index(layout.ep_width)) {
    for (std::size_t i = 0; i < ranks_.size(); ++i) others_.emplace(0.0, i);
  }

  /// Replicas of one expert must come in a row.
  void place(const Replica& replica) {
    if (replica.expert != expert_) {
      for (; !holders_.empty(); holders_.pop()) others_.push(holders_.top());
      expert_ = replica.expert;
    }
    Queue& from = others_.empty() ? holders_ : others_;
    const std::size_t chosen = from.top().second;
    from.pop();
    Rank& rank = ranks_[chosen];
    rank.load += replica.load;
    if (++rank.used < per_rank_) holders_.emplace(rank.load, chosen);
  }

  [[nodiscard]] std::vector<double> loads() const {
    std::vector<double> loads;
    loads.reserve(ranks_.size());
    for (const Rank& rank : ranks_) loads.push_back(rank.load);
    return loads;
  }

 private:
  struct Rank {
    double load = 0.0;
    int used = 0;
  };
  using Loaded = std::pair<double, std::size_t>;  ///< load and rank
  using Queue = std::priority_queue<Loaded, std::vector<Loaded>, std::greater<>>;

  int per_rank_;
  int expert_ = -1;  ///< that is being placed
  std::vector<Rank> ranks_;
  Queue others_;   ///< ranks that do not hold it
  Queue holders_;  ///< and those that do
};

std::vector<double> balanced_loads(const std::vector<double>& experts, const Layout& layout) {
  std::vector<Replica> replicas = replicate(experts, layout.slots);
  std::stable_sort(replicas.begin(), replicas.end(), [](const Replica& a, const Replica& b) {
    return a.load > b.load;
  });
  OpenRanks ranks(layout);
  for (const Replica& replica : replicas) ranks.place(replica);
  return ranks.loads();
}

double max_over_mean(const std::vector<double>& loads) {
  const double total = std::accumulate(loads.begin(), loads.end(), 0.0);
  if (total <= 0.0) return 1.0;
  const double largest = *std::max_element(loads.begin(), loads.end());
  return std::max(1.0, largest / total * static_cast<double>(loads.size()));
}

/// Shares of the largest, so that no sum overflows.
std::vector<double> scaled(std::vector<double> counts) {
  const auto largest = std::max_element(counts.begin(), counts.end());
  if (largest == counts.end() || *largest <= 0.0) return counts;
  for (const double unit = *largest; double& count : counts) count /= unit;
  return counts;
}

/// Of sorted values; linear between neighbours.
double percentile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - std::floor(at));
}

}  // namespace

int experts_per_rank(int experts, const Layout& layout) {
  const bool even = layout.placement == Placement::kContiguous && experts % layout.ep_width == 0;
  return (even ? experts : layout.slots) / layout.ep_width;
}

std::vector<double> rank_loads(const std::vector<double>& experts, const Layout& layout) {
  return layout.placement == Placement::kContiguous ? contiguous_loads(experts, layout)
                                                    : balanced_loads(experts, layout);
}

Imbalance imbalance(const ExpertCounts& counts, int ep_width, int slots, Placement placement) {
  constexpr double kMostLayers = 0.95;
  if (counts.layers.empty()) return {};
  const Layout layout{ep_width, slots, placement};
  std::vector<double> ratios;
  ratios.reserve(counts.layers.size());
  for (const std::vector<double>& layer : counts.layers) {
    ratios.push_back(max_over_mean(rank_loads(scaled(layer), layout)));
  }
  std::sort(ratios.begin(), ratios.end());
  const double sum = std::accumulate(ratios.begin(), ratios.end(), 0.0);
  return {sum / static_cast<double>(ratios.size()), percentile(ratios, kMostLayers)};
}

}  // namespace wideep
