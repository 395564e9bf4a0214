#include "model/ways.h"

#include <algorithm>

#include "model/redundancy.h"

namespace wideep {
namespace {

bool is_for(const Run& run, const Problem& problem, const Config& config) {
  return run.is_for(config, redundant_experts(problem.workload, config));
}

}  // namespace

bool suits(Schedule schedule, const Fabric& fabric, std::size_t kernel) {
  const Kernel& chosen = fabric.kernels[kernel];
  const bool low_latency = chosen.library == Library::kDeepEpLl;
  if (chosen.fused || chosen.collectives) return schedule == Schedule::kInOrder;
  switch (schedule) {
    case Schedule::kVllmHt:
    case Schedule::kSglangPrefill:
      return !low_latency;
    case Schedule::kSglangSboSm90:
    case Schedule::kSglangSboSm100:
      return low_latency && single_batch_schedule(fabric).value_or(schedule) == schedule;
    default:
      return true;
  }
}

std::optional<Schedule> single_batch_schedule(const Fabric& fabric) {
  if (!fabric.gpu || !fabric.gpu->architecture) return std::nullopt;
  const bool hopper = *fabric.gpu->architecture == Architecture::kSm90;
  return hopper ? Schedule::kSglangSboSm90 : Schedule::kSglangSboSm100;
}

std::vector<Schedule> schedules_of(const Problem& problem, std::size_t kernel) {
  const Fabric& fabric = problem.fabric;
  std::vector<Schedule> schedules = problem.space.schedules;
  const Kernel& chosen = fabric.kernels[kernel];
  if (schedules.empty() && (chosen.fused || chosen.collectives)) {
    schedules = {Schedule::kInOrder};
  } else if (schedules.empty()) {
    schedules = chosen.library == Library::kDeepEpLl
                    ? std::vector{Schedule::kVllmLl, Schedule::kSglangDecode}
                    : std::vector{Schedule::kVllmHt, Schedule::kSglangPrefill};
    if (const auto single = single_batch_schedule(fabric)) schedules.push_back(*single);
  }
  std::erase_if(schedules, [&](Schedule schedule) { return !suits(schedule, fabric, kernel); });
  return schedules;
}

std::vector<Run> ways_of(const Problem& problem, std::size_t kernel, Overlap overlap) {
  const SearchSpace& space = problem.space;
  std::vector<Run> ways;
  if (!problem.fabric.kernels[kernel].has_mode(overlap)) return ways;
  if (!space.only_runs) {
    std::vector<Schedule> schedules = schedules_of(problem, kernel);
    for (const Run& run : space.runs) {
      const bool here = run.kernel == kernel && run.overlap == overlap;
      const bool listed =
          std::find(schedules.begin(), schedules.end(), run.schedule) != schedules.end();
      if (here && !listed && space.schedules.empty()) schedules.push_back(run.schedule);
    }
    for (const Schedule schedule : schedules) {
      if (!runs(schedule, overlap)) continue;
      ways.push_back({.kernel = kernel,
                      .overlap = overlap,
                      .schedule = schedule,
                      .half_split = space.half_split});
    }
    return ways;
  }
  const DenseParts& dense = problem.workload.figures.dense;
  for (Run run : space.runs) {
    if (run.kernel != kernel || run.overlap != overlap || !runs(run.schedule, overlap)) continue;
    const auto& wanted = space.schedules;
    const bool is_wanted = std::any_of(wanted.begin(), wanted.end(), [&](Schedule schedule) {
      return space.timing == Timing::kSteadyState
                 ? runs(schedule, overlap) && suits(schedule, problem.fabric, kernel)
                 : are_equal(schedule, run.schedule, overlap, dense);
    });
    if (!wanted.empty() && !is_wanted) continue;
    run.half_split = run.half_split || space.half_split;
    ways.push_back(run);
  }
  std::stable_sort(
      ways.begin(), ways.end(), [](const Run& a, const Run& b) { return a.schedule < b.schedule; });
  return ways;
}

Seconds launches_of(const Problem& problem, const Run& way, const Config& config) {
  if (problem.space.only_runs) return way.launch_time;
  const DenseParts& dense = problem.workload.figures.dense;
  std::optional<Seconds> so;
  std::optional<Seconds> otherwise;
  for (const Run& run : problem.space.runs) {
    if (run.kernel != way.kernel || run.overlap != way.overlap) continue;
    if (!is_for(run, problem, config)) continue;
    const bool alike = problem.space.timing == Timing::kSteadyState ||
                       are_equal(run.schedule, way.schedule, way.overlap, dense);
    std::optional<Seconds>& least = alike ? so : otherwise;
    least = std::min(least.value_or(run.launch_time), run.launch_time);
  }
  return so ? *so : otherwise.value_or(Seconds(0.0));
}

std::optional<Run> first_way(const Problem& problem, const Config& config) {
  for (const Run& way : ways_of(problem, config.kernel, config.overlap)) {
    if (is_for(way, problem, config)) return way;
  }
  return std::nullopt;
}

Config with_way(const Problem& problem, Config config, std::optional<Schedule> schedule) {
  std::optional<Run> way = first_way(problem, config);
  for (const Run& other : ways_of(problem, config.kernel, config.overlap)) {
    if (is_for(other, problem, config) && other.schedule == schedule) way = other;
  }
  config.schedule = schedule ? *schedule : way.value().schedule;
  if (way) config.launch_time = launches_of(problem, *way, config);
  return config;
}

bool covers(const Run& run, const Problem& problem, const Config& config) {
  const bool alike =
      run.kernel == config.kernel && run.overlap == config.overlap && is_for(run, problem, config);
  if (!alike || !runs(run.schedule, run.overlap)) return false;
  if (run.launch_time != config.launch_time) return false;
  return problem.space.timing == Timing::kSteadyState ||
         are_equal(run.schedule, config.schedule, config.overlap, problem.workload.figures.dense);
}

}  // namespace wideep
