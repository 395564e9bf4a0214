#include "rules/findings.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

namespace wideep {
namespace {

std::string fix_of(const RuleCase& found, const DeployedRole& role) {
  return found.changes.empty() ? found.advice : lines_of(found.changes, role);
}

/// The place in text, where findings of several jobs of one file are the same.
using Same = std::tuple<std::string_view, const Source*, int, int, std::string>;

std::vector<DeploymentFinding> cases_in(const RuleContext& context,
                                        std::span<const std::string> ignored) {
  std::vector<DeploymentFinding> findings;
  for (const DeploymentRule* rule : rules_of(context.role.engine)) {
    if (rule->since && is_before(context, *rule->since)) continue;
    if (std::find(ignored.begin(), ignored.end(), rule->name) != ignored.end()) continue;
    std::vector<RuleCase> cases;
    rule->find(context, cases);
    for (RuleCase& found : cases) {
      if (found.at.source == nullptr) found.at = context.role.at;
      findings.push_back({.rule = rule,
                          .grade = found.grade.value_or(rule->grade),
                          .message = found.message,
                          .at = found.at,
                          .job = &context.deployment,
                          .role = &context.role,
                          .changes = found.changes,
                          .fix = fix_of(found, context.role)});
    }
  }
  return findings;
}

bool hides(const DeploymentFinding& one, const DeploymentFinding& other) {
  const auto& names = one.rule->hides;
  return one.grade <= other.grade &&
         std::find(names.begin(), names.end(), other.rule->name) != names.end();
}

/// Of a role's findings those that no other one hides.
std::vector<DeploymentFinding> by_cause(const std::vector<DeploymentFinding>& findings) {
  std::vector<DeploymentFinding> kept;
  std::copy_if(findings.begin(),
               findings.end(),
               std::back_inserter(kept),
               [&findings](const DeploymentFinding& one) {
                 return std::none_of(
                     findings.begin(), findings.end(), [&one](const DeploymentFinding& other) {
                       return hides(other, one);
                     });
               });
  return kept;
}

}  // namespace

std::vector<DeploymentFinding> findings_of(const DeploymentFile& file,
                                           const std::vector<KnownOfDeployment>& known_of_jobs,
                                           std::span<const std::string> ignored) {
  std::vector<DeploymentFinding> findings;
  std::set<Same> seen;
  for (std::size_t at = 0; at < file.jobs.size(); ++at) {
    const Deployment& job = file.jobs[at];
    const KnownOfDeployment& known = known_of_jobs.at(at);
    for (const DeployedRole& role : job.roles) {
      RuleContext context{.deployment = job,
                          .role = role,
                          .sizes = sizes_of(role),
                          .ep_width = ep_width_of(role),
                          .model = known.model ? &*known.model : nullptr,
                          .machine = known.machine ? &*known.machine : nullptr,
                          .version = known.version};
      if (!context.version && role.container && !is_dynamo_image(role.container->value)) {
        context.version = version_in(role.container->value);
      }
      for (DeploymentFinding& found : by_cause(cases_in(context, ignored))) {
        const Place& place = found.at;
        const Same same{found.rule->name, place.source, place.line, place.column, found.message};
        if (seen.insert(same).second) findings.push_back(std::move(found));
      }
    }
  }
  std::stable_sort(
      findings.begin(), findings.end(), [](const DeploymentFinding& a, const DeploymentFinding& b) {
        return std::tuple(a.grade, a.at.line, a.at.column) <
               std::tuple(b.grade, b.at.line, b.at.column);
      });
  return findings;
}

std::optional<EngineVersion> version_in(std::string_view container) {
  const std::size_t colon = container.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view tag = container.substr(colon + 1);
  if (tag.starts_with('v')) tag.remove_prefix(1);
  EngineVersion version;
  int parts = 0;
  for (int* const part : {&version.major, &version.minor, &version.patch}) {
    const auto [stop, error] = std::from_chars(tag.data(), tag.data() + tag.size(), *part);
    if (error != std::errc{}) return std::nullopt;
    ++parts;
    tag.remove_prefix(static_cast<std::size_t>(stop - tag.data()));
    if (!tag.starts_with('.')) break;
    tag.remove_prefix(1);
  }
  // A tag of digits without a point is a date or a build.
  return parts < 2 ? std::nullopt : std::optional(version);
}

bool is_dynamo_image(std::string_view container) {
  return container.find("dynamo") != std::string_view::npos;
}

}  // namespace wideep
