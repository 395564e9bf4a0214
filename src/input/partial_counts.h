#pragma once

#include <string>

#include "model/straggler.h"

namespace wideep {

/// Why counts tell nothing of how even the load is: they are of some ranks only, whose experts got
/// tokens while those of the others have none. Empty where nothing speaks for that.
///
/// At least half of the experts have no token in any layer, and those that have are one block that
/// begins at a multiple of its size, which divides the number of experts, as experts of consecutive
/// ranks are; or they are scattered, as many in each layer, and each far from none. With so many
/// tokens on the others no gate leaves all the rest at none.
std::string why_partial(const ExpertCounts& counts);

}  // namespace wideep
