#include "logs/deepep_normal_reach.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace wideep {
namespace {

/// The widths that the kernel supports beyond 4 nodes of 8.
constexpr std::array kWidths{32, 48, 64, 96, 128, 144, 160};

}  // namespace

/// Walks along the experts of a token by falling score, which is a random
/// order: a state is how many nodes and ranks were reached.
GateReach reach_of_test(const NormalSetting& setting, int experts, int ep_width) {
  const int nodes = ep_width / kRanksPerNode;
  const int most_nodes = std::min({setting.node_groups, nodes, setting.top_k});
  const int most_ranks = std::min(setting.top_k, ep_width);
  const double per_rank = static_cast<double>(experts) / ep_width;
  const auto width = static_cast<std::size_t>(most_ranks) + 1;
  std::vector<double> chance((static_cast<std::size_t>(most_nodes) + 1) * width, 0.0);
  const auto at = [&](int node, int rank) -> double& {
    return chance[static_cast<std::size_t>(node) * width + static_cast<std::size_t>(rank)];
  };
  at(0, 0) = 1.0;
  for (int taken = 0; taken < setting.top_k; ++taken) {
    // Downwards, as a state passes on to later ones only.
    for (int n = most_nodes; n >= 0; --n) {
      for (int r = std::min(most_ranks, n * kRanksPerNode); r >= n; --r) {
        const double here = at(n, r);
        if (here == 0.0) continue;
        const int open_nodes = n < most_nodes ? nodes : n;
        const double left = open_nodes * kRanksPerNode * per_rank - taken;
        if (left <= 0.0) continue;
        const double new_rank = (n * kRanksPerNode - r) * per_rank / left;
        const double new_node = (open_nodes - n) * kRanksPerNode * per_rank / left;
        at(n, r) = here * std::max(0.0, 1.0 - new_rank - new_node);
        if (r == most_ranks) continue;
        at(n, r + 1) += here * std::min(1.0, new_rank);
        if (n < most_nodes) at(n + 1, r + 1) += here * std::min(1.0, new_node);
      }
    }
  }
  GateReach reach{0.0, 0.0};
  for (int n = 0; n <= most_nodes; ++n) {
    for (int r = 0; r <= most_ranks; ++r) {
      reach.nodes += n * at(n, r);
      reach.ranks += r * at(n, r);
    }
  }
  return reach;
}

int width_by_ratio(const BestLine& result, const NormalSetting& setting, int experts) {
  constexpr double kClose = 0.01;
  int best = 0;
  double least = 1.0;
  double next = 1.0;
  for (const int width : kWidths) {
    if (experts % width != 0) continue;  // the test insists
    const GateReach reach = reach_of_test(setting, experts, width);
    const double ratio = result.scale_out / result.scale_up;
    const double off = std::abs(ratio * reach.ranks / reach.nodes - 1.0);
    if (off < least) {
      next = least;
      least = off;
      best = width;
    } else {
      next = std::min(next, off);
    }
  }
  return least < kClose && next > kClose ? best : 0;
}

}  // namespace wideep
