// A recipe of srt-slurm. Source: docs/config-reference.md @00660c9 of NVIDIA/srt-slurm.
#include <fmt/format.h>

#include "emit/launch_files.h"
#include "emit/yaml_lines.h"

namespace wideep {
namespace {

constexpr int kInRecipe = 6;  // where a role's settings stand

}  // namespace

std::string recipe_file(const LaunchSet& set) {
  const std::string engine(id_of(set.engine));
  std::string text = heading(set, "model.path and model.container, as srtslurm.yaml names them");
  text += fmt::format("name: {}\nmodel:\n  path: {}\n  container: FILL-IN\n",
                      model_name(set),
                      yaml_text(set.model));
  if (!set.precision.empty()) text += line("  precision: " + set.precision);
  text += "resources:\n";
  text += line("  gpu_type: " + (set.machine.empty() ? "FILL-IN" : set.machine));
  text += line(fmt::format("  gpus_per_node: {}", set.gpus_per_node));
  const auto short_name = [](const Launch& one) {
    return one.kind == RoleKind::kAggregated ? std::string("agg") : std::string(name_of(one.kind));
  };
  for (const Launch& launch : set.roles) {
    const int gpus = launch.instances * launch.gpus();
    text += line(fmt::format(
        "  {}_nodes: {}", short_name(launch), (gpus + set.gpus_per_node - 1) / set.gpus_per_node));
    text += line(fmt::format("  {}_workers: {}", short_name(launch), launch.instances));
    text += line(fmt::format("  gpus_per_{}: {}", short_name(launch), launch.gpus()));
  }
  text += fmt::format("backend:\n  type: {}\n", engine);
  for (const Launch& launch : set.roles) {
    if (launch.variables.empty()) continue;
    text += line(fmt::format("  {}_environment:", name_of(launch.kind)));
    for (const LaunchSetting& each : launch.variables) {
      text += line(fmt::format("    {}: \"{}\"", each.key, each.value), each.why);
    }
  }
  text += line("  " + engine + "_config:");
  for (const Launch& launch : set.roles) {
    text += line(fmt::format("    {}:", name_of(launch.kind)));
    if (set.engine == ServingEngine::kTrtllm) {
      text += options_yaml(launch, kInRecipe);
      continue;
    }
    for (const LaunchSetting& each : launch.flags) {
      const std::string value = each.value.empty() ? "true" : yaml_text(each.value);
      text += line(fmt::format("      {}: {}", each.key, value), each.why);
    }
  }
  if (set.input_tokens > 0 && set.concurrency > 0) {
    text +=
        fmt::format("benchmark:\n  type: sa-bench\n  isl: {}\n  osl: {}\n  concurrencies: \"{}\"\n",
                    set.input_tokens,
                    set.output_tokens,
                    set.concurrency);
  }
  return text;
}

}  // namespace wideep
