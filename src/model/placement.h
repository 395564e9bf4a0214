#pragma once

#include <cstddef>
#include <vector>

namespace wideep {

/// A count >= 0 as containers take it.
constexpr std::size_t index(int count) {
  return static_cast<std::size_t>(count);
}

/// How expert replicas are laid out over the ranks of an EP group of P ranks.
enum class Placement {
  /// In file order, expert i on rank i / n. n = E / P experts a rank where P divides E, and then
  /// redundant slots stay empty; else n = slots / P until they run out, and the last ranks idle.
  kContiguous,
  /// As EPLB does: a replica for each redundant slot, given to the expert with the highest load
  /// per replica; then the heaviest replica first, to the least loaded rank with a free slot, not
  /// one that holds the same expert if that can be helped. All replicas of an expert share alike;
  /// there may be more of them than ranks.
  /// Source: github.com/deepseek-ai/EPLB, global load balancing, without its node groups.
  kBalanced,
};

/// Routed tokens by layer and expert: counts or shares, only their ratios within a layer matter.
struct ExpertCounts {
  std::vector<std::vector<double>> layers;  ///< [layer][expert], of one length, finite and >= 0
};

/// Busiest rank over mean rank, over the layers of a model.
struct Imbalance {
  double mean = 1.0;
  double p95 = 1.0;  ///< 95th percentile, linear between the two nearest layers
};

/// The imbalance of measured counts, placed by each layer's own loads; 1 where nothing is routed.
/// What was counted holds its own sampling noise, and none is added: counts over many steps give
/// the imbalance of an endless step. Needs slots >= experts >= 1 and slots divisible by ep_width.
Imbalance imbalance(const ExpertCounts& counts, int ep_width, int slots, Placement placement);

/// Where the expert slots of a group lie.
struct Layout {
  int ep_width = 1;
  int slots = 1;  ///< divisible by ep_width, and at least the experts
  Placement placement = Placement::kContiguous;
};

/// Experts, or slots, on a full rank.
int experts_per_rank(int experts, const Layout& layout);

/// The load of each rank, from the load of each expert.
std::vector<double> rank_loads(const std::vector<double>& experts, const Layout& layout);

}  // namespace wideep
