#include "search/tpot_batch.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "model/kernel_buffers.h"
#include "model/limits.h"
#include "model/placed.h"
#include "model/transfers.h"
#include "model/what_fits.h"
#include "search/enumerate.h"
#include "search/open_cells.h"

namespace wideep {
namespace {

/// Batches between that found and the one asked for that are tried beside those of the halving.
constexpr int kProbes = 4;

int tokens_of(const Workload& workload) {
  return std::visit([](const auto& stated) { return stated.tokens; }, workload.traffic.tokens);
}

void set_tokens(Workload& workload, int tokens) {
  std::visit([tokens](auto& stated) { stated.tokens = tokens; }, workload.traffic.tokens);
}

/// Whether some configuration of the choice runs the problem's batch and meets slo.tpot, given that
/// its layout is in force; `even` is the problem with even loads.
bool meets_in(const Problem& problem, const Problem& even, const OpenCell& open) {
  const Config laid = config_in(open.cell, 1, 0.0);
  auto cell = with_batch(problem, open, tokens_per_group(problem.workload, laid));
  if (!cell) return false;
  // Even loads are the fastest, and known at once.
  cell->costs = layer_costs(even, config_in(*cell, cell->min_chunks, 0.0));
  if (lower_bound(*cell) > *cell->longest) return false;
  const Config config = config_in(*cell, cell->min_chunks, 0.0);
  cell->costs = layer_costs(problem, config);
  if (lower_bound(*cell) > *cell->longest || !can_send(problem, config)) return false;
  if (!buffers_fit(problem, config) || memory_limit(problem, config)) return false;
  bool found = false;
  const Quest quest{.limit = [&] { return found ? Cost{} : kNever; },
                    .visit = [&](const Config&, Cost) { found = true; }};
  enumerate(*cell, Pruning::kBounds, quest);
  return found;
}

bool meets_any(const Problem& problem, const std::vector<OpenCell>& choices) {
  Problem without = problem;
  without.workload.traffic.straggler = {};
  Placing whole(problem);
  Placing even(std::move(without));
  return std::any_of(choices.begin(), choices.end(), [&](const OpenCell& choice) {
    const Config laid = config_in(choice.cell, 1, 0.0);
    return meets_in(whole.at(laid), even.at(laid), choice);
  });
}

std::optional<Prediction> best_of(const Problem& problem, Solver solver) {
  SearchResult found = optimize(problem, solver);
  return found.best_run ? found.best_run : found.optimum;
}

class Batches {
 public:
  explicit Batches(const Problem& problem) : problem_(problem), choices_(open_cells(problem)) {}

  /// Requests of the problem as it is; tokens where a batch is counted in those.
  [[nodiscard]] int asked() const { return (tokens_of(problem_.workload) + each() - 1) / each(); }

  [[nodiscard]] Problem with(int requests) const {
    Problem problem = problem_;
    set_tokens(problem.workload, requests * each());
    return problem;
  }

  [[nodiscard]] bool meets(int requests) const { return meets_any(with(requests), choices_); }

 private:
  [[nodiscard]] int each() const { return tokens_each(problem_.workload); }

  const Problem& problem_;
  std::vector<OpenCell> choices_;
};

/// The largest of low to high - 1 that meets it, given that high does not; low where none above it
/// does.
int halve(const Batches& batches, int low, int high) {
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (batches.meets(middle) ? low : high) = middle;
  }
  return low;
}

}  // namespace

TpotBatch largest_within_tpot(const Problem& problem, Solver solver) {
  const Batches batches(problem);
  const int asked = batches.asked();
  int most = halve(batches, 0, asked);
  for (int at = 1; at < kProbes; ++at) {
    const int between = most + static_cast<int>((asked - most) * (1.0 * at / kProbes));
    if (between > most && batches.meets(between)) most = halve(batches, between, asked);
  }
  if (most > 0) {
    const Problem found = batches.with(most);
    const int tokens = tokens_of(found.workload);
    return {.tokens = tokens, .best = best_of(found, solver), .tokens_of_best = tokens};
  }
  TpotBatch none;
  for (int requests = 1; requests <= 2 && !none.best; ++requests) {  // dbo alone needs two
    Problem least = batches.with(requests);
    least.workload.slo.tpot.reset();
    none.best = best_of(least, solver);
    none.tokens_of_best = tokens_of(least.workload);
  }
  return none;
}

}  // namespace wideep
