#pragma once

#include <optional>
#include <string>
#include <vector>

#include "emit/launch_set.h"
#include "model/planning.h"

namespace wideep {

/// What an engine starts, and what was left out of the search until its rules had nothing against
/// it.
template <typename Answer>
struct Runnable {
  std::optional<Answer> answer{};       ///< unset: there is none
  std::optional<LaunchSet> set{};       ///< unset: there is none, or it is refused
  std::vector<std::string> left_out{};  ///< "HT at decode, by deepep-ht-nodes-of-8"
  std::vector<std::string> refused{};   ///< what stands against the last answer, a sentence each
};

/// The best plan that `check` has no error and no warning against, as `target` has it: kernels that
/// rules refuse, and attention groups that do not go with each other, are left out of the search.
Runnable<Plan> runnable_plan(PlanQuestion question, const LaunchTarget& target);

/// The best configuration likewise.
Runnable<Prediction> runnable_config(Problem problem, const LaunchTarget& target);

/// One that is given, of which nothing is left out.
Runnable<Prediction> runnable_config(const Problem& problem,
                                     const Config& config,
                                     const LaunchTarget& target);

}  // namespace wideep
