#pragma once

#include "input/asked.h"
#include "schema/schema_kind.h"

namespace wideep {

/// What the readers of that kind of file ask, of a file with every key and of those from which any
/// one is missing. Of traffic, a GPU and a kernel it is asked of the file around.
Asked read_samples(SchemaKind kind);

}  // namespace wideep
