#pragma once

#include <optional>

#include "model/fabric.h"

namespace wideep {

/// How tokens find their experts.
enum class Routing {
  kRandom,   ///< each draws its experts at random, as real tokens do
  kBalanced  ///< dealt out evenly, each to as many ranks as it can, as benchmarks do
};

/// How the gate of a layer spreads a token.
struct Gate {
  std::optional<int> experts;  ///< E, redundant slots included; unset: as if there were very many
  int top_k = 1;               ///< k, drawn without replacement
  int groups = 1;              ///< equal groups of experts, in order of placement
  int groups_per_token = 1;    ///< M: groups from which a token's experts come
  Routing routing = Routing::kRandom;
};

/// Expected number of distinct blocks that the k experts of a token fall in, when the experts are
/// placed in order on `blocks` >= 1 equal blocks (ranks or domains, possibly a fraction).
///
///   uniform          D(B) = B (1 - C(E - E/B, k) / C(E, k))
///   M of g groups    the sum over blocks of 1 - E[ C(E M/g - x, k) / C(E M/g, k) ], x the
///                    experts of the block that lie in the M drawn groups
///   balanced         min(B, k)
///
/// Between 1 and min(B, k). Groups count as chosen at random; a gate that prefers the groups with
/// the highest scores reaches a few percent more. Source: docs/model.md#copies.
double distinct_targets(const Gate& gate, double blocks);

/// Copies of one token that one rank sends in one direction.
struct CopyCount {
  double inside = 0.0;   ///< on the scale-up tier
  double outside = 0.0;  ///< on the scale-out tier
  double total = 0.0;    ///< where one tier carries them all
};

/// Where a group of ranks lies.
struct DomainLayout {
  int ep_width = 1;             ///< P
  int gpus_per_domain = 1;      ///< g
  double off_domain_share = 0;  ///< rho
};

/// The copies that each byte rule sends, with B = max(1, P/g) domains:
///
///                 inside              outside             total
///   kPerExpert    (1 - rho) k         rho k               k
///   kPerRank      (1 - rho) D(P)      rho D(P)            D(P)
///   kPerDomain    D(P)                D(B) (1 - 1/B)      D(B)
///   kAllGather    P - 1               B - 1               P - 1
///
/// All are 0 at P = 1. An all-gather brings every foreign token into a domain once, shared by its
/// g scale-out links, and to every rank on the scale-up tier.
CopyCount copy_count(Copies rule, const Gate& gate, const DomainLayout& layout);

}  // namespace wideep
