// Which cells a search space has.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

#include "model/overlap.h"
#include "model/placed.h"
#include "model/schedule.h"
#include "model/step.h"
#include "model/transfers.h"
#include "model/ways.h"
#include "model/widths.h"
#include "search/agenda.h"
#include "search/cell.h"
#include "search/layouts.h"
#include "search/mode_ways.h"

namespace wideep {
namespace {

/// Why a mode has no configuration at all here, if so.
std::optional<BrokenLimit> mode_limit(const Problem& problem,
                                      const ModeWays& ways,
                                      const Cell& cell) {
  const Config least = config_in(cell, cell.min_chunks, 0.0);
  const double tokens = cell.tokens;
  const double fewest = cell.min_chunks;
  const double most = cell.max_chunks;
  if (cell.overlap == Overlap::kDbo && cell.tokens < 2) {
    return BrokenLimit{
        .kind = LimitKind::kDboTokens, .config = least, .asked = tokens, .allowed = 2.0};
  }
  if (cell.min_chunks > cell.max_chunks) {
    return BrokenLimit{
        .kind = LimitKind::kTooFewToChunk, .config = least, .asked = fewest, .allowed = most};
  }
  if (!ways.any_for(least, cell.redundant_experts)) {
    return BrokenLimit{.kind = LimitKind::kSchedule, .config = least, .asked = 0.0, .allowed = 0.0};
  }
  if (can_send(problem, config_in(cell, cell.max_chunks, 0.0))) return std::nullopt;
  const double half = has_split(cell) ? 0.5 * cell.tokens : fixed_first_tokens(cell);
  return transfer_limit(problem, config_in(cell, cell.max_chunks, half));
}

/// The numbers of SMs on which the kernel's buffers are not refused, each with its costs; where
/// there is none, the limit of the first is listed as excluded.
struct SmChoice {
  int sms;
  LayerCosts costs;
};

std::vector<SmChoice> choices_that_run(const Problem& problem, Config config, CellList& list) {
  const Kernel& chosen = problem.fabric.kernels[config.kernel];
  const std::vector<int> counts = chosen.sms.empty() ? std::vector<int>{0} : chosen.sms;
  const std::vector<LayerCosts> costs = sm_choices(problem, config);
  std::vector<SmChoice> choices;
  std::optional<BrokenLimit> refused;
  for (std::size_t at = 0; at < counts.size(); ++at) {
    config.sms = counts[at];
    if (auto limit = buffer_limit(problem, config)) {
      if (!refused) refused = limit;
    } else {
      choices.push_back({counts[at], costs[at]});
    }
  }
  if (choices.empty()) {
    list.excluded.push_back({config.gpus(), config.kernel, std::nullopt, *refused});
  }
  return choices;
}

/// A cell for each way of the mode and each of the SMs.
void add_ways(const ModeWays& ways,
              Cell cell,
              std::span<const SmChoice* const> fitting,
              std::vector<Cell>& cells) {
  const Config config = config_in(cell, 1, 0.0);
  const int redundant = cell.redundant_experts;
  for (std::size_t at = 0; at < ways.ways().size(); ++at) {
    const Run& way = ways.ways()[at];
    if (!way.is_for(config, redundant) || !ways.is_new(at, config, redundant)) continue;
    cell.schedule = way.schedule;
    cell.half_split = way.half_split;
    cell.launch_time = ways.launches(at, config, redundant);
    for (const SmChoice* choice : fitting) {
      cell.sms = choice->sms;
      cell.costs = choice->costs;
      cell.costs.schedule = way.schedule;
      cell.costs.add_launches(cell.launch_time);
      cells.push_back(cell);
    }
  }
}

/// Whether no way of running the kernel has the mode, whatever engines do: a fused kernel has one
/// of its own, and single-batch overlap goes with few.
bool lacks_mode(const Problem& problem, const ModeWays& ways, std::size_t kernel, Overlap overlap) {
  const bool single = overlap == Overlap::kSbo && ways.ways().empty();
  return single || !problem.fabric.kernels[kernel].has_mode(overlap);
}

/// One cell for each overlap mode, schedule and number of SMs that fit into memory; where none do,
/// the one that needs least is listed as excluded.
void add_cells(const Problem& problem, const Config& laid, WayTable& table, CellList& list) {
  const SearchSpace& space = problem.space;
  const int gpus = laid.gpus();
  const std::size_t kernel = laid.kernel;
  const std::vector<SmChoice> choices = choices_that_run(problem, laid, list);
  if (choices.empty()) return;
  Cell cell{.ep_width = laid.ep_width,
            .kernel = kernel,
            .redundant_experts = laid.redundant_experts,
            .attention = laid.attention,
            .experts = laid.experts,
            .expert_ranks = laid.expert_ranks,
            .timing = space.timing,
            .tokens = laid.tokens,
            .half_split = space.half_split,
            .costs = choices.front().costs};
  cell.max_transfer = most_in_transfer(problem, laid);
  cell.longest = longest_layer(problem.workload, cell.tokens);
  cell.cost = space.objective.line(problem.workload, config_in(cell, 1, 0.0));
  const std::size_t before = list.cells.size();
  std::optional<BrokenLimit> least;
  std::vector<const SmChoice*> fitting;
  for (const Overlap overlap : space.overlaps) {
    // Of these the steady state has nothing to say.
    const bool scheduled_only = overlap == Overlap::kChunk || overlap == Overlap::kSbo;
    if (scheduled_only && space.timing == Timing::kSteadyState) continue;
    cell.overlap = overlap;
    cell.min_chunks = overlap == Overlap::kChunk ? 2 : 1;
    cell.max_chunks = cuts_batch(overlap) ? std::min(space.max_chunks, cell.tokens) : 1;
    const ModeWays& ways = table.of(problem, kernel, overlap);
    if (lacks_mode(problem, ways, kernel, overlap)) {
      const BrokenLimit limit{.kind = LimitKind::kKernelMode,
                              .config = config_in(cell, 1, 0.0),
                              .asked = 0.0,
                              .allowed = 0.0};
      list.excluded.push_back({gpus, kernel, overlap, limit});
      continue;
    }
    if (const auto limit = mode_limit(problem, ways, cell)) {
      list.excluded.push_back({gpus, kernel, overlap, *limit});
      continue;
    }
    fitting.clear();
    for (const SmChoice& choice : choices) {
      cell.sms = choice.sms;
      const auto limit = memory_limit(problem, config_in(cell, cell.min_chunks, 0.0));
      if (!limit) fitting.push_back(&choice);
      if (limit && (!least || limit->asked < least->asked)) least = limit;
    }
    add_ways(ways, cell, fitting, list.cells);
  }
  const bool none_fits = list.cells.size() == before;
  if (none_fits && least) list.excluded.push_back({gpus, kernel, std::nullopt, *least});
}

/// The cells by mode. What some number of redundant experts lifts stands in nobody's way; of the
/// rest one number's is enough to be told.
void add_choices(CellList& of_numbers, CellList& list) {
  auto& [cells, excluded] = of_numbers;
  std::stable_sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    return a.overlap < b.overlap;
  });
  const auto lifted = [&, &ours = cells](const Excluded& choice) {
    return std::any_of(ours.begin(), ours.end(), [&](const Cell& cell) {
      return !choice.overlap || cell.overlap == *choice.overlap;
    });
  };
  std::erase_if(excluded, lifted);
  const auto told = [&](const Excluded& a, const Excluded& b) { return a.overlap == b.overlap; };
  excluded.erase(std::unique(excluded.begin(), excluded.end(), told), excluded.end());
  std::move(cells.begin(), cells.end(), std::back_inserter(list.cells));
  std::move(excluded.begin(), excluded.end(), std::back_inserter(list.excluded));
}

/// Whether only runs are searched and there are some: that a kernel has none in one mode is then no
/// reason for anything.
bool searches_some_runs(const Problem& problem) {
  const SearchSpace& space = problem.space;
  const auto& kernels = space.kernels;
  return space.only_runs && std::any_of(kernels.begin(), kernels.end(), [&](std::size_t kernel) {
           return std::any_of(
               space.overlaps.begin(), space.overlaps.end(), [&](const Overlap overlap) {
                 return !ways_of(problem, kernel, overlap).empty();
               });
         });
}

/// Lists the layouts of attention of which no width is a whole number of groups.
void list_undivided(const Problem& problem, CellList& list) {
  const std::vector<int> widths = candidate_widths(problem);
  for (const Attention& attention : problem.space.attentions) {
    const auto holds = [&](int gpus) { return gpus % attention.ranks == 0; };
    if (widths.empty() || std::any_of(widths.begin(), widths.end(), holds)) continue;
    const BrokenLimit limit{.kind = LimitKind::kGroupsDivide,
                            .config = {.ep_width = widths.back(), .attention = attention},
                            .asked = 1.0 * attention.ranks,
                            .allowed = 1.0 * widths.back()};
    list.excluded.push_back({widths.back(), 0, std::nullopt, limit});
  }
}

}  // namespace

bool too_large_already(const std::vector<Excluded>& excluded, const Excluded& choice) {
  if (choice.limit.kind != LimitKind::kMemory) return false;
  for (const Excluded& other : excluded) {
    if (&other == &choice) return false;
    const bool too_large = other.limit.kind == LimitKind::kMemory;
    if (too_large && other.ep_width == choice.ep_width) return true;
  }
  return false;
}

CellList list_cells(const Problem& problem) {
  CellList list;
  Placing placing(problem);
  const bool chosen = problem.workload.serving.chooses_redundant;
  std::vector<std::vector<Config>> layouts;
  std::size_t count = 0;
  for (const int gpus : candidate_widths(problem)) {
    layouts.push_back(layouts_on(problem, gpus));
    count += layouts.back().size();
  }
  // Most modes have one way to run; memory that is not touched costs nothing.
  list.cells.reserve(count * problem.space.overlaps.size());
  WayTable table;
  CellList of_numbers;  // of every number of redundant experts, where that is chosen
  CellList& here = chosen ? of_numbers : list;
  const auto close_choice = [&] {
    if (!chosen) return;
    add_choices(here, list);
    here.cells.clear();
    here.excluded.clear();
  };
  for (const std::vector<Config>& on_gpus : layouts) {
    for (std::size_t at = 0; at < on_gpus.size(); ++at) {
      if (at > 0 && !same_choice(on_gpus[at - 1], on_gpus[at])) close_choice();
      const Config laid = asked(problem, on_gpus[at]);
      const Problem& placed = placing.at(laid);
      if (const auto limit = search_limit(placed, laid)) {
        here.excluded.push_back({laid.gpus(), laid.kernel, std::nullopt, *limit});
      } else {
        add_cells(placed, laid, table, here);
      }
    }
    close_choice();
  }
  list_undivided(problem, list);
  const auto without_mode = [](const Excluded& choice) {
    return choice.limit.kind == LimitKind::kKernelMode;
  };
  const bool other_reason =
      !list.cells.empty() || !std::all_of(list.excluded.begin(), list.excluded.end(), without_mode);
  if (other_reason) std::erase_if(list.excluded, without_mode);
  const auto without_run = [](const Excluded& choice) {
    return choice.limit.kind == LimitKind::kSchedule;
  };
  const bool only_reason =
      list.cells.empty() && std::all_of(list.excluded.begin(), list.excluded.end(), without_run);
  if (searches_some_runs(problem) && !only_reason) std::erase_if(list.excluded, without_run);
  return list;
}

bool is_run(const Problem& problem, const Config& config) {
  const bool halves = config.overlap != Overlap::kDbo ||
                      config.first_tokens == equal_half(config.tokens, problem.space.timing);
  const auto& runs = problem.space.runs;
  return std::any_of(runs.begin(), runs.end(), [&](const Run& run) {
    return covers(run, problem, config) && (halves || !run.half_split);
  });
}

}  // namespace wideep
