#pragma once

#include <cstdint>
#include <optional>

#include "search/cell.h"

namespace wideep {

/// A point of a cell with chunk count and split as real numbers.
struct RelaxedPoint {
  double chunks = 1.0;
  double split = 0.5;  ///< phi, used by dbo only
  Seconds time;
  int evaluations = 0;
};

/// Layer time at a real chunk count >= 1 and a real split in (0, 1): the formulas of
/// model/overlap.h with a micro-batch's chunks taken as max(1, phi m).
Seconds relaxed_time(const Cell& cell, double chunks, double split);

/// The best point of a cell over (ln m, phi), by NLopt's Subplex (LN_SBPLX). The range of m starts
/// where equal pieces of the batch pass the kernel's transfer limit, or is max_chunks alone where
/// none pass.
///
/// Returns the best point that was evaluated, not the solver's last one.
RelaxedPoint solve_relaxed(const Cell& cell);

/// The best integer configuration that descent reaches from a relaxed point: chunk count and first
/// tokens move by steps that double while they improve and halve when they do not. Exact where the
/// time is convex in each, as it is without a transfer limit. It starts at a configuration whose
/// transfers are within that limit; nothing where there is none, or where slo.tpot is not met.
struct IntegerPoint {
  Config config;
  Seconds time;
};
std::optional<IntegerPoint> round_to_integers(const Cell& cell, const RelaxedPoint& start);

/// Both in turn; a cell with a single configuration needs no solver. `evaluations` grows by those
/// of the solver.
std::optional<IntegerPoint> solve_cell(const Cell& cell, std::uint64_t& evaluations);

}  // namespace wideep
