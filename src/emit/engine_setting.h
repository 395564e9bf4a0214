#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "deploy/deployment.h"
#include "rules/rule.h"

namespace wideep {

/// Of what a setting counts.
enum class SettingScope {
  kRank,      ///< a rank of attention, with requests of its own
  kInstance,  ///< ranks that serve together
  kNode       ///< a machine, or a process
};

/// A setting that may be written into a launch. docs/engines.md#settings
struct EngineSetting {
  std::string_view key;  ///< as Setting::key: without dashes; of the environment in capitals
  SettingScope scope = SettingScope::kInstance;
  std::string_view source;    ///< file @commit
  std::string_view old = {};  ///< what it was before `since`; empty: nothing else, or not known
  EngineVersion since = {};   ///< from which it has this name
};

/// All that is ever written for an engine.
std::span<const EngineSetting> engine_settings(ServingEngine engine);

/// Whether a setting is one of those that make the answer: sizes, kernel, overlap, batch and copies
/// of experts. The others follow from these, or from how the engine is run.
bool makes_answer(std::string_view key);

/// The oldest release whose names are known here: the first with vLLM's --all2all-backend (0.11.0
/// refuses it, its issue 27347), 0.5 of SGLang and 1.0 of TensorRT-LLM as the oldest that recipes
/// name.
EngineVersion oldest_known(ServingEngine engine);

/// The name of a setting in a version; in the newest where that is not known.
std::string_view name_in(ServingEngine engine,
                         std::string_view key,
                         const std::optional<EngineVersion>& version);

}  // namespace wideep
