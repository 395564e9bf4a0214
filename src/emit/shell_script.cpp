// The lines that start an engine, and a script of them.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "emit/launch_files.h"
#include "emit/yaml_lines.h"

namespace wideep {
namespace {

bool needs_no_quotes(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
         c == '/' || c == ',';
}

/// Settings by node, which the shell works out.
std::vector<LaunchSetting> node_settings(const LaunchSet& set,
                                         const Launch& launch,
                                         std::string_view rank,
                                         std::string_view leader) {
  if (launch.nodes == 1) return {};
  const std::string address = fmt::format("\"${}\"", leader);
  const std::string node = fmt::format("\"${}\"", rank);
  if (set.engine == ServingEngine::kSglang) {
    return {{"nnodes", std::to_string(launch.nodes), ""},
            {"node-rank", node, ""},
            {"dist-init-addr", fmt::format("\"${}:20000\"", leader), ""}};
  }
  const bool parallel = std::any_of(launch.flags.begin(), launch.flags.end(), [](const auto& one) {
    return one.key == "data-parallel-size";
  });
  if (!parallel) {
    return {{"nnodes", std::to_string(launch.nodes), ""},
            {"node-rank", node, ""},
            {"master-addr", address, ""}};
  }
  return {{"data-parallel-size-local", std::to_string(launch.ranks_per_node), "on each node"},
          {"data-parallel-address", address, ""},
          {"data-parallel-start-rank",
           fmt::format("$(({} * {}))", rank, launch.ranks_per_node),
           "the node's first"}};
}

std::string array_lines(const LaunchSet& set,
                        const Launch& launch,
                        std::string_view rank,
                        std::string_view leader,
                        const std::string& pad) {
  std::string text = pad + "args=(\n";
  const auto add = [&](const LaunchSetting& setting, const std::string& value) {
    text += line(pad + "  --" + setting.key + (value.empty() ? "" : " " + value), setting.why);
  };
  for (const LaunchSetting& each : launch.flags) {
    add(each, each.value.empty() ? "" : shell_word(each.value));
  }
  for (const LaunchSetting& each : node_settings(set, launch, rank, leader)) add(each, each.value);
  text += pad + ")\n";
  return text;
}

std::string trtllm_lines(const Launch& launch, const std::string& pad) {
  const std::string file = fmt::format("trtllm-{}.yaml", name_of(launch.kind));
  // Here-documents begin at the margin.
  std::string text = fmt::format("{}cat >{} <<'EOF'\n{}EOF\n", pad, file, options_yaml(launch, 0));
  if (launch.nodes > 1) {
    text += fmt::format("{}# By srun or mpirun on {} nodes, {} tasks on each.\n",
                        pad,
                        launch.nodes,
                        launch.gpus_per_node);
  }
  const char* const start = launch.nodes > 1 ? "trtllm-llmapi-launch " : "";
  text += fmt::format("{}exec {}trtllm-serve \"$MODEL\" --config {}\n", pad, start, file);
  return text;
}

}  // namespace

std::string shell_word(const std::string& value) {
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), needs_no_quotes);
  if (plain) return value;
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string start_lines(const LaunchSet& set,
                        const Launch& launch,
                        std::string_view rank,
                        std::string_view leader,
                        int indent) {
  const std::string pad = spaces(indent);
  std::string text;
  for (const LaunchSetting& each : launch.variables) {
    text += line(fmt::format("{}export {}={}", pad, each.key, shell_word(each.value)), each.why);
  }
  if (set.engine == ServingEngine::kTrtllm) return text + trtllm_lines(launch, pad);
  text += array_lines(set, launch, rank, leader, pad);
  const bool headless = set.engine == ServingEngine::kVllm && launch.nodes > 1;
  if (headless) {
    text += fmt::format("{}server=()  # on the first node alone\n", pad);
    text += fmt::format("{}if (({} > 0)); then server=(--headless); fi\n", pad, rank);
  }
  const char* const start = set.engine == ServingEngine::kVllm
                                ? "vllm serve \"$MODEL\""
                                : "python3 -m sglang.launch_server --model-path \"$MODEL\"";
  const char* const more = headless ? " \"${server[@]}\"" : "";
  return text + fmt::format("{}exec {} \"${{args[@]}}\"{}\n", pad, start, more);
}

std::string shell_file(const LaunchSet& set) {
  const bool several = set.roles.size() > 1;
  const bool nodes = std::any_of(
      set.roles.begin(), set.roles.end(), [](const Launch& one) { return one.nodes > 1; });
  const bool addressed = nodes && set.engine != ServingEngine::kTrtllm;
  std::string text = "#!/bin/bash\n";
  text +=
      heading(set,
              addressed ? "MODEL; on each node NODE_RANK, 0 being the first of its instance, and "
                          "LEADER_ADDRESS, the host of that one"
                        : "MODEL");
  const bool tasks = nodes && !addressed;
  if (several) {
    text += fmt::format("# Run with prefill or decode, once for each {} of each instance.\n",
                        tasks ? "node, and task on it," : "node");
    text += "# A router in front of the instances is not in it.\n";
  }
  text += fmt::format("set -euo pipefail\n\nMODEL=${{MODEL:-{}}}\n", shell_word(set.model));
  text += "\n";
  if (several) text += "case \"${1:?prefill or decode}\" in\n";
  for (const Launch& launch : set.roles) {
    const std::string size = fmt::format("{} x {} GPUs on {} node{}",
                                         launch.instances,
                                         launch.gpus(),
                                         launch.nodes,
                                         launch.nodes == 1 ? "" : "s");
    const bool asks = launch.nodes > 1 && addressed;
    const char* const asked = asks ? ": \"${NODE_RANK:?}\" \"${LEADER_ADDRESS:?}\"\n" : "";
    if (several) {
      text += fmt::format("  {})\n    # {}\n", name_of(launch.kind), size);
      text += asks ? fmt::format("    {}", asked) : "";
      text += start_lines(set, launch, "NODE_RANK", "LEADER_ADDRESS", 4) + "    ;;\n";
    } else {
      text += fmt::format("# {}: {}\n{}", name_of(launch.kind), size, asked);
      text += start_lines(set, launch, "NODE_RANK", "LEADER_ADDRESS", 0);
    }
  }
  if (several) {
    text += "  *)\n    echo \"prefill or decode, not $1\" >&2\n    exit 2\n    ;;\nesac\n";
  }
  return text;
}

}  // namespace wideep
