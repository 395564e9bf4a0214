#include "emit/engine_launch.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "deploy/change.h"
#include "engines/dbo_threshold.h"
#include "engines/runs.h"
#include "model/thresholds.h"
#include "model/words.h"

namespace wideep {
namespace {

/// Nodes of an instance, each with as many GPUs as it has, or with the most that share them evenly.
void place(const RoleShape& shape, const LaunchTarget& target, Launch& launch) {
  const int gpus = shape.gpus();
  int each = std::min(gpus, target.gpus_per_node);
  while (gpus % each != 0) --each;
  launch.nodes = gpus / each;
  launch.gpus_per_node = each;
  launch.ranks_per_node = std::max(1, each / shape.config().attention.ranks);
}

void add(const std::string& flags, std::string_view why, std::vector<LaunchSetting>& out) {
  for (const Change& change : changes_in(flags)) {
    out.push_back({.key = change.key, .value = change.value, .why = std::string(why)});
  }
}

}  // namespace

std::vector<LaunchSetting> kernel_settings(const RoleShape& shape, ServingEngine engine) {
  const Engine& data = *engine_of_id(id_of(engine));
  const Problem& problem = *shape.problem;
  const Config& config = shape.config();
  std::vector<LaunchSetting> settings;
  // An all-to-all has nothing to do where every rank has the same tokens.
  if (shape.groups() > 1) {
    const std::optional<Library> library = library_in(shape, engine);
    for (const auto& [known, flags] : data.flags.all_to_all) {
      if (library == known) add(flags, problem.fabric.kernels[config.kernel].name, settings);
    }
  }
  if (const EngineMode* const mode = mode_of(data, problem, config)) {
    std::optional<double> threshold;
    if (config.overlap == Overlap::kDbo) {
      threshold = engine_setting(thresholds(problem, config), config.tokens);
    }
    add(launch_flags(*mode, phase_run(problem.workload.traffic), threshold),
        config.overlap == Overlap::kDbo ? "dual-batch overlap from where it pays" : "",
        settings);
  }
  return settings;
}

std::optional<Library> library_in(const RoleShape& shape, ServingEngine engine) {
  return library_run(*engine_of_id(id_of(engine)), *shape.problem, shape.config().kernel);
}

bool has_no_graphs(const RoleShape& shape, ServingEngine engine) {
  const Engine& data = *engine_of_id(id_of(engine));
  const std::optional<Library> library = library_in(shape, engine);
  const bool two_batches = shape.config().overlap == Overlap::kDbo;
  for (const EngineKernel& kernel : data.kernels(Phase::kDecode)) {
    if (kernel.library != library) continue;
    return (two_batches ? kernel.dbo_graphs : kernel.graphs) == Graphs::kNone;
  }
  return false;
}

bool reduces_by_nccl(const RoleShape& shape, ServingEngine engine) {
  return shape.groups() == 1 && shape.gpus() > 1 && library_in(shape, engine) == Library::kNccl;
}

bool has_fp8_cache(const RoleShape& shape) {
  const auto& footprint = shape.problem->workload.figures.footprint;
  return footprint && footprint->cache_element.base() == 1.0;
}

std::string number(long long value) {
  return std::to_string(value);
}

std::optional<double> share_of(Bytes part, Bytes whole) {
  constexpr double kDigits = 100.0;
  if (whole <= Bytes{}) return std::nullopt;
  return std::min(1.0, std::ceil(part / whole * kDigits) / kDigits);
}

int capacity_for(int tokens) {
  constexpr int kMultiple = 16;
  return (tokens + kMultiple - 1) / kMultiple * kMultiple;
}

Launch launch_of(const RoleShape& shape, const LaunchTarget& target, LaunchDoubts& doubts) {
  const Engine& engine = *engine_of_id(id_of(target.engine));
  Launch launch{.kind = shape.kind, .instances = shape.instances, .flags = {}, .variables = {}};
  place(shape, target, launch);
  const std::string name(name_of(shape.kind));
  if (mode_of(engine, *shape.problem, shape.config()) == nullptr) {
    doubts.refused.push_back(
        {.kind = shape.kind,
         .text = fmt::format("{}: {} does not run {} with {}",
                             name,
                             engine.name,
                             name_of(shape.config().overlap),
                             shape.problem->fabric.kernels[shape.config().kernel].name)});
    return launch;
  }
  const Kernel& kernel = shape.problem->fabric.kernels[shape.config().kernel];
  if (!shape.config().copies_tokens() && !library_in(shape, target.engine)) {
    doubts.refused.push_back(
        {.kind = shape.kind,
         .text = fmt::format(
             "{}: whose kernel {} is, is not known: say kernels.{}.library in the fabric",
             name,
             kernel.name,
             kernel.name)});
    return launch;
  }
  if (!has_equal_halves(shape.config())) {
    doubts.cannot.push_back(
        fmt::format("{}: the split of the batch; {} cuts it in equal halves", name, engine.name));
  }
  switch (target.engine) {
    case ServingEngine::kVllm:
      add_vllm_settings(shape, launch, doubts);
      break;
    case ServingEngine::kSglang:
      add_sglang_settings(shape, launch, doubts);
      break;
    case ServingEngine::kTrtllm:
      add_trtllm_settings(shape, launch, doubts);
      break;
  }
  return launch;
}

}  // namespace wideep
