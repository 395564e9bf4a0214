#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "input/check_files.h"
#include "report/check_report.h"

namespace wideep {

/// What `check` is told of deployments beside their files.
struct DeploymentOptions {
  std::optional<std::string> model{};    ///< a preset, or a path that names one
  std::optional<std::string> fabric{};   ///< likewise of machines
  std::optional<std::string> version{};  ///< of the engine, instead of the image's
  std::vector<std::string> ignored{};    ///< rules not to speak of
};

/// Takes the files that start engines out of a request, read; those that remain have their texts in
/// it. What cannot be read remains too.
/// `include`: files that commands in them may name by the last part of their path, wherever they
/// lie.
std::vector<std::unique_ptr<DeploymentFile>> take_deployments(
    CheckRequest& request, const std::vector<std::string>& include);

/// What the rules say of a file, and what was read of it. Throws InputError where an option names
/// no preset, no version or no rule.
void check_deployment(const DeploymentFile& file,
                      const DeploymentOptions& options,
                      CheckReport& report);

/// What a file's findings come to, regrets among them: "2 errors, 1 advice"; said of the last file
/// of the report.
void count_findings(const DeploymentFile& file, CheckReport& report);

/// The line of a place with a caret below.
std::string excerpt_of(const Place& place);

/// The file with what rules would change written into it, as a unified diff; empty where there is
/// nothing. What else they say is found anew after it, so that a fix's own consequences count.
std::string fixes_of(const DeploymentFile& file, const DeploymentOptions& options);

/// What a rule says, why, where it is known from and what lifts it. Throws InputError naming the
/// nearest where there is none of that name.
std::string explained_rule(const std::string& name);

}  // namespace wideep
