#include "deploy/read_file.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "deploy/file_format.h"
#include "deploy/manifest.h"
#include "deploy/read_shell.h"
#include "deploy/srt_slurm.h"
#include "deploy/trtllm_options.h"
#include "input/node.h"

namespace wideep {
namespace {

/// Keys that are given twice are no fault of what engines read.
void sort_out(const Findings& found, DeploymentFile& file, Findings& findings) {
  for (const Diagnostic& each : found.placed()) {
    if (each.rule == kRepeatedKey) {
      file.not_read.push_back(
          fmt::format("line {}: {}; the last one counts", each.where.line, each.message));
    } else {
      findings.report(each);
    }
  }
}

/// A recipe or options, which are one document.
bool read_document(DeploymentFile& file, Findings& findings) {
  Findings found;
  const Node root = parse_yaml(file.sources.front(), found);
  const bool recipe = is_srt_slurm(root);
  const bool options = !recipe && is_trtllm_options(root);
  if (!recipe && !options) return false;
  if (recipe) read_srt_slurm(root, file);
  if (options) read_trtllm_options(root, file);
  sort_out(found, file, findings);
  return true;
}

}  // namespace

std::optional<DeploymentFile> read_deployment(Source source,
                                              const ReadNamed& read_named,
                                              Findings& findings) {
  std::optional<DeploymentFile> file(std::in_place);
  file->path = source.name;
  file->sources.push_back(std::move(source));
  const FindFile find_file = [&file,
                              &read_named](const std::string& path) -> std::optional<ShellFile> {
    std::optional<Source> named = read_named ? read_named(path) : std::nullopt;
    if (!named) return std::nullopt;
    const Source& kept = file->sources.emplace_back(std::move(*named));
    return ShellFile{.text = std::make_shared<const EmbeddedText>(kept), .variables = nullptr};
  };
  const auto format = format_of(file->path, file->sources.front().text);
  if (!format) {
    if (!read_document(*file, findings)) return std::nullopt;
    return file;
  }
  file->format = *format;
  Findings found;
  switch (*format) {
    case DeploymentFormat::kShell:
      read_shell(*file, find_file);
      break;
    case DeploymentFormat::kDockerfile:
      read_dockerfile(*file, find_file);
      break;
    case DeploymentFormat::kKubernetes:
      read_kubernetes(*file, found, find_file);
      break;
    case DeploymentFormat::kDynamo:
      read_dynamo(*file, found, find_file);
      break;
    case DeploymentFormat::kSrtSlurm:
    case DeploymentFormat::kTrtllmOptions:
      break;
  }
  sort_out(found, *file, findings);
  return file;
}

}  // namespace wideep
