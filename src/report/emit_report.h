#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emit/launch_files.h"
#include "emit/launch_set.h"
#include "emit/runnable.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// What `emit` writes, or why it writes nothing.
struct EmitReport {
  ServingEngine engine = ServingEngine::kVllm;
  std::optional<LaunchSet> set;       ///< unset: nothing
  std::vector<std::string> left_out;  ///< of the search, since rules refuse it
  std::vector<std::string> refused;  ///< by the engine, a sentence each; empty: nothing is feasible
};

/// The plan that answers the question, in the settings of an engine.
EmitReport emit_report(const PlanQuestion& question, LaunchTarget target);

/// The best configuration of a question of one phase, or the one that is given.
EmitReport emit_report(const Problem& problem,
                       const std::optional<Config>& config,
                       LaunchTarget target);

/// Why nothing is written.
Text emit_refusal(const EmitReport& report);

/// docs/json.md#emit
Json emit_json(const EmitReport& report, std::string_view format_name, LaunchFormat format);

}  // namespace wideep
