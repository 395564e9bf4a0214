#pragma once

#include <limits>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/fabric.h"
#include "model/objective.h"
#include "model/workload.h"

namespace wideep {

/// With which placements something is run.
enum class Replicas {
  kAny,
  kNone,  ///< without redundant experts
  kSome   ///< with some
};

/// A way in which a kernel is run: a mode in an order, for batches of so many tokens per rank.
struct Run {
  std::size_t kernel = 0;  ///< index into Fabric::kernels
  Overlap overlap = Overlap::kNone;
  Schedule schedule = Schedule::kVllmLl;
  bool half_split = false;   ///< dbo is split 50/50 only
  Seconds launch_time = {};  ///< as of a Config
  int fewest_tokens = 1;
  int most_tokens = std::numeric_limits<int>::max();
  Replicas replicas = Replicas::kAny;

  /// Of so many tokens per rank and redundant experts.
  [[nodiscard]] bool is_for(int tokens, int redundant) const {
    const bool some = redundant > 0;
    if (replicas != Replicas::kAny && (replicas == Replicas::kSome) != some) return false;
    return fewest_tokens <= tokens && tokens <= most_tokens;
  }

  friend bool operator==(const Run&, const Run&) = default;
};

/// Published layers and served steps are predicted to some 3 to 13 % in the median
/// (docs/validation.md), and what is nearer than that to the optimum cannot be told from it.
inline constexpr double kTolerance = 0.05;

/// What the search may choose from. docs/input.md#search
struct SearchSpace {
  std::vector<int> ep_widths;        ///< candidates for P; empty: every width up to max_gpus
  std::optional<int> max_gpus;       ///< unset: the expert slots, or kDefaultMaxGpus
  std::vector<std::size_t> kernels;  ///< indices into Fabric::kernels
  std::vector<Overlap> overlaps = {
      Overlap::kNone, Overlap::kChunk, Overlap::kDbo, Overlap::kSbo, Overlap::kFused};
  std::vector<Schedule> schedules;  ///< empty: those of schedules_of each kernel
  int max_chunks = 64;
  bool half_split = false;  ///< dbo is split 50/50 only, as engines do
  Timing timing = Timing::kSchedule;
  Objective objective = kLayerTime;
  double tolerance = kTolerance;  ///< configurations this near the optimum count as equally good
  std::vector<Run> runs;          ///< ways that something is known to run; empty: not known
  bool only_runs = false;         ///< search nothing else; otherwise the best of them is found too
};

/// Widest EP group when neither max_gpus nor the experts bound it: DeepEP V2 is built for 1,024
/// ranks (deepseek-ai/DeepEP, kNumMaxRanks).
inline constexpr int kDefaultMaxGpus = 1024;

/// A whole question.
struct Problem {
  Workload workload;
  Fabric fabric;
  SearchSpace space;
};

/// The configuration with the batch that the workload states for its EP width.
inline Config asked(const Problem& problem, Config config) {
  config.tokens = tokens_per_rank(problem.workload, config.ep_width);
  return config;
}

}  // namespace wideep
