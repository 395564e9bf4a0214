#pragma once

#include "model/serving.h"
#include "plan/chunks.h"
#include "plan/time_law.h"

namespace wideep {

/// What happens to prompts in prefill. One that is alone goes through full steps and one of
/// `alone`; where it waits for a step to end, others join it in its last.
struct PrefillQueue {
  double utilization = 0.0;
  double per_instance = 1.0;  ///< prompts that an instance takes in a step, K
  double waits = 0.0;         ///< share of requests that find every instance in a step
  double queues = 0.0;        ///< share of requests that wait longer than for a step's end
  double spills = 0.0;        ///< share of those that wait, whose prompt does not end in the step
  Seconds residual;           ///< mean of those that wait: until the next step begins
  Seconds congestion;         ///< mean of all: beyond that
  Seconds waiting;            ///< mean of all
  Seconds full_step;          ///< of a group that is full
  Seconds step;               ///< mean step of an instance where all are busy
  Seconds alone;              ///< mean last step of a prompt that is alone in it
  Seconds joined;             ///< mean last step of one that waits
  SquareSeconds joined_variance;  ///< of that step
  Seconds prefill;                ///< mean of all
};

/// For a rate > 0 at which the utilization is below 1. docs/planning.md#waiting has the formulas.
PrefillQueue prefill_queue(const ServingSetting& setting, const Chunks& chunks, PerSecond rate);

/// t(T), of a step in which a group is full.
Seconds full_step(const ServingSetting& setting);

/// The rate of requests that full steps of all groups take, for prompts of that mean length.
PerSecond prefill_capacity(const ServingSetting& setting, double mean_tokens);

}  // namespace wideep
