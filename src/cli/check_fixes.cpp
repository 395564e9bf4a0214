#include "cli/check_fixes.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "deploy/change.h"
#include "deploy/read_file.h"

namespace wideep {
namespace {

/// Fixes may call for others.
constexpr int kFixRounds = 4;

/// Fixes that are tried to be left out; of files of many jobs others stay.
constexpr std::size_t kMostTried = 24;

/// What lifts a finding of one of the roles, which are the same in every round.
struct RoleFix {
  std::size_t job = 0;
  std::size_t role = 0;
  const DeploymentRule* rule = nullptr;
  std::vector<Change> changes;

  friend bool operator==(const RoleFix&, const RoleFix&) = default;
};

/// What fixes make of a text.
struct Fixed {
  std::string text;
  std::vector<RoleFix> made;  ///< in the order in which they were
  std::size_t left = 0;       ///< findings that remain
};

/// What was read with a file, for reading it again.
ReadNamed again(const DeploymentFile& file) {
  return [&file](const std::string& path) -> std::optional<Source> {
    const auto name = std::filesystem::path(path).filename();
    for (std::size_t at = 1; at < file.sources.size(); ++at) {
      if (std::filesystem::path(file.sources[at].name).filename() == name) return file.sources[at];
    }
    return std::nullopt;
  };
}

/// The file's text after all fixes but those left out.
Fixed fixed_without(const std::vector<RoleFix>& left_out,
                    const DeploymentFile& file,
                    const DeploymentOptions& options) {
  Fixed result;
  result.text = file.sources.front().text;
  for (int round = 0; round <= kFixRounds; ++round) {
    Findings faults;
    const auto now = read_deployment({.name = file.path, .text = result.text}, again(file), faults);
    if (!now) break;
    const std::vector<DeploymentFinding> findings = found_in(*now, options);
    result.left = findings.size();
    if (round == kFixRounds) break;
    std::vector<TextEdit> edits;
    for (const DeploymentFinding& found : findings) {
      RoleFix fix{.job = static_cast<std::size_t>(found.job - now->jobs.data()),
                  .role = static_cast<std::size_t>(found.role - found.job->roles.data()),
                  .rule = found.rule,
                  .changes = found.changes};
      if (std::find(left_out.begin(), left_out.end(), fix) != left_out.end()) continue;
      const std::size_t before = edits.size();
      for (const Change& change : fix.changes) {
        if (auto edit = edit_of(change, *found.role)) edits.push_back(std::move(*edit));
      }
      if (edits.size() > before) result.made.push_back(std::move(fix));
    }
    std::string next = edited(now->sources.front(), std::move(edits));
    if (next == result.text) break;
    result.text = std::move(next);
  }
  return result;
}

/// Without the fixes that others made needless: a depth for tokens that were too many.
Fixed fixed(const DeploymentFile& file, const DeploymentOptions& options) {
  std::vector<RoleFix> left_out;
  Fixed best = fixed_without(left_out, file, options);
  const std::vector<RoleFix> made = best.made;
  if (made.size() > kMostTried) return best;
  for (const RoleFix& one : made) {
    left_out.push_back(one);
    Fixed other = fixed_without(left_out, file, options);
    if (other.left <= best.left && other.made.size() <= best.made.size()) {
      best = std::move(other);
    } else {
      left_out.pop_back();
    }
  }
  return best;
}

}  // namespace

std::string fixes_of(const DeploymentFile& file, const DeploymentOptions& options) {
  // As version control names files, which "patch -p1" takes.
  const std::size_t first = std::min(file.path.find_first_not_of('/'), file.path.size());
  return unified_diff(
      file.path.substr(first), file.sources.front().text, fixed(file, options).text);
}

}  // namespace wideep
