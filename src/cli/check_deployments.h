#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "input/check_files.h"
#include "report/check_report.h"
#include "rules/findings.h"

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

/// Throws InputError where a rule that is not to be spoken of is none.
void check_ignored(const DeploymentOptions& options);

/// The findings of a file. Throws InputError where an option names no preset or no version.
std::vector<DeploymentFinding> found_in(const DeploymentFile& file,
                                        const DeploymentOptions& options);

/// What the rules say of a file, and what was read of it. Throws InputError where an option names
/// no preset or no version.
void check_deployment(const DeploymentFile& file,
                      const DeploymentOptions& options,
                      CheckReport& report);

/// What a file's findings come to, regrets among them: "2 errors, 1 advice"; said of the last file
/// of the report.
void count_findings(const DeploymentFile& file, CheckReport& report);

/// The line of a place with a caret below.
std::string excerpt_of(const Place& place);

/// What a rule says, why, where it is known from and what lifts it. Throws InputError naming the
/// nearest where there is none of that name.
std::string explained_rule(const std::string& name);

}  // namespace wideep
