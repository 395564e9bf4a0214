#pragma once

#include "logs/deepep_normal_line.h"
#include "logs/implied_tokens.h"

namespace wideep {

/// Groups of experts that the internode test routes a token to, where there are as many nodes.
inline constexpr int kMostGroups = 4;

/// What the lines after a `[config]` line measured.
struct NormalSetting {
  int tokens = 0;  ///< per rank; 0 each: not said
  int hidden_size = 0;
  int top_k = 0;
  int node_groups = 0;  ///< of nodes that a token may go to; 0: the intranode test
};

/// Expected nodes and ranks that a token of the internode test reaches.
struct GateReach {
  double nodes = 1.0;
  double ranks = 1.0;
};

/// The test lets a token go to the nodes of its best experts, at most `node_groups` of them, and
/// there to its best experts.
GateReach reach_of_test(const NormalSetting& setting, int experts, int ep_width);

/// The width at which the test's two bandwidths relate as these do, where one alone does. 0: none.
int width_by_ratio(const BestLine& result, const NormalSetting& setting, int experts);

}  // namespace wideep
