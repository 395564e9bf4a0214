#pragma once

#include <optional>

#include "model/limit.h"
#include "model/problem.h"

namespace wideep {

/// Of a configuration its width, kernel and layout alone.
Config layout_of(const Config& config);

/// Whether what the layout costs is known at all.
bool knows_layout(const Problem& problem, const Config& config);

/// Why the layout cannot be, given that experts divide: attention that cannot be cut so or nothing
/// is known of, a group that leaves its domain, experts that cannot be cut so, a kernel of another
/// kind, collectives that the fabric has no figures of. docs/model.md#layouts
std::optional<BrokenLimit> layout_limit(const Problem& problem, const Config& config);

}  // namespace wideep
