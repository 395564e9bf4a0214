#pragma once

#include <string>
#include <vector>

#include "fit/collective_fit.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

using CollectiveFits = std::vector<CollectiveFit>;

/// Whether any of them has a curve.
bool any_curve(const CollectiveFits& fits);

/// A line for each library: what was measured of it and how well the curves meet that.
Text collectives_headline(const CollectiveFits& fits);

/// A table of the curves, and the sizes that are furthest off or, where everything is asked for,
/// all of them. Empty where nothing was measured.
Text collectives_text(const CollectiveFits& fits, bool everything);

/// Each curve, as docs/json.md#fit has it.
Json collectives_json(const CollectiveFits& fits);

/// What must not be overlooked, as sentences.
std::vector<std::string> collectives_warnings(const CollectiveFits& fits);

}  // namespace wideep
