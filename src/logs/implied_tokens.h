#pragma once

#include <optional>

#include "model/routing.h"

namespace wideep {

/// Of a server; DeepEP's normal tests insist on so many.
inline constexpr int kRanksPerNode = 8;

/// Tokens of a rank, from an estimate by bytes that is off by the chance of routing and by
/// printing: the power of two within 1 % of it, as benchmarks have them, else the nearest whole
/// number. 0 for what can be no number of tokens.
int implied_tokens(double estimate);

/// Copies of tokens that one rank's transfer is, by tier, as tools count them: received inside the
/// domain, one for each rank that a token goes to, and sent over the network, one for each node,
/// their own included.
struct CountedCopies {
  double ranks = 0.0;
  double nodes = 0.0;  ///< 0: within one node, or not told
};

/// The EP width on nodes of 8 at which ranks and nodes of random top-k tokens relate so, where one
/// width alone is near. 0: none.
int implied_width(const CountedCopies& copies, int top_k);

/// What a transfer whose tool tells its bytes only was of.
struct ImpliedBatch {
  int tokens = 0;  ///< per rank; 0: not told
  int experts = 0;
};

/// Tokens, where not `known`, and experts: a power of two to each rank with which as many copies
/// are expected as were counted, else `usual_experts`.
ImpliedBatch implied_batch(
    const CountedCopies& copies, int ep_width, int top_k, int known_tokens, int usual_experts);

}  // namespace wideep
