#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engines/rules.h"
#include "model/prediction.h"
#include "model/what_fits.h"

namespace wideep {

/// What cutting the batch in two costs against no overlap, and what that hides.
struct SplitBalance {
  Seconds attention;  ///< more of each stage; the experts read their weights twice
  Seconds experts;
  Seconds transfers;
  Seconds sm_held;
  Seconds cost;    ///< of all stages together, at least 0
  Seconds hidden;  ///< of the stages, behind others
  Seconds gain;    ///< below 0: a loss
};

/// What the convention of counting tokens that was not used would give.
struct OtherLoad {
  ExpertLoad load = ExpertLoad::kPerRank;
  double routed_tokens = 0.0;
  Seconds layer;
};

/// What reports say of one configuration: text and JSON are printed from it.
struct ConfigReport {
  Prediction prediction;
  std::string name;                     ///< "EP 64, HT on 20 SMs, no overlap"
  std::vector<Warning> warnings;        ///< the gravest first
  std::vector<std::string> engines;     ///< names of those that run it, its split too
  std::optional<Batch> largest_batch;   ///< that runs here; unset where memory is not known
  std::optional<SplitBalance> split;    ///< of dual-batch overlap
  std::optional<Seconds> half_split;    ///< the layer with a 50/50 split, under Timing::kSchedule
  std::optional<OtherLoad> other_load;  ///< unset: the batch is global, its tokens count once
};

ConfigReport report_on(const Problem& problem, const Prediction& prediction);

}  // namespace wideep
