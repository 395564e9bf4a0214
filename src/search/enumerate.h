#pragma once

#include <cstdint>
#include <functional>

#include "search/cell.h"

namespace wideep {

/// How an enumeration may leave configurations out.
enum class Pruning {
  kNone,   ///< every split is evaluated
  kBounds  ///< ranges of splits whose interval bound exceeds the limit are not
};

/// Walks through the configurations of a cell whose time is at most `limit()`, calling
/// `visit(config, time)` for each; `limit` may fall while it walks. Returns how many were
/// evaluated.
///
/// Left out without evaluation, by argument:
///  - chunk counts of dbo (and of dbo under kSteadyState) above the fewest that keep every transfer
///    within the kernel's limit: at the same split they pay more latencies and nothing else
///    changes, so each is slower or equal, and less preferred;
///  - under Pruning::kBounds, ranges of splits of which a lower bound is above the limit.
std::uint64_t enumerate(const Cell& cell,
                        Pruning pruning,
                        const std::function<Seconds()>& limit,
                        const std::function<void(const Config&, Seconds)>& visit);

/// How many configurations enumerate() evaluates with Pruning::kNone, at most.
std::uint64_t evaluations_needed(const Cell& cell);

}  // namespace wideep
