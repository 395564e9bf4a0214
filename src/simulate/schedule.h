#pragma once

#include <vector>

#include "model/problem.h"
#include "simulate/simulate.h"

namespace wideep {

enum class Stage { kDispatch, kExperts, kCombine };

/// What a task is, for those who look at the schedule.
struct Label {
  Stage stage = Stage::kDispatch;
  int layer = 0;        ///< from 0
  int piece = 0;        ///< chunk or micro-batch, from 0
  double tokens = 0.0;  ///< per rank
  Bytes bytes;          ///< sent by a rank; 0 for experts
};

/// The tasks of some layers under a configuration; labels[i] says what tasks[i] is.
struct Schedule {
  std::vector<Task> tasks;
  std::vector<Label> labels;
};

/// What really runs under a configuration, whatever the timing in force:
///
///   none    dispatch, experts, combine, layer after layer
///   chunk   the chunks' dispatches, then their combines, on the link; experts chunk by chunk; a
///   layer
///           begins when the one before it has ended
///   dbo     on the link dispatch 1, dispatch 2, combine 1, combine 2 of each layer, in turn; a
///           micro-batch's layer begins when its layer before has ended
///
/// Needs width_limit to allow the kernel and width, and layers >= 1.
Schedule schedule_of(const Problem& problem, const Config& config, int layers);

}  // namespace wideep
