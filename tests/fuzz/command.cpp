// Commands as the Python module runs them, with texts in place of files, and what `check` makes of
// files that start engines, against hostile text.
#include "cli/command.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/check_deployments.h"
#include "cli/check_fixes.h"
#include "cli/check_regret.h"
#include "cli/compared_argument.h"
#include "cli/run.h"
#include "deploy/change.h"
#include "expect.h"
#include "input/given_texts.h"
#include "input_text.h"
#include "regret/regret.h"
#include "targets.h"
#include "text_file.h"

namespace {

using namespace wideep;

constexpr const char* kFileName = "input";

/// What a command prints; empty where it refuses its input. Anything else that it throws is our
/// fault.
std::string printed(const std::vector<std::string>& arguments) {
  const Kept kept;
  try {
    const ExitCode code = run(arguments);
    expect(code != ExitCode::kInternalError, "a command that runs is no internal error");
    expect(!kept.printed.empty() || !kept.complained.empty(), "a command says something");
  } catch (const InputError& error) {
    expect(!std::string_view(error.what()).empty(), "a refusal says something");
  }
  return kept.printed;
}

void expect_json(const std::string& text) {
  expect(text.empty() || nlohmann::json::accept(text), "what is printed is JSON");
}

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  std::istringstream stream{std::string(text)};
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// Whether a command would write or read elsewhere, or take as long as it is told to.
bool leaves(const std::vector<std::string>& words) {
  constexpr std::array<std::string_view, 6> kKnown = {
      "check", "compare", "emit", "explain", "optimize", "presets"};
  constexpr std::array<std::string_view, 6> kLeaving = {
      "-", "--out", "-o", "--html", "--svg", "--draws"};
  if (words.empty() || std::find(kKnown.begin(), kKnown.end(), words.front()) == kKnown.end()) {
    return true;
  }
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    return word.find('/') != std::string::npos ||
           std::find(kLeaving.begin(), kLeaving.end(), name) != kLeaving.end() ||
           word.starts_with("-o");
  });
}

/// The words of a command line, asked of a small question.
void command(std::string_view text) {
  std::vector<std::string> words = words_in(text);
  if (leaves(words)) return;
  const GivenTexts given(named(kWorkloadName, kQuestion));
  printed(words);
}

/// What `compare` is given, a line each.
void compared(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string> faults;
    const ComparedArgument read = read_argument(line, faults);
    expect(read.text == line, "an argument is kept as it was given");
    expect(!faults.empty() || !read.config || !read.workload, "it is one or the other");
    for (const std::string& fault : faults) expect(!fault.empty(), "a fault says something");
  }
}

/// A workload with its fabric in it, with all that is said of it.
void optimized(std::string_view text) {
  const GivenTexts given(named(kWorkloadName, text));
  expect_json(printed({"optimize", "-w", kWorkloadName, "--json"}));
  printed({"optimize", "-w", kWorkloadName, "--verbose"});
}

/// What benchmarks measured.
void fit(std::string_view text) {
  const TextFile file(text, ".csv");
  for (const char* const kind : {"comm", "compute", "fused", "attention", "gamma"}) {
    expect_json(printed({"fit", kind, file.path(), "--ep", "16", "--json"}));
  }
  const GivenTexts given(named(kWorkloadName, kQuestion));
  expect_json(
      printed({"fit", "step", file.path(), "-w", kWorkloadName, "--kernel", "LL", "--json"}));
}

/// `check --traffic`.
void requests(std::string_view text) {
  const GivenTexts given(named(kFileName, text));
  try {
    const DeploymentTraffic read = read_requests(kFileName);
    expect(read.input_tokens.value_or(1) >= 1 && read.output_tokens.value_or(1) >= 1,
           "requests have tokens");
    expect(!read.rate || (std::isfinite(*read.rate) && *read.rate > 0.0), "a rate is above 0");
  } catch (const InputError& error) {
    check(error);
  }
}

/// What starts engines; none where it does not.
std::vector<std::unique_ptr<DeploymentFile>> deployments_in() {
  CheckRequest request{.files = {kFileName}, .root = "/nowhere"};
  return take_deployments(request, {});
}

void check(const DeploymentFinding& found) {
  expect(found.rule != nullptr && !found.message.empty(), "a finding says something");
  expect(found.at.source != nullptr && found.at.line >= 1 && found.at.column >= 1, "of a place");
  for (const Change& change : found.changes) {
    const auto edit = edit_of(change, *found.role);
    if (!edit) continue;
    expect(edit->source != nullptr, "an edit is of a source");
    expect(edit->where.begin <= edit->where.end && edit->where.end <= edit->source->text.size(),
           "an edit is within its source");
  }
}

/// What rules say of what starts engines, and what mends it.
void rules(std::string_view text) {
  const GivenTexts given(named(kFileName, text));
  for (const auto& file : deployments_in()) {
    for (const DeploymentFinding& found : found_in(*file, {})) check(found);
    CheckReport report;
    check_deployment(*file, {}, report);
    count_findings(*file, report);
    expect_json(to_text(check_json(report)));
    expect_json(to_text(check_sarif(report)));
    expect(!laid_out(check_text(report), {}).empty(), "a report says something");
    const std::string fixes = fixes_of(*file, {});
    expect(fixes.empty() || fixes.starts_with("--- a/"), "fixes are a diff");
  }
}

/// What it takes by the model, beside the best.
void regret(std::string_view text) {
  const GivenTexts given(named(kFileName, text));
  for (const auto& file : deployments_in()) {
    if (file->jobs.empty()) continue;
    const Deployment& job = file->jobs.front();
    const PricedBy by = priced_with({.model = "deepseek-r1", .fabric = "gb200-nvl72"}, job);
    for (const RoleRegret& role : regrets_of(job, by)) {
      expect(role.why_not.empty() == (role.theirs && role.best), "it is priced, or said why not");
      if (role.best) {
        expect(std::isfinite(role.regret()) && role.regret() >= 0.0,
               "nothing is better than the best");
      }
    }
    const auto whole = regret_of_whole(job, by);
    if (!whole) continue;
    expect(whole->why_not.empty() == (whole->theirs && whole->best),
           "it is priced, or said why not");
    if (whole->best) {
      expect(std::isfinite(whole->regret()) && whole->regret() >= 0.0,
             "no fewer GPUs than the fewest");
    }
  }
}

constexpr std::array<FuzzTarget, 7> kCommandTargets = {{{"command", command},
                                                        {"compared", compared},
                                                        {"fit", fit},
                                                        {"optimized", optimized},
                                                        {"regret", regret},
                                                        {"requests", requests},
                                                        {"rules", rules}}};

}  // namespace

FuzzTargets wideep::command_targets() {
  return kCommandTargets;
}
