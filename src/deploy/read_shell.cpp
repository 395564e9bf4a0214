#include "deploy/read_shell.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "deploy/text_place.h"

namespace wideep {

std::string stem_of(const std::string& path) {
  return std::filesystem::path(path).stem().string();
}

void take_kind_of_path(const std::string& path, std::vector<StartedEngine>& engines) {
  if (engines.size() != 1 || engines.front().role.kind_stated) return;
  const std::filesystem::path file(path);
  auto kind = kind_in_name(file.stem().string());
  if (!kind) kind = kind_in_name(file.parent_path().filename().string());
  if (!kind) return;
  engines.front().role.kind = *kind;
  engines.front().role.kind_stated = true;
}

void add_engines(std::vector<StartedEngine> engines, Deployment& deployment) {
  for (StartedEngine& each : engines) {
    if (!deployment.model) deployment.model = std::move(each.model);
    deployment.roles.push_back(std::move(each.role));
  }
}

void read_shell(DeploymentFile& file, const FindFile& find_file) {
  file.format = DeploymentFormat::kShell;
  if (file.sources.empty()) return;
  const EmbeddedText script(file.sources.front());
  ShellState state;
  const EngineContext context{.find_file = find_file};
  auto engines = engines_in_script(script, state, context);
  take_kind_of_path(file.path, engines);
  Deployment deployment{.format = file.format};
  add_engines(std::move(engines), deployment);
  if (!deployment.roles.empty()) file.jobs.push_back(std::move(deployment));
  for (std::string& each : state.not_read) add_not_read(file.not_read, std::move(each));
}

}  // namespace wideep
