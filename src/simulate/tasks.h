#pragma once

#include <vector>

#include "model/problem.h"
#include "simulate/simulate.h"

namespace wideep {

enum class Stage { kPrep, kAttention, kShared, kDispatch, kExperts, kCombine, kFused };

/// What a task is, for those who look at the schedule.
struct Label {
  Stage stage = Stage::kDispatch;
  int layer = 0;        ///< from 0
  int piece = 0;        ///< chunk or micro-batch, from 0
  double tokens = 0.0;  ///< per rank
  Bytes bytes;          ///< of the copies that a rank sends; 0 for compute
};

/// The tasks of some layers under a configuration; labels[i] says what tasks[i] is.
struct TaskList {
  std::vector<Task> tasks;
  std::vector<Label> labels;
};

/// What really runs under a configuration, whatever the timing in force:
///
///   none    attention, dispatch, experts, combine, layer after layer; shared experts where the
///           schedule has them
///   chunk   attention and shared experts; the chunks' dispatches, then their combines, on the link;
///           experts chunk by chunk; a layer begins when the one before it has ended
///   sbo     as none, but combine sends each expert's tokens once its last GEMM has computed them
///   fused   attention and shared experts, then one kernel
///   dbo     as the engine of the schedule issues it: docs/model.md#schedules
///
/// Compute stops while the transfer beside it holds every SM. A workload without attention has no
/// such tasks, unless transfers hold SMs beside them. Needs width_limit to allow the kernel and
/// width, a schedule that has the mode, and layers >= 1.
TaskList tasks_of(const Problem& problem, const Config& config, int layers);

}  // namespace wideep
