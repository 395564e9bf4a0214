#include "emit/launch_files.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace wideep {
namespace {

/// One line, whatever names of files have in them.
std::string comment(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return fmt::format("# {}\n", text);
}

}  // namespace

bool can_write(const LaunchSet& set, LaunchFormat format) {
  const bool pods = format == LaunchFormat::kKubernetes;
  if (!pods || set.engine != ServingEngine::kTrtllm) return true;
  return std::all_of(
      set.roles.begin(), set.roles.end(), [](const Launch& one) { return one.nodes == 1; });
}

std::string heading(const LaunchSet& set, std::string_view fill_in) {
  std::string text = comment(set.title);
  text += comment(fmt::format("{} {}.", title_of(set.engine), set.version));
  for (const std::string& sentence : set.predicted) text += comment(sentence);
  for (const std::string& sentence : set.cannot) {
    text += comment(fmt::format("No setting for this: {}.", sentence));
  }
  return text + comment(fmt::format("Fill in: {}.", fill_in));
}

std::string launch_file(const LaunchSet& set, LaunchFormat format) {
  switch (format) {
    case LaunchFormat::kKubernetes:
      return kubernetes_file(set);
    case LaunchFormat::kDynamo:
      return dynamo_file(set);
    case LaunchFormat::kSrtSlurm:
      return recipe_file(set);
    case LaunchFormat::kShell:
      break;
  }
  return shell_file(set);
}

}  // namespace wideep
