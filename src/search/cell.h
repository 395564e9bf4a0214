#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/layer_costs.h"
#include "model/limits.h"
#include "model/problem.h"

namespace wideep {

/// One discrete choice: an EP width, a layout, a kernel, its SMs, an overlap mode and a schedule.
/// What is left to choose inside is the number of chunks and, for dbo, the split.
struct Cell {
  int ep_width = 1;
  std::size_t kernel = 0;
  int sms = 0;
  Overlap overlap = Overlap::kNone;
  Schedule schedule = Schedule::kVllmLl;
  Seconds launch_time = {};
  int redundant_experts = 0;  ///< where they are chosen
  Attention attention = {};
  Experts experts = Experts::kEp;
  int expert_ranks = 1;
  Timing timing = Timing::kSchedule;
  int tokens = 1;      ///< as of a Config
  int min_chunks = 1;  ///< fewest that the mode has
  int max_chunks = 1;  ///< most
  bool half_split = false;
  LayerCosts costs;
  CostLine cost{};                    ///< of a layer time
  std::optional<int> max_transfer{};  ///< tokens in one transfer; unset: no limit
  std::optional<Seconds> longest{};   ///< layer with which slo.tpot is met; unset: no limit
};

/// A choice that the search leaves out, and why.
struct Excluded {
  int ep_width = 1;  ///< GPUs of the group where experts are cut
  std::size_t kernel = 0;
  std::optional<Overlap> overlap;  ///< unset: every mode
  BrokenLimit limit;
};

/// Whether another kernel, listed before, does not fit into memory at that width either: what fills
/// it is the model, so that one of them is enough to be told.
bool too_large_already(const std::vector<Excluded>& excluded, const Excluded& choice);

struct CellList {
  std::vector<Cell> cells;
  std::vector<Excluded> excluded;
};

/// Every cell of the search space in the order of widths, kernels, modes, schedules and SMs; those
/// that a limit forbids as a whole are listed apart.
CellList list_cells(const Problem& problem);

/// Whether a run of the search space covers the configuration, its split too.
bool is_run(const Problem& problem, const Config& config);

/// Whether the split of the cell is to be chosen, from 1 to T - 1 tokens in the first micro-batch.
bool has_split(const Cell& cell);

/// The first micro-batch's tokens where the split is not to be chosen: half the batch for dbo,
/// rounded up under kSchedule, else 0.
double fixed_first_tokens(const Cell& cell);

/// The fewest chunks with which every transfer of the cell is within the kernel's limit: no
/// transfer of either micro-batch holds more than T / chunks tokens. May exceed max_chunks.
/// For dbo one chunk less may do at some splits, since a micro-batch's chunks are rounded up; two
/// less cannot.
int chunks_within_limit(const Cell& cell);

/// The integer configurations in a cell, whatever the limit on one transfer says of them.
std::uint64_t configurations_in(const Cell& cell);

/// What a lower bound is multiplied by, so that rounding never lifts it above a time it bounds:
/// both are sums of a few positive terms, good to some 1e-15.
inline constexpr double kBoundSlack = 1.0 - 1e-14;

/// A time that no configuration of the cell beats: link and SMs each work through the whole batch,
/// with no fewer latencies than the mode pays.
Seconds lower_bound(const Cell& cell);

/// The configuration of a cell with that many chunks and first tokens.
Config config_in(const Cell& cell, int chunks, double first_tokens);

/// The layer time of that configuration, or nothing where a transfer exceeds the kernel's limit.
std::optional<Seconds> transferable_time(const Cell& cell, int chunks, double first_tokens);

/// The same, and nothing either where the step exceeds slo.tpot.
std::optional<Seconds> feasible_time(const Cell& cell, int chunks, double first_tokens);

}  // namespace wideep
