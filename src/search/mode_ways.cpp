#include "search/mode_ways.h"

#include <algorithm>
#include <optional>

#include "model/schedule.h"
#include "model/ways.h"

namespace wideep {

ModeWays::ModeWays(const Problem& problem, std::size_t kernel, Overlap overlap)
    : ways_(ways_of(problem, kernel, overlap)), only_runs_(problem.space.only_runs) {
  const bool steady = problem.space.timing == Timing::kSteadyState;
  const DenseParts& dense = problem.workload.figures.dense;
  for (const Run& run : problem.space.runs) {
    if (run.kernel == kernel && run.overlap == overlap) runs_.push_back(run);
  }
  const auto like = [&](const Run& a, const Run& b) {
    return steady || are_equal(a.schedule, b.schedule, overlap, dense);
  };
  for (const Run& way : ways_) {
    for (const Run& other : ways_) alike_.push_back(like(other, way));
    for (const Run& run : runs_) run_like_.push_back(like(run, way));
  }
}

bool ModeWays::any_for(const Config& config, int redundant) const {
  return std::any_of(
      ways_.begin(), ways_.end(), [&](const Run& way) { return way.is_for(config, redundant); });
}

Seconds ModeWays::launches(std::size_t at, const Config& config, int redundant) const {
  if (only_runs_) return ways_[at].launch_time;
  std::optional<Seconds> so;
  std::optional<Seconds> otherwise;
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    if (!runs_[run].is_for(config, redundant)) continue;
    std::optional<Seconds>& least = run_like_[at * runs_.size() + run] ? so : otherwise;
    least = std::min(least.value_or(runs_[run].launch_time), runs_[run].launch_time);
  }
  return so ? *so : otherwise.value_or(Seconds(0.0));
}

bool ModeWays::is_new(std::size_t at, const Config& config, int redundant) const {
  const Seconds own = launches(at, config, redundant);
  for (std::size_t other = 0; other < at; ++other) {
    if (!ways_[other].is_for(config, redundant) || !alike(at, other)) continue;
    if (ways_[other].half_split && !ways_[at].half_split) continue;
    if (launches(other, config, redundant) <= own) return false;
  }
  return true;
}

const ModeWays& WayTable::of(const Problem& problem, std::size_t kernel, Overlap overlap) {
  const DenseParts& dense = problem.workload.figures.dense;
  if (!(dense == dense_)) {
    known_.clear();
    dense_ = dense;
  }
  const std::pair key(kernel, overlap);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  return known_.emplace(key, ModeWays(problem, kernel, overlap)).first->second;
}

}  // namespace wideep
