#pragma once

#include <string>
#include <string_view>

#include "deploy/deployment.h"
#include "input/node.h"

namespace wideep {

/// The name by which rules know a key, from how it is written: without dashes in front, long for
/// short (-tp), one of several that an engine takes for the same (SGLang's --tp, --tp-size,
/// --tensor-parallel-size: tp-size). With '-' for '_' where the engine reads both, which
/// TensorRT-LLM does not.
std::string canonical_key(ServingEngine engine, std::string_view written);

/// Whether a flag takes no value.
bool is_switch(ServingEngine engine, std::string_view key);

/// Adds, behind each setting whose value is a JSON object, one for each key in it:
/// "eplb-config.num_redundant_experts", with its own place where the value stands in its source.
/// What is not JSON stays as it is.
void add_parts(Settings& settings);

/// The entries of a map as an engine's settings, maps in it key by key, with `add_after` behind the
/// last. `--no-KEY` and `no-KEY: true` are KEY, "false".
Settings settings_in(const Node& map, ServingEngine engine);

/// The entries of a map as environment variables.
Settings variables_in(const Node& map);

}  // namespace wideep
