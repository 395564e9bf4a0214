// Readers of what starts engines against hostile text.
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "deploy/file_format.h"
#include "deploy/manifest.h"
#include "deploy/options_file.h"
#include "deploy/read_file.h"
#include "deploy/read_shell.h"
#include "deploy/srt_slurm.h"
#include "deploy/trtllm_options.h"
#include "expect.h"
#include "input/diagnostic.h"
#include "targets.h"

namespace {

using namespace wideep;

void check(const Place& place) {
  if (place.source == nullptr) return;
  expect(place.line >= 1 && place.column >= 1, "lines and columns count from 1");
}

void check(const TextExtent& extent, const Place& place) {
  expect(extent.begin <= extent.end, "an extent does not end before it begins");
  if (extent.empty()) return;
  expect(place.source != nullptr, "an extent is one of a source");
  expect(extent.end <= place.source->text.size(), "an extent lies in its source");
}

void check(const Settings& settings) {
  for (const Setting& each : settings.all) {
    check(each.at);
    check(each.value_at);
    check(each.whole, each.at);
    check(each.value_in, each.value_at);
    const bool inside =
        each.whole.empty() || each.value_in.empty() ||
        (each.whole.begin <= each.value_in.begin && each.value_in.end <= each.whole.end);
    expect(inside, "a value lies in what sets it");
  }
  if (!settings.add_after) return;
  expect(settings.add_at.source != nullptr, "where something is added is in a source");
  expect(*settings.add_after <= settings.add_at.source->text.size(), "and not behind it");
}

void check(const DeploymentFile& file, const Findings& findings) {
  for (const Diagnostic& each : findings.placed()) {
    expect(!render(each).empty(), "a fault is shown");
  }
  for (const Deployment& job : file.jobs) {
    expect(!job.roles.empty(), "a job starts something");
    for (const DeployedRole& role : job.roles) {
      check(role.at);
      check(role.flags);
      check(role.environment);
    }
  }
  for (const std::string& each : file.not_read) expect(!each.empty(), "a sentence says something");
}

DeploymentFile file_of_text(std::string_view text) {
  DeploymentFile file;
  file.path = "input";
  file.sources.push_back({.name = file.path, .text = std::string(text)});
  static_cast<void>(format_of(file.path, text));
  return file;
}

void shell(DeploymentFile& file, Findings& /*findings*/) {
  read_shell(file);
}

void dockerfile(DeploymentFile& file, Findings& /*findings*/) {
  read_dockerfile(file);
}

void kubernetes(DeploymentFile& file, Findings& findings) {
  read_kubernetes(file, findings);
}

void dynamo(DeploymentFile& file, Findings& findings) {
  read_dynamo(file, findings);
}

void recipe(DeploymentFile& file, Findings& findings) {
  const Node root = parse_yaml(file.sources.front(), findings);
  if (is_srt_slurm(root)) read_srt_slurm(root, file);
}

void trtllm_options(DeploymentFile& file, Findings& findings) {
  const Node root = parse_yaml(file.sources.front(), findings);
  if (is_trtllm_options(root)) read_trtllm_options(root, file);
}

/// Told by its content.
void deployment(DeploymentFile& file, Findings& findings) {
  auto read =
      read_deployment({.name = "gen.yaml", .text = file.sources.front().text}, {}, findings);
  if (read) file = std::move(*read);
}

template <auto* kReader>
void read_by(std::string_view text) {
  DeploymentFile file = file_of_text(text);
  Findings findings;
  kReader(file, findings);
  check(file, findings);
}

/// A file of options that a command names, for each engine.
void options_file(std::string_view text) {
  const Source source{.name = "options.yaml", .text = std::string(text)};
  const ShellFile file = file_of(EmbeddedText(source));
  for (const ServingEngine engine :
       {ServingEngine::kVllm, ServingEngine::kSglang, ServingEngine::kTrtllm}) {
    std::string fault;
    const auto settings = settings_in_file(file, engine, fault);
    expect(settings.has_value() == fault.empty(), "it is read, or said why not");
    if (settings) check(*settings);
  }
}

constexpr std::array<FuzzTarget, 8> kDeploymentTargets = {
    {{"deployment", read_by<deployment>},
     {"dockerfile", read_by<dockerfile>},
     {"dynamo", read_by<dynamo>},
     {"kubernetes", read_by<kubernetes>},
     {"options_file", options_file},
     {"recipe", read_by<recipe>},
     {"shell", read_by<shell>},
     {"trtllm_options", read_by<trtllm_options>}}};

}  // namespace

FuzzTargets wideep::deployment_targets() {
  return kDeploymentTargets;
}
