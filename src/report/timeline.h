#pragma once

#include <string>
#include <vector>

#include "report/result_json.h"
#include "report/text.h"
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

/// The schedule as a Gantt chart as wide as the display: one row a resource, a letter a task.
///
///   link     DDDDDDddddddCCCCCCCcccccc
///   compute  ......EEEEEEEeeeeeee.....
Text gantt_text(const Problem& problem,
                const Prediction& prediction,
                const Timeline& timeline,
                const Display& display);

}  // namespace wideep
