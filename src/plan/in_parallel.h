#pragma once

#include <functional>

#include "plan/varied_problem.h"

namespace wideep {

/// Calls `each` with every number below `count`, on so many threads (0: one for each core; 1: this
/// one), each thread with a copy of its own of `varied`. Throws on what `each` throws.
void in_parallel(const VariedProblem& varied,
                 std::size_t count,
                 int threads,
                 const std::function<void(VariedProblem&, std::size_t)>& each);

}  // namespace wideep
