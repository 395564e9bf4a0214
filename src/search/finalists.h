#pragma once

#include <vector>

#include "model/problem.h"

namespace wideep {

/// The best configuration of each cell that costs at most `within` more than the best of all, as a
/// share, the cheapest first and at most `most` of them; of what an engine runs where one runs
/// anything. Needs a batch that is stated: with one that is chosen there are none. In about the
/// time of answer().
std::vector<Config> finalists(const Problem& problem, double within, std::size_t most);

}  // namespace wideep
