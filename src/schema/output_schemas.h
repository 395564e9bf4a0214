#pragma once

#include <span>
#include <string_view>

namespace wideep {

/// The JSON Schema of what a command prints with --json, of `sweep` of a line. Made of what golden
/// cases print, by scripts/output_schemas.
struct OutputSchema {
  std::string_view command;  ///< "optimize", "fit-comm"
  const char* text;
};

/// All of them, by name.
std::span<const OutputSchema> output_schemas();

}  // namespace wideep
