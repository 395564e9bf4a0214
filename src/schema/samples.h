#pragma once

#include <span>

#include "schema/schema_kind.h"

namespace wideep {

/// Files of a kind that have, together, each way of writing each key: what readers look at only
/// where it is there is asked of one of them.
std::span<const char* const> samples(SchemaKind kind);

}  // namespace wideep
