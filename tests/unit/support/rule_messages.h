#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engines/rules.h"
#include "model/unevenness.h"

namespace wideep {

/// What a rule of the table says of a configuration: times are none of its business, so that only
/// the straggler factor is predicted.
inline std::vector<std::string> messages_of(std::span<const Rule> rules,
                                            std::string_view name,
                                            const Problem& problem,
                                            const Config& config) {
  Prediction prediction;
  prediction.config = asked(problem, config);
  prediction.straggler_factor = straggler_factor(problem.workload, prediction.config);
  std::vector<std::string> messages;
  for (const Warning& warning : warnings_of(problem, prediction, rules)) {
    if (warning.rule->name == name) messages.push_back(warning.message);
  }
  return messages;
}

}  // namespace wideep
