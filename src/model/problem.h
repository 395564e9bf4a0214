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

/// In which layouts of attention something runs.
struct AttentionUse {
  bool alone = true;       ///< each rank with sequences of its own
  bool groups = false;     ///< in groups of some of the ranks
  bool all = false;        ///< in one group of all ranks
  bool cut_cache = false;  ///< in either with the cache cut along the sequence

  [[nodiscard]] bool holds(const Config& config) const {
    const auto [ranks, cache] = config.attention;
    if (cache > 1 && !cut_cache) return false;
    if (ranks == 1) return alone;
    return ranks == config.gpus() ? all : groups;
  }

  friend bool operator==(const AttentionUse&, const AttentionUse&) = default;
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
  std::optional<AttentionUse> attention = {};  ///< unset: any

  /// Of the configuration's batch and layout with so many redundant experts.
  [[nodiscard]] bool is_for(const Config& config, int redundant) const {
    if (!is_for_layout(config, redundant)) return false;
    const double tokens = config.tokens_per_gpu();
    return (tokens < 1.0 || fewest_tokens <= tokens) && tokens <= most_tokens;
  }

  /// The same whatever the batch.
  [[nodiscard]] bool is_for_layout(const Config& config, int redundant) const {
    const bool some = redundant > 0;
    if (replicas != Replicas::kAny && (replicas == Replicas::kSome) != some) return false;
    return !attention || attention->holds(config);
  }

  friend bool operator==(const Run&, const Run&) = default;
};

/// Published layers and served steps are predicted to some 3 to 13 % in the median
/// (docs/validation.md), and what is nearer than that to the optimum cannot be told from it.
inline constexpr double kTolerance = 0.05;

/// What the search may choose from. docs/input.md#search
struct SearchSpace {
  std::vector<Attention> attentions = {Attention{}};
  std::vector<ExpertLayout> experts = {ExpertLayout{}};
  std::vector<int> ep_widths;        ///< candidates for the GPUs of a group, P of kEp; empty: every
                                     ///< width up to max_gpus
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

/// The configuration with the batch that the workload states for its width and layout.
inline Config asked(const Problem& problem, Config config) {
  config.tokens = tokens_per_group(problem.workload, config);
  return config;
}

}  // namespace wideep
