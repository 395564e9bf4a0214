#include "engines/runs.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "model/redundancy.h"
#include "model/ways.h"
#include "model/words.h"

namespace wideep {
namespace {

/// How far a kernel of one library is from one of another, in what its transfers cost: NVLink's two
/// are next to each other, so are DeepEP's, of which HT and V2, which send a copy to each rank
/// once, are nearer to NVLink's than LL. All-gather is far from all.
int distance(Library a, Library b) {
  constexpr int kFarthest = 4;
  if (a == b) return 0;
  const auto is_nvlink = [](Library library) {
    return library == Library::kNvlinkOneSided || library == Library::kNvlinkTwoSided;
  };
  if (a == Library::kNccl || b == Library::kNccl) return kFarthest;
  if (is_nvlink(a) == is_nvlink(b)) return 1;
  const Library deepep = is_nvlink(a) ? b : a;
  return deepep == Library::kDeepEpLl ? 3 : 2;
}

const EngineKernel* entry_of(const std::vector<EngineKernel>& entries, Library library) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const EngineKernel& entry) {
    return entry.library == library;
  });
  return found == entries.end() ? nullptr : &*found;
}

/// Adds the runs of a kernel that the engine runs as the entry says.
void add_runs(const Engine& engine,
              const EngineKernel& entry,
              Run run,
              const Problem& problem,
              std::vector<Run>& out) {
  const bool collectives = problem.fabric.kernels[run.kernel].collectives != nullptr;
  run.attention = entry.attention;
  const auto add = [&](Schedule schedule) {
    run.schedule = collectives ? Schedule::kInOrder : schedule;
    if (std::find(out.begin(), out.end(), run) == out.end()) out.push_back(run);
  };
  for (const Overlap overlap : entry.overlaps) {
    if (!engine.mode(overlap)->runs_on(problem.fabric)) continue;
    if (!problem.fabric.kernels[run.kernel].has_mode(overlap)) continue;
    run.overlap = overlap;
    run.half_split = overlap == Overlap::kDbo && engine.mode(overlap)->half_split;
    run.launch_time =
        engine.launch_time(phase_run(problem.workload.traffic),
                           overlap == Overlap::kDbo ? entry.dbo_graphs : entry.graphs);
    run.fewest_tokens = 1;
    run.most_tokens = Run{}.most_tokens;
    if (overlap == Overlap::kSbo) {
      const auto single = single_batch_schedule(problem.fabric);
      if (single && suits(*single, problem.fabric, run.kernel)) add(*single);
      continue;
    }
    run.replicas = Replicas::kAny;
    if (overlap == Overlap::kNone && entry.with_replicas) {
      const Serving& serving = problem.workload.serving;
      if (serving.chooses_redundant) run.replicas = Replicas::kSome;
      const bool may_have = serving.chooses_redundant || serving.redundant_experts > 0;
      if (may_have) add(*entry.with_replicas);
      if (may_have && !serving.chooses_redundant) continue;
      if (serving.chooses_redundant) run.replicas = Replicas::kNone;
    }
    if (entry.up_to) run.most_tokens = *entry.up_to;
    add(entry.schedule);
    if (!entry.up_to) continue;
    run.fewest_tokens = *entry.up_to + 1;
    run.most_tokens = Run{}.most_tokens;
    add(entry.beyond);
  }
}

/// "LL and HT", "none", "none, chunk and dbo"
std::string list_of(const std::vector<std::string_view>& words) {
  if (words.empty()) return "nothing";
  std::string text(words.front());
  for (std::size_t at = 1; at < words.size(); ++at) {
    text += fmt::format("{}{}", at + 1 == words.size() ? " and " : ", ", words[at]);
  }
  return text;
}

template <class T>
void add_once(std::vector<T>& values, const T& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

/// Leaves those kernels and modes that some way of the space has; all where none has.
void narrow(Problem& problem) {
  SearchSpace& space = problem.space;
  std::vector<std::size_t> kernels;
  std::vector<Overlap> overlaps;
  for (const Overlap overlap : space.overlaps) {
    for (const std::size_t kernel : space.kernels) {
      if (ways_of(problem, kernel, overlap).empty()) continue;
      add_once(kernels, kernel);
      add_once(overlaps, overlap);
    }
  }
  if (kernels.empty()) return;
  std::erase_if(space.kernels, [&](std::size_t kernel) {
    return std::find(kernels.begin(), kernels.end(), kernel) == kernels.end();
  });
  space.overlaps = std::move(overlaps);
}

void take_step_figures(const Engine& engine, Workload& workload) {
  Figures& figures = workload.figures;
  if (figures.outside_origin != Origin::kHardware) return;
  const auto take = [](const auto& own, ServingOrigin& origin, auto& figure) {
    if (!own || origin != ServingOrigin::kDefault) return;
    figure = *own;
    origin = ServingOrigin::kEngine;
  };
  take(engine.serving_efficiency, figures.efficiency_origin, figures.outside.efficiency);
  take(engine.step_overhead, figures.overhead_origin, figures.outside.overhead);
}

}  // namespace

std::optional<StandIn> stand_in_of(const Engine& engine, const Problem& problem) {
  const auto& entries = engine.kernels(phase_run(problem.workload.traffic));
  const auto& kernels = problem.fabric.kernels;
  const bool any = std::any_of(kernels.begin(), kernels.end(), [&](const Kernel& kernel) {
    if (kernel.fused || kernel.collectives) return false;
    return !kernel.library || entry_of(entries, *kernel.library) != nullptr;
  });
  if (any) return std::nullopt;
  std::optional<StandIn> nearest;
  int least = 0;
  for (const EngineKernel& entry : entries) {
    for (const std::size_t at : problem.space.kernels) {
      // A fused kernel stands in for no other, and none for it.
      if (kernels[at].fused || entry.library == Library::kMegaMoe) continue;
      const int here = distance(entry.library, *kernels[at].library);
      if (nearest && least <= here) continue;
      nearest = StandIn{.kernel = at, .library = entry.library};
      least = here;
    }
  }
  return nearest;
}

std::optional<Library> library_run(const Engine& engine,
                                   const Problem& problem,
                                   std::size_t kernel) {
  if (problem.workload.engine == engine.id) {
    const auto stand_in = stand_in_of(engine, problem);
    if (stand_in && stand_in->kernel == kernel) return stand_in->library;
  }
  return problem.fabric.kernels[kernel].library;
}

std::vector<Run> runs_of(const Engine& engine, const Problem& problem) {
  std::vector<Run> runs;
  for (std::size_t at = 0; at < problem.fabric.kernels.size(); ++at) {
    const auto library = library_run(engine, problem, at);
    for (const EngineKernel& entry : engine.kernels(phase_run(problem.workload.traffic))) {
      if (library && entry.library != *library) continue;
      if (!library && entry.library == Library::kMegaMoe) continue;
      add_runs(engine, entry, {.kernel = at}, problem, runs);
    }
  }
  return runs;
}

Problem with_engines(Problem problem) {
  if (const Engine* const engine = engine_asked(problem)) {
    problem.space.runs = runs_of(*engine, problem);
    problem.space.only_runs = true;
    narrow(problem);
    take_step_figures(*engine, problem.workload);
    return problem;
  }
  for (const Engine& engine : engines()) {
    for (const Run& run : runs_of(engine, problem)) add_once(problem.space.runs, run);
  }
  return problem;
}

const EngineMode* mode_of(const Engine& engine, const Problem& problem, const Config& config) {
  const std::vector<Run> runs = runs_of(engine, problem);
  const bool any = std::any_of(
      runs.begin(), runs.end(), [&](const Run& run) { return covers(run, problem, config); });
  return any ? engine.mode(config.overlap) : nullptr;
}

std::vector<std::string> engines_that_run(const Problem& problem, const Config& config) {
  std::vector<std::string> names;
  const bool halves = has_equal_halves(config);
  for (const Engine& engine : engines()) {
    const EngineMode* const mode = mode_of(engine, problem, config);
    if (mode != nullptr && (halves || !mode->half_split)) names.push_back(engine.name);
  }
  return names;
}

bool runs_dbo(const Problem& problem, std::size_t kernel) {
  const auto& runs = problem.space.runs;
  return runs.empty() || std::any_of(runs.begin(), runs.end(), [kernel](const Run& run) {
           return run.kernel == kernel && run.overlap == Overlap::kDbo;
         });
}

Contradiction contradiction(const Problem& problem, const Config& config) {
  const Engine& engine = *engine_asked(problem);
  const std::string& kernel = problem.fabric.kernels[config.kernel].name;
  const std::string_view phase = name_of(problem.workload.traffic.phase);
  std::vector<std::string_view> kernels;
  std::vector<std::string_view> modes;
  std::vector<std::string_view> schedules;
  for (const Run& run : problem.space.runs) {
    const Kernel& run_with = problem.fabric.kernels[run.kernel];
    const bool alike = (run_with.collectives != nullptr) == config.copies_tokens();
    if (alike) add_once(kernels, std::string_view(run_with.name));
    if (run.kernel != config.kernel) continue;
    add_once(modes, name_of(run.overlap));
    const bool here = run.is_for(config, redundant_experts(problem.workload, config));
    if (here && run.overlap == config.overlap) add_once(schedules, name_of(run.schedule));
  }
  if (modes.empty()) {
    return {
        fmt::format(
            "{} does not run {} at {}; it runs {}", engine.name, kernel, phase, list_of(kernels)),
        "name those in search.kernel, or leave 'engine' out"};
  }
  if (schedules.empty()) {
    return {fmt::format("{} runs {} with overlap {} at {}, and search.overlap asks for {}",
                        engine.name,
                        kernel,
                        list_of(modes),
                        phase,
                        name_of(config.overlap)),
            "ask for those, or leave 'engine' out"};
  }
  std::vector<std::string_view> asked;
  for (const Schedule schedule : problem.space.schedules) asked.push_back(name_of(schedule));
  return {fmt::format("{} runs {} with overlap {} as {}, and search.schedule asks for {}",
                      engine.name,
                      kernel,
                      name_of(config.overlap),
                      list_of(schedules),
                      list_of(asked)),
          "leave search.schedule out, or 'engine'"};
}

}  // namespace wideep
