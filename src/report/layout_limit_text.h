#pragma once

#include "report/width_limit_text.h"

namespace wideep {

/// Why a layout of attention or experts cannot be, in words.
LimitText layout_limit_text(const Problem& problem, const BrokenLimit& limit);

}  // namespace wideep
