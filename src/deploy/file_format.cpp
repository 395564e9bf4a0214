#include "deploy/file_format.h"

#include <algorithm>
#include <filesystem>

#include "deploy/shell_characters.h"

namespace wideep {
namespace {

/// Calls for each line until it says to stop.
template <typename Look>
void each_line(std::string_view text, Look look) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find('\n', at), text.size());
    if (!look(text.substr(at, stop - at))) return;
    at = stop + 1;
  }
}

std::optional<DeploymentFormat> manifest_in(std::string_view text) {
  bool versioned = false;
  bool kind = false;
  bool dynamo = false;
  each_line(text, [&](std::string_view line) {
    // JSON has them in quotes and further in.
    const std::size_t first = line.find_first_not_of(" \t\"{");
    if (first == std::string_view::npos) return true;
    const std::string_view key = line.substr(first);
    const bool outer = first == 0 || line.find('"') < first;
    versioned = versioned || (outer && key.starts_with("apiVersion"));
    kind = kind || (outer && key.starts_with("kind"));
    dynamo = dynamo || (outer && key.starts_with("kind") &&
                        key.find("DynamoGraphDeployment") != std::string_view::npos);
    return true;
  });
  if (!versioned || !kind) return std::nullopt;
  return dynamo ? DeploymentFormat::kDynamo : DeploymentFormat::kKubernetes;
}

bool is_dockerfile(const std::string& name, std::string_view text) {
  if (name.starts_with("Dockerfile") || name.starts_with("Containerfile") ||
      name.ends_with(".dockerfile") || name.ends_with(".Dockerfile")) {
    return true;
  }
  bool from = false;
  bool decided = false;
  each_line(text, [&](std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos || line[first] == '#') return true;
    // ARG alone may stand in front of it.
    if (line.substr(first).starts_with("ARG ")) return true;
    from = line.substr(first).starts_with("FROM ");
    decided = true;
    return false;
  });
  return decided && from;
}

bool is_script(const std::string& name, std::string_view text) {
  const std::string ending = std::filesystem::path(name).extension().string();
  if (is_one_of(ending, {".sh", ".bash", ".sbatch", ".slurm"})) return true;
  if (text.starts_with("#!")) {
    const std::string_view first = text.substr(0, text.find('\n'));
    return first.find("sh") != std::string_view::npos;
  }
  if (is_one_of(ending, {".yaml", ".yml", ".json", ".toml", ".md", ".py"})) return false;
  const auto has = [text](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  };
  return has("vllm serve") || has("sglang serve") || has("sglang.launch_server") ||
         has("trtllm-serve") || has("vllm.entrypoints") || has("-m dynamo.");
}

}  // namespace

std::optional<DeploymentFormat> format_of(const std::string& path, std::string_view text) {
  const std::string name = std::filesystem::path(path).filename().string();
  const bool told = is_script(name, "");
  if (!told && !text.starts_with("#!")) {
    if (const auto manifest = manifest_in(text)) return manifest;
    if (is_dockerfile(name, text)) return DeploymentFormat::kDockerfile;
  }
  return is_script(name, text) ? std::optional(DeploymentFormat::kShell) : std::nullopt;
}

}  // namespace wideep
