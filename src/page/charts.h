#pragma once

#include "report/result_json.h"

namespace wideep {

// What the page draws around an answer in its layout, each as JSON (docs/page.md#asks). What is not
// feasible at a point is null there.

/// Layer time against the batch, of every kernel and overlap mode at the answer's EP width: what
/// `optimize` finds with that width, batch, kernel and mode alone.
Json curves_json(const Problem& problem, const Config& answer);

/// Dispatch and combine of each kernel against the bytes of a dispatch, and where two of them
/// cross, at the width nearest to the answer's at which most kernels run.
Json messages_json(const Problem& problem, const Config& answer);

/// The fastest layer of every EP width at the answer's batch, with what it is made of.
Json widths_json(const Problem& problem, const Config& answer);

/// Which kernel and mode wins at each batch and EP width, and by what layer time.
Json map_json(const Problem& problem, const Config& answer);

/// A configuration's schedule of two layers, replayed: stages with begin and end.
Json schedule_json(const Problem& problem, const Config& answer);

/// What is drawn with every answer: curves, messages, widths and schedule.
Json charts_json(const Problem& problem, const Config& answer);

}  // namespace wideep
