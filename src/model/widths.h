#pragma once

#include <vector>

#include "model/problem.h"

namespace wideep {

/// The widest that search.ep_width takes.
inline constexpr int kWidestEp = 16'384;

/// The EP widths that the search looks at: those listed, or, of 2 up to max_gpus, those that divide
/// the expert slots, where there are any. A single GPU has no all-to-all, and is looked at only
/// where it is listed.
std::vector<int> candidate_widths(const Problem& problem);

/// The EP widths up to 16,384 at which so many slots can be dealt out evenly, ascending.
std::vector<int> dealing_widths(int slots);

}  // namespace wideep
