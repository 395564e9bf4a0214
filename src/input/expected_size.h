#pragma once

#include <optional>
#include <string_view>

#include "input/node.h"
#include "model/model_shape.h"

namespace wideep {

/// The parameters in a name such as "Qwen3-235B-A22B" or "minimax-m1-456b.json": the last part of a
/// path that has any. Names that count their experts apart (8x7B, 17B-16E) say nothing of the
/// whole.
std::optional<ExpectedSize> size_in_name(std::string_view name);

/// Expects that size of a model of which nothing else says how large it is.
void expect_size_in_name(const std::string& name, ModelShape& shape);

/// Of a config.json: model.safetensors.index.json beside it, else the name in it, else its path.
std::optional<ExpectedSize> expected_size(const Node& root);

}  // namespace wideep
