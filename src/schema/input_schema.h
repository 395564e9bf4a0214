#pragma once

#include "report/result_json.h"
#include "schema/schema_kind.h"

namespace wideep {

/// The JSON Schema (draft 7, which editors know) of a kind of file: keys, types, ranges and words
/// as the readers take them, with what docs/input.md says of each key. What one key demands of
/// another is not in it.
Json input_schema(SchemaKind kind);

}  // namespace wideep
