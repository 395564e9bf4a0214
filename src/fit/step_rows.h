#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fit/samples.h"
#include "fit/series.h"
#include "model/problem.h"

namespace wideep {

/// What rows of TPOT do not say themselves.
struct StepDefaults {
  std::optional<int> ep_width;
  std::optional<std::string> kernel;  ///< its name in the fabric
  Overlap overlap = Overlap::kNone;
  std::optional<int> ranks;  ///< that a concurrency spreads over; unset: the EP width
};

/// A row with what the model makes of it. docs/model.md#fit
struct StepPoint {
  std::size_t series = 0;  ///< index into Measurements::step_series
  Config config;           ///< its `tokens` are those of the requests below
  double nominal = 0.0;    ///< requests for each rank, those that wait for their first token too
  double requests = 0.0;   ///< of them that decode at a time
  int context = 1;
  Seconds computed;  ///< the step at serving_efficiency 1 and without overhead
  Seconds measured;  ///< the step as served: TPOT times the tokens of a request that leave with it
  LinePlace place;
};

/// Rows that are not used for one reason.
struct SkippedRows {
  std::string why;
  int rows = 0;
  LinePlace first;
};

/// All rows of what was read.
struct StepRows {
  std::vector<StepPoint> points;
  std::vector<SkippedRows> skipped;
  int without_ttft = 0;    ///< points whose whole batch is taken to decode
  int ranks_taken = 0;     ///< whose ranks are taken to be as many as the EP width
  int overlap_taken = 0;   ///< whose overlap is the default
  int unknown_models = 0;  ///< whose model cannot be compared with the workload's
};

/// How many requests decode at a time when `nominal` are served: each waits TTFT for its first
/// token, and decodes for output_tokens TPOT. All of them where one of these is 0, not known.
///
///   nominal osl TPOT / (TTFT + osl TPOT)
double live_requests(double nominal, const StepSample& sample);

/// Tokens that a decoded token attends to: as stated, else isl + osl/2. At least 1.
int context_of(const StepSample& sample);

/// Whether a benchmark's name of a model, "org/Name-0528-FP8", is that of the workload's: the same
/// words up to the first that tells a date, a type of weights or a tuning. DeepSeek-R1 has the
/// shape of DeepSeek-V3, and its name.
bool is_same_model(const std::string& benchmark, const std::string& workload);

/// Whether that is a key of --only: engine, model, precision, device, kernel, overlap, ep.
bool is_step_filter_key(const std::string& key);
/// Whether the series is what every filter says.
bool matches_all(const StepSeries& series, const std::vector<SeriesFilter>& only);

/// Prices every row that `only` leaves with the problem's workload, of which it replaces batch,
/// context, EP width, kernel and overlap; stated efficiency and overhead play no part. The schedule
/// is the first of the search space that has the overlap, the SMs those with which the layer is
/// fastest. Each row needs an EP width and a kernel of the fabric, its own or by default.
StepRows step_rows(const Measurements& measurements,
                   const Problem& problem,
                   const StepDefaults& defaults,
                   const std::vector<SeriesFilter>& only);

}  // namespace wideep
