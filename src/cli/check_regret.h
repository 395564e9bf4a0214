#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "regret/regret.h"
#include "report/check_report.h"
#include "rules/rule.h"

namespace wideep {

/// What a role's price is spoken of by. No text breaks it: the model finds it.
inline constexpr DeploymentRule kRegretRule{
    .name = "regret",
    .grade = Grade::kAdvice,
    .what =
        "A step of the role takes longer by the model than the best of the same GPUs, batch and "
        "engine, by more than the model's median error; with --max-regret, by more than that, "
        "which is an error.",
    .fix = "what the finding says; the requests that were assumed, by --traffic FILE",
    .proof = Proof::kDeduced,
    .source = "docs/check.md#regret",
    .versions = "all"};

/// What `check` prices a file's roles with, and what it makes of it.
struct RegretOptions {
  std::optional<std::string> traffic{};     ///< a file with requests
  std::optional<std::string> max_regret{};  ///< "10%": more is an error
  bool off = false;
};

/// Requests of a file: the keys of a workload's `traffic`, of which input_tokens, output_tokens and
/// concurrency count. Throws InputError where it cannot be used.
DeploymentTraffic read_requests(const std::string& path);

/// The share that an option states. Throws InputError where it is none.
double share_of(const std::string& option, const std::string& text);

/// Prices the roles of a file's jobs, and adds a finding for each that could be faster by more than
/// the model can tell apart, unless kRegretRule is not to be spoken of.
void check_regret(const DeploymentFile& file,
                  const PricedBy& by,
                  const std::optional<double>& most,
                  const std::vector<std::string>& ignored,
                  CheckReport& report);

}  // namespace wideep
