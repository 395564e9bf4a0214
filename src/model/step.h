#pragma once

#include <optional>

#include "model/objective.h"
#include "model/workload.h"
#include "units/quantity.h"

namespace wideep {

/// The share of a step's time that its parts account for, in engines that are served: what the
/// small kernels between them, contention and uneven ranks take is not modelled. docs/validation.md
inline constexpr double kServingEfficiency = 0.75;

/// The same where one attention group is all ranks. docs/validation.md
inline constexpr double kGroupEfficiency = 0.97;

/// StepWork's in the layout in force.
double efficiency_in_force(const Workload& workload);

/// What a step is made of, on one rank. docs/model.md#step
struct StepTimes {
  Seconds moe_layers;  ///< those of drafting too
  Seconds dense_layers;
  Seconds head;
  Seconds overhead;
  Seconds lost;  ///< to what StepWork::efficiency stands for
  Seconds total;

  Seconds tpot;  ///< between two tokens of a request: total / (1 + accepted)
  double tokens_per_gpu_per_second = 0.0;
  std::optional<Seconds> ttft;  ///< prefill: until the last token of a prompt has been through
};

/// A step of `tokens` >= 1 on each rank, which are those of its attention group, whose MoE layers
/// take `layer` each:
///
///   t_step   = ( (N_moe + q) t_layer + N_dense A_dense(T) + (1 + q) head(T) + overhead )
///              / efficiency
///   TPOT     = t_step / (1 + accepted)
///   tokens/s = tokens / t (1 + accepted) / (1 + q) / t_step
///   TTFT     = ceil(context / T) t_step
///
/// with q drafted tokens, each of which costs a layer and a head more. Source: DeepSeek-V3 (arXiv
/// 2412.19437) section 2.2 for what a draft runs.
StepTimes step_times(const Workload& workload, double tokens, Seconds layer);

/// Steps that a prompt takes at that batch, the context over the tokens of its attention group.
int steps_of_prompt(const Workload& workload, double tokens);

/// The longest step with which slo.tpot, and at prefill slo.ttft, are met at that batch; unset
/// where there is no such limit.
std::optional<Seconds> longest_step(const Workload& workload, double tokens);

/// The longest layer of such a step.
std::optional<Seconds> longest_layer(const Workload& workload, double tokens);

}  // namespace wideep
