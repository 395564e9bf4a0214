#pragma once

#include <string>
#include <vector>

#include "emit/engine_launch.h"
#include "report/text.h"

namespace wideep {

/// The machine that an engine is started on, as far as the fabric tells it.
void place_on(const Fabric& fabric, LaunchTarget& target);

/// The flags that make an answer in the engine that the question names.
struct FlagLines {
  std::vector<std::string> roles;  ///< "vLLM decode --enable-dbo ..."; empty: it names no engine
  std::string refused;             ///< why the engine does not run it, a sentence; empty: it does
};
FlagLines flag_lines(const std::vector<RoleShape>& shapes, const Problem& problem);

/// "Set", a row a role: the flags that start the answer in the engine that was asked for; where
/// none was, of a plan the command that writes them.
Text set_rows(const PlanQuestion& question, const Plan& plan);
Text set_row(const Problem& problem, const Prediction& prediction);

}  // namespace wideep
