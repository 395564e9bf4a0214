#pragma once

#include <cstdint>
#include <vector>

#include "search/open_cells.h"
#include "search/optimize.h"

namespace wideep {

/// The problem with a batch of so many tokens on each GPU.
Problem with_tokens(Problem problem, int tokens);

/// The part of the problem with that layout of attention and its least batch: whole requests of a
/// group at decode.
Problem with_least_batch(const Problem& problem, const Attention& attention);

/// What of the search space does not run even the least batch.
std::vector<Excluded> excluded_of(const Problem& problem);

/// What stands in the way where no batch runs or keeps the service level.
SearchResult no_batch(const Problem& problem, Solver solver);

/// The integer configurations of all batches of the range.
std::uint64_t configurations_of(const Problem& problem, const std::vector<OpenCell>& cells);

}  // namespace wideep
