#pragma once

#include <cstdint>
#include <functional>

#include "search/cell.h"

namespace wideep {

/// How an enumeration may leave configurations out.
enum class Pruning {
  kNone,   ///< every split is evaluated
  kBounds  ///< ranges whose lower bound exceeds the limit are not
};

/// What the caller of enumerate() wants.
struct Quest {
  /// Only configurations of at most that cost are of interest; may fall during the walk.
  std::function<Cost()> limit;
  /// Called for each of them.
  std::function<void(const Config&, Cost)> visit;
  /// Whether that many chunks or more, with first tokens in a range, are of no interest for another
  /// reason; may be left empty. Asked under Pruning::kBounds only.
  std::function<bool(int chunks, int first_low, int first_high)> skip = {};
};

/// Walks through the configurations of a cell. Returns how many were evaluated.
///
/// Left out without evaluation, by argument, as far as the laws of the kernel have the properties
/// that the argument needs:
///
///   chunk counts of dbo above the fewest that keep every transfer within the kernel's limit: at
///   the same split they pay more latencies and nothing else changes, so each is slower or equal,
///   and less preferred; and those so few that no split keeps its transfers within it;
///
///   under Pruning::kBounds, ranges of splits, or of chunk counts, of which a lower bound is above
///   the limit or no transfer can be within the kernel's.
std::uint64_t enumerate(const Cell& cell, Pruning pruning, const Quest& quest);

/// How many configurations enumerate() evaluates with Pruning::kNone, at most.
std::uint64_t evaluations_needed(const Cell& cell);

/// A time that none of those configurations beats, nearer to the best of them than lower_bound: of
/// a single one its own. 0 where the laws of the kernel do not have the properties that the bounds
/// over ranges need.
Seconds bound_of_all(const Cell& cell);

/// What enumeration without bounds may take, some 100 ms.
inline constexpr std::uint64_t kMostEvaluations = 5'000'000;

/// Whether enumerate() with Pruning::kBounds ends soon: bounds cut the cell, or it is small. Others
/// are left to NLopt, and the gap says so.
bool is_provable(const Cell& cell);

}  // namespace wideep
