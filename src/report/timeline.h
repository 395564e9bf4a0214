#pragma once

#include <string>
#include <vector>

#include "report/result_json.h"
#include "simulate/tasks.h"

namespace wideep {

/// A replayed schedule and the configuration it is of.
struct Timeline {
  TaskList tasks;
  std::vector<Span> spans;
  int layers = 1;
};

/// The schedule as Chrome trace events, which Perfetto and chrome://tracing open: one complete
/// event a task, ts and dur in microseconds, one tid a resource; layer, tokens and bytes in its
/// args. Source: "Trace Event Format", Google, catapult project.
Json trace_json(const Problem& problem, const Prediction& prediction, const Timeline& timeline);

/// The schedule as a Gantt chart of 80 columns: one row a resource, a letter a task.
///
///   link     DDDDDDddddddCCCCCCCcccccc
///   compute  ......EEEEEEEeeeeeee.....
std::string gantt_text(const Problem& problem,
                       const Prediction& prediction,
                       const Timeline& timeline);

}  // namespace wideep
