#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "deploy/engine_start.h"

namespace wideep {

/// What the words behind an engine's name say.
struct CommandFlags {
  Settings flags{};
  std::optional<Stated<std::string>> model{};
  std::string kv_role{};  ///< of a kv-transfer-config the rest of which is not known
  std::vector<Stated<std::string>> unknown{};  ///< words that may hold more of them
};

/// --key value, --key=value, --key v1 v2, --switch, --no-switch, -tp 8. Keys that no engine has are
/// kept. `form` says how they stand.
CommandFlags engine_flags(const EngineStart& start, Form form);

}  // namespace wideep
