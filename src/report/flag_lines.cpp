#include "report/flag_lines.h"

#include <fmt/format.h>

#include "emit/engine_setting.h"
#include "emit/launch_files.h"
#include "emit/launch_set.h"
#include "rules/known.h"

namespace wideep {
namespace {

Text rows_of(const std::vector<RoleShape>& shapes, const Problem& problem) {
  const FlagLines flags = flag_lines(shapes, problem);
  if (!flags.refused.empty()) return labelled("Set", flags.refused);
  if (flags.roles.empty()) {
    return labelled("Set",
                    "wideep-opt emit --engine vllm (or sglang, trtllm) writes what starts it.");
  }
  Text text;
  for (const std::string& line : flags.roles) {
    text += labelled("Set", line + (&line == &flags.roles.back() ? "; emit writes it all." : ""));
  }
  return text;
}

/// The flags of a role that make the answer.
std::string flag_line(const Launch& launch, ServingEngine engine, bool only_role) {
  std::string line(title_of(engine));
  if (!only_role) line += fmt::format(" {}", name_of(launch.kind));
  for (const LaunchSetting& each : launch.flags) {
    const bool alone = each.key == "tensor-parallel-size" && each.value == "1";
    if (!makes_answer(each.key) || alone) continue;
    if (engine == ServingEngine::kTrtllm) {
      line += fmt::format(" {}={}", each.key, each.value);
    } else {
      line += " --" + each.key + (each.value.empty() ? "" : " " + shell_word(each.value));
    }
  }
  for (const LaunchSetting& each : launch.variables) {
    if (makes_answer(each.key)) line += fmt::format(" {}={}", each.key, each.value);
  }
  return line;
}

}  // namespace

/// How many GPUs a machine of the fabric has, where it is known.
void place_on(const Fabric& fabric, LaunchTarget& target) {
  const auto preset = fabric_preset_of(fabric.name);
  if (!preset) return;
  target.machine = preset->substr(0, preset->find('-'));
  const Machine machine = machine_of(*preset);
  if (machine.gpus_per_node) target.gpus_per_node = *machine.gpus_per_node;
}

FlagLines flag_lines(const std::vector<RoleShape>& shapes, const Problem& problem) {
  const auto& asked = problem.workload.engine;
  const std::optional<ServingEngine> engine = asked ? serving_engine(*asked) : std::nullopt;
  if (!engine) return {};
  LaunchTarget target{.engine = *engine};
  place_on(problem.fabric, target);
  LaunchDoubts doubts;
  const LaunchSet set = launch_set(shapes, target, doubts);
  if (!doubts.refused.empty()) return {.roles = {}, .refused = doubts.refused.front().text + "."};
  FlagLines flags;
  for (const Launch& launch : set.roles) {
    flags.roles.push_back(flag_line(launch, *engine, set.roles.size() == 1));
  }
  return flags;
}

Text set_rows(const PlanQuestion& question, const Plan& plan) {
  return rows_of(shapes_of(plan, question.lengths), question.decode);
}

Text set_row(const Problem& problem, const Prediction& prediction) {
  return rows_of({shape_of_role(problem, prediction)}, problem);
}

}  // namespace wideep
