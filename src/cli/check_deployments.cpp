#include "cli/check_deployments.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "cli/check_regret.h"
#include "cli/command.h"
#include "deploy/read_file.h"
#include "input/suggest.h"
#include "rules/findings.h"
#include "rules/known.h"

namespace wideep {
namespace {

std::vector<std::string_view> rule_names() {
  std::vector<std::string_view> names = {kRegretRule.name};
  for (const DeploymentRule* rule : all_deployment_rules()) names.push_back(rule->name);
  return names;
}

const DeploymentRule& known_rule(const std::string& option, const std::string& name) {
  if (name == kRegretRule.name) return kRegretRule;
  if (const DeploymentRule* const rule = deployment_rule(name)) return *rule;
  const std::vector<std::string_view> names = rule_names();
  const auto near = suggest(name, names);
  refuse_option(option,
                fmt::format("there is no rule '{}' of deployments", name),
                near ? fmt::format("did you mean '{}'?", *near)
                     : "docs/rules.md lists them; what is said of workload files has no more to "
                       "it (docs/json.md#check)");
}

KnownOfDeployment known_with(const DeploymentOptions& options, const Deployment& job) {
  KnownOfDeployment known = known_of(job);
  if (options.model) {
    const auto preset = model_preset_of(*options.model);
    if (!preset) {
      refuse_option("--model",
                    fmt::format("'{}' is no model that is known", *options.model),
                    "wideep-opt presets list names them");
    }
    known.model = served_model(*preset);
  }
  if (options.fabric) {
    const auto preset = fabric_preset_of(*options.fabric);
    if (!preset && !names_file(*options.fabric)) {
      refuse_option("--fabric",
                    fmt::format("'{}' is no machine that is known", *options.fabric),
                    "wideep-opt presets list names them");
    }
    if (preset) known.machine = machine_of(*preset);
  }
  if (options.version) {
    known.version = version_in("engine:" + *options.version);
    if (!known.version) {
      refuse_option("--engine-version",
                    fmt::format("'{}' is no version", *options.version),
                    "write it as 0.11.0");
    }
  }
  return known;
}

/// Files that a command names: one that is to be included by that name, or one that lies below the
/// root of the file that has the command.
ReadNamed named_below(const Source& source, const std::vector<std::string>& include) {
  return [&source, &include](const std::string& path) -> std::optional<Source> {
    const auto name = std::filesystem::path(path).filename();
    for (const std::string& each : include) {
      if (std::filesystem::path(each).filename() == name) return need_source(each);
    }
    Findings unread;  // said as what is left out
    return read_named_source(source, path, unread);
  };
}

Finding reported(const DeploymentFinding& found) {
  return {.rule = std::string(found.rule->name),
          .grade = found.grade,
          .message = found.message,
          .fix = found.fix,
          .file = found.at.source->name,
          .line = found.at.line,
          .column = character_of(found.at),
          .excerpt = excerpt_of(found.at),
          .role = std::string(name_of(found.role->kind))};
}

/// "2 errors"; empty where there are none.
std::string counted(const std::vector<Finding>& findings, const std::string& file, Grade grade) {
  const auto number = std::count_if(findings.begin(), findings.end(), [&](const Finding& one) {
    return one.grade == grade && one.file == file;
  });
  if (number == 0) return "";
  const bool plural = number > 1 && grade != Grade::kAdvice;
  return fmt::format("{} {}{}", number, name_of(grade), plural ? "s" : "");
}

std::string kind_of(const DeploymentFile& file, const DeploymentReport& report) {
  std::vector<std::string> parts;
  if (!file.jobs.empty() && !report.engine.empty()) {
    parts.emplace_back(title_of(file.jobs.front().roles.front().engine));
  }
  parts.emplace_back(title_of(file.format));
  if (!report.model.empty()) parts.push_back(report.model);
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::vector<std::unique_ptr<DeploymentFile>> take_deployments(
    CheckRequest& request, const std::vector<std::string>& include) {
  std::vector<std::unique_ptr<DeploymentFile>> deployments;
  std::vector<std::string> others;
  for (const std::string& path : request.files) {
    Findings faults;  // said with those of the others, where they are read
    auto source = read_source(path, faults, request.root.value_or(folder_of(path)));
    if (source) {
      auto file = read_deployment(*source, named_below(*source, include), faults);
      if (file && !faults.any()) {
        deployments.push_back(std::make_unique<DeploymentFile>(std::move(*file)));
        continue;
      }
      if (!file) request.read.emplace(path, std::move(*source));
    }
    others.push_back(path);
  }
  request.files = std::move(others);
  return deployments;
}

void check_ignored(const DeploymentOptions& options) {
  for (const std::string& name : options.ignored) known_rule("--ignore", name);
}

std::vector<DeploymentFinding> found_in(const DeploymentFile& file,
                                        const DeploymentOptions& options) {
  std::vector<KnownOfDeployment> known;
  for (const Deployment& job : file.jobs) known.push_back(known_with(options, job));
  return findings_of(file, known, options.ignored);
}

void check_deployment(const DeploymentFile& file,
                      const DeploymentOptions& options,
                      CheckReport& report) {
  const std::vector<DeploymentFinding> findings = found_in(file, options);
  for (const DeploymentFinding& found : findings) report.findings.push_back(reported(found));
  DeploymentReport read = report_on(file);
  FileReport known{.file = file.path};
  known.kind = kind_of(file, read);
  known.deployment = std::move(read);
  report.files.push_back(std::move(known));
}

void count_findings(const DeploymentFile& file, CheckReport& report) {
  std::string& verdict = report.files.back().verdict;
  if (file.jobs.empty()) {
    verdict = "starts no engine that is known here";
    return;
  }
  std::vector<std::string> parts;
  for (const Grade grade : {Grade::kError, Grade::kWarning, Grade::kAdvice}) {
    std::string part = counted(report.findings, file.path, grade);
    if (!part.empty()) parts.push_back(std::move(part));
  }
  const bool silent = std::all_of(file.jobs.begin(), file.jobs.end(), [](const Deployment& job) {
    return std::all_of(job.roles.begin(), job.roles.end(), [](const DeployedRole& role) {
      return role.flags.all.empty();
    });
  });
  const char* const nothing =
      silent ? "no setting in it that rules could speak of" : "no rule is broken";
  verdict = parts.empty() ? nothing : fmt::format("{}", fmt::join(parts, ", "));
}

std::string excerpt_of(const Place& place) {
  // A diagnostic's rendering without its first line.
  const std::string whole = render({.where = place, .message = "x"});
  return whole.substr(std::min(whole.find('\n') + 1, whole.size()));
}

std::string explained_rule(const std::string& name) {
  const DeploymentRule& rule = known_rule("--explain", name);
  return fmt::format("{}: {}\n{}\n\nFix       {}\nVersions  {}\nSource    {}\nKnown by  {}\n",
                     rule.name,
                     name_of(rule.grade),
                     rule.what,
                     rule.fix,
                     versions_of(rule),
                     rule.source,
                     name_of(rule.proof));
}

}  // namespace wideep
