#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "plan/instance_search.h"
#include "plan/queue.h"

namespace wideep {

/// Instances of one role.
struct RolePlan {
  InstancePointer instance;
  int count = 1;

  [[nodiscard]] int gpus() const { return count * instance->gpus(); }
};

/// A deployment, and what requests see of it.
struct Plan {
  std::optional<RolePlan> prefill;  ///< unset: the decode instances take the prompts too
  RolePlan decode;
  WaitingEstimate waiting;     ///< at `rate`
  PerSecond rate;              ///< of requests
  PerSecond most;              ///< rate that is within the level and max_utilisation
  double cost = 0.0;           ///< what is least of the best plan, by the question
  double output_tokens = 0.0;  ///< of a request

  [[nodiscard]] int gpus() const { return decode.gpus() + (prefill ? prefill->gpus() : 0); }
  [[nodiscard]] int instances() const { return decode.count + (prefill ? prefill->count : 0); }
  [[nodiscard]] const PromptSteps& prompts() const {
    return *(prefill ? prefill->instance : decode.instance)->prompts;
  }
  [[nodiscard]] Seconds tpot() const { return decode.instance->tpot; }
  /// Output tokens per second and GPU.
  [[nodiscard]] double tokens_per_gpu() const { return rate.base() * output_tokens / gpus(); }
  /// By Little's law.
  [[nodiscard]] double in_flight() const {
    return rate * (waiting.times.ttft.mean + (output_tokens - 1.0) * tpot());
  }
};

/// What stands in the way of every plan.
struct PlanObstacle {
  enum class Kind {
    kNoPrefill,  ///< no prefill instance: `limits` say why
    kNoDecode,   ///< no decode instance, likewise
    kTtft,       ///< the least TTFT of any plan, waiting aside, is `least`
    kTtftP95,    ///< likewise
    kGpus,       ///< that the demand needs `gpus` at least
    kMostGpus    ///< that it needs more than kMostPlanGpus
  };
  Kind kind = Kind::kGpus;
  std::vector<BrokenLimit> limits;
  std::shared_ptr<const Problem> problem;  ///< that they are of
  Seconds least;
  int gpus = 0;
};

/// Instances of a role in a ratio, where neither demand nor GPUs are stated, are up to so many.
inline constexpr int kMostInRatio = 16;

/// What `plan` answers. docs/planning.md#plan
struct PlanResult {
  std::optional<Plan> best;         ///< unset: none holds the level
  std::optional<Plan> recommended;  ///< the simplest within tolerance: instances of one kind, then
                                    ///< no overlap, then fewest instances, then the best
  std::optional<Plan> runner_up;    ///< the best within tolerance in other roles, of other sizes or
                                    ///< kernels
  std::vector<PlanObstacle> obstacles;  ///< where there is none
  double points = 0.0;          ///< configurations and batches of pairs that were chosen from
  std::uint64_t evaluated = 0;  ///< pairs of instances that were priced
};

/// The best plan: of the fewest GPUs at a rate or concurrency; the highest rate on so many GPUs;
/// the most output tokens per second and GPU of up to 16 instances a role. Equally good ones by
/// spare capacity, then instances. Of each number of GPUs, step size and draft depth the instance
/// is the one of most tokens per second and GPU; among these nothing is left out but by a bound.
PlanResult best_plan(const PlanQuestion& question);

/// The same of a variation of the question that `instances` are of: of other limits, demand, roles
/// and speed.
PlanResult best_plan(const PlanQuestion& question, InstanceSearches& instances);

/// Whether some plan costs less than `cost`.
bool is_beaten(const PlanQuestion& question, double cost);

}  // namespace wideep
