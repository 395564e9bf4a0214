#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "input/node.h"
#include "units/quantity.h"

namespace wideep {

/// How large others say that a model is, as a check on what was read of it.
struct ExpectedSize {
  std::optional<double> parameters = {};
  std::optional<Bytes> bytes = {};  ///< of all weights as they are stored
  std::string source = {};          ///< who says so, in words
  double tolerance = 0.0;           ///< a larger relative difference is worth a warning
};

/// The parameters in a name such as "Qwen3-235B-A22B" or "minimax-m1-456b.json": the last part of a
/// path that has any. Names that count their experts apart (8x7B, 17B-16E) say nothing of the
/// whole.
std::optional<ExpectedSize> size_in_name(std::string_view name);

/// Of a config.json: model.safetensors.index.json beside it, else the name in it, else its path.
std::optional<ExpectedSize> expected_size(const Node& root);

}  // namespace wideep
