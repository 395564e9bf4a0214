#pragma once

#include <array>
#include <optional>
#include <vector>

#include "units/quantity.h"

namespace wideep {

/// An operation of a whole group of ranks on one tensor. docs/model.md#collectives
enum class CollectiveOp { kAllReduce, kAllGather, kReduceScatter };

inline constexpr std::array<CollectiveOp, 3> kCollectiveOps = {
    CollectiveOp::kAllReduce, CollectiveOp::kAllGather, CollectiveOp::kReduceScatter};

/// What an operation of one size takes. `bytes` are those that nccl-tests count: the tensor of each
/// rank of an all-reduce, the whole output of an all-gather, the whole input of a reduce-scatter.
struct CollectivePoint {
  Bytes bytes;
  Seconds time;
};

/// Time against bytes of one operation on one number of ranks.
struct CollectiveCurve {
  std::vector<CollectivePoint> points;  ///< two at least; ascending bytes, times that never fall

  /// Linear in bytes between the points, so that each piece has a latency and a bandwidth of its
  /// own; below the first point its time, beyond the last on the line through the last two.
  [[nodiscard]] Seconds at(Bytes bytes) const;
};

/// The largest curve nowhere above that one whose time per byte never rises: what the search bounds
/// larger batches by.
CollectiveCurve star_shaped(const CollectiveCurve& curve);

/// The curve of one number of ranks.
struct RankCurve {
  int ranks = 2;
  CollectiveCurve curve;
};

/// Where the figures of collectives were measured, both ends included.
struct CollectiveRange {
  std::optional<int> fewest_ranks = {};  ///< unset, as the three below: not said
  std::optional<int> most_ranks = {};
  std::optional<Bytes> least = {};
  std::optional<Bytes> most = {};

  /// Whether so many ranks and bytes lie inside; nothing is known to lie beyond what is not said.
  [[nodiscard]] bool holds(int ranks, Bytes bytes) const;
};

/// What the collectives of a library take, by operation and number of ranks.
struct Collectives {
  std::array<std::vector<RankCurve>, kCollectiveOps.size()> by_op;  ///< ascending ranks
  CollectiveRange fitted = {};                                      ///< beyond, reports warn

  [[nodiscard]] std::vector<RankCurve>& of(CollectiveOp op) {
    return by_op[static_cast<std::size_t>(op)];
  }
  [[nodiscard]] const std::vector<RankCurve>& of(CollectiveOp op) const {
    return by_op[static_cast<std::size_t>(op)];
  }

  /// The curve of exactly so many ranks; null where there is none.
  [[nodiscard]] const CollectiveCurve* find(CollectiveOp op, int ranks) const;
};

}  // namespace wideep
