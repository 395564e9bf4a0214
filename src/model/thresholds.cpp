#include "model/thresholds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/break_even.h"
#include "model/crossing.h"
#include "model/kernel_crossover.h"
#include "model/overlap.h"
#include "model/placed.h"

namespace wideep {
namespace {

constexpr const char* kNoDbo = "this schedule has no dual-batch overlap";
constexpr const char* kNothingSent = "nothing is sent at EP width 1";
constexpr const char* kCopied = "every token is copied to every rank, and nothing overlaps";
constexpr const char* kFused = "one fused kernel dispatches, computes and combines";
constexpr const char* kNeverHidden =
    "communication grows faster per token than compute: DBO never hides it all";
constexpr const char* kNoChunkCoversOne =
    "expert compute takes less time per byte than one transfer: no chunk covers it";
constexpr const char* kNoChunkCoversBoth =
    "expert compute takes less time per byte than dispatch and combine together: no chunk "
    "covers both";

Seconds both_latencies(const LayerCosts& costs) {
  return costs.dispatch.latency + costs.combine.latency;
}

Seconds comm_per_token(const LayerCosts& costs) {
  return costs.dispatch.per_token + costs.combine.per_token;
}

/// The tokens from which a gain per token outweighs a fixed cost.
std::optional<double> pays_from(Seconds fixed, Seconds gain_per_token) {
  if (gain_per_token < Seconds(0.0)) return std::nullopt;
  if (fixed == Seconds(0.0)) return 0.0;
  if (gain_per_token == Seconds(0.0)) return std::nullopt;
  return fixed / gain_per_token;
}

template <class Q>
Threshold<Q> known_or(std::optional<Q> value, const char* reason) {
  return value ? Threshold<Q>{value, ""} : Threshold<Q>{{}, reason};
}

Threshold<Bytes> chunk_of(std::optional<double> tokens,
                          const LayerCosts& costs,
                          const char* reason) {
  if (!tokens) return {{}, reason};
  return {*tokens * costs.dispatch_per_token, ""};
}

/// The larger of what two conditions ask for; nothing where one cannot be met.
std::optional<double> larger(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::optional(std::max(*a, *b)) : std::nullopt;
}

template <class Q>
void drop_beyond(Threshold<Q>& threshold, Q most) {
  if (threshold.value && *threshold.value > most) threshold = {{}, kBeyondAnyBatch};
}

/// Closed forms know no largest batch.
void drop_beyond_any_batch(const LayerCosts& costs, Thresholds& found) {
  drop_beyond(found.full_overlap_tokens, kMostTokens);
  drop_beyond(found.break_even_tokens, kMostTokens);
  drop_beyond(found.break_even_half_split_tokens, kMostTokens);
  const Bytes most = kMostTokens * costs.dispatch_per_token;
  drop_beyond(found.chunk_lower_bound, most);
  drop_beyond(found.chunk_lower_bound_round_trip, most);
}

Thresholds by_closed_form(const LayerCosts& costs, Timing timing) {
  const Seconds e = costs.expert.per_token;
  const Seconds latencies = both_latencies(costs);
  const auto covers = [&](const LinkCost& link) {
    return pays_from(link.latency, e - link.per_token);
  };
  const auto hides_all = pays_from(latencies, e - comm_per_token(costs));
  Thresholds found;
  found.full_overlap_tokens = known_or(hides_all, kNeverHidden);
  found.chunk_lower_bound =
      chunk_of(larger(covers(costs.dispatch), covers(costs.combine)), costs, kNoChunkCoversOne);
  found.chunk_lower_bound_round_trip = chunk_of(hides_all, costs, kNoChunkCoversBoth);
  found.break_even_tokens.value = pays_from(latencies, e);
  found.break_even_half_split_tokens.value =
      std::max({latencies / e,
                2.0 * costs.dispatch.latency / (costs.combine.per_token + e),
                2.0 * costs.combine.latency / (costs.dispatch.per_token + e)});
  if (timing == Timing::kSteadyState) {
    found.break_even_tokens.value = 0.0;
    found.break_even_half_split_tokens.value = 0.0;
  }
  drop_beyond_any_batch(costs, found);
  return found;
}

/// Compute that is to last as long as a transfer.
Look race(Seconds compute, Seconds transfer) {
  return {.balance = (compute - transfer).base(), .gain = compute.base(), .cost = transfer.base()};
}

Thresholds by_definition(const KernelCosts& kernel, Timing timing) {
  const LayerCosts& costs = kernel.chosen;
  const auto hidden = [&](double tokens) {
    return race(costs.compute_time(tokens), costs.comm_time(tokens));
  };
  const auto covers_one = [&](double tokens) {
    const Seconds slower = std::max(costs.dispatch.time(tokens), costs.combine.time(tokens));
    return race(chunk_experts_time(costs, tokens), slower);
  };
  const auto covers_both = [&](double tokens) {
    return race(chunk_experts_time(costs, tokens), costs.comm_time(tokens));
  };
  const bool rising = costs.properties().concave && costs.properties().grows;
  const auto start = [&](const LookAt& look, const char* never) {
    const auto from = Scan(look, rising).first_from();
    return chunk_of(from, costs, from ? "" : why_absent(balance_of(look), never));
  };
  Thresholds found;
  const auto stretch = Scan(hidden, rising).first_stretch();
  found.full_overlap_tokens = known_or(stretch ? std::optional(stretch->from) : std::nullopt,
                                       stretch ? "" : why_absent(balance_of(hidden), kNeverHidden));
  if (stretch) found.full_overlap_until = stretch->until;
  found.chunk_lower_bound = start(covers_one, kNoChunkCoversOne);
  found.chunk_lower_bound_round_trip = start(covers_both, kNoChunkCoversBoth);
  if (timing == Timing::kSteadyState) {
    found.break_even_tokens.value = 0.0;
    found.break_even_half_split_tokens.value = 0.0;
    return found;
  }
  if (!runs(costs.schedule, Overlap::kDbo)) {
    found.break_even_tokens = {{}, kNoDbo};
    found.break_even_half_split_tokens = {{}, kNoDbo};
    return found;
  }
  const BreakEven even = break_even(kernel.choices);
  found.break_even_tokens = even.any_split;
  found.break_even_half_split_tokens = even.half_split;
  found.half_split_stretch = even.half_split_stretch;
  return found;
}

Thresholds all_absent(const char* reason) {
  return {
      .full_overlap_tokens = {{}, reason},
      .full_overlap_until = {},
      .break_even_tokens = {{}, reason},
      .break_even_half_split_tokens = {{}, reason},
      .half_split_stretch = {},
      .kernel_crossover = {.tokens = {{}, reason}, .dispatch_bytes = {}, .below = {}, .above = {}},
      .chunk_lower_bound = {{}, reason},
      .chunk_lower_bound_round_trip = {{}, reason},
      .chunk_pays = {.from = {{}, reason}, .best = {{}, reason}}};
}

}  // namespace

bool affine(const LayerCosts& costs) {
  const auto plain = [](const LinkCost& link) {
    return link.law == nullptr && link.floor <= link.latency && link.sm_time == Seconds(0.0) &&
           link.sm_time_per_token == Seconds(0.0);
  };
  const ExpertCost& expert = costs.expert;
  const auto none = [](const DenseWork* work) {
    return work->fixed == Seconds(0.0) && work->weight_read == Seconds(0.0) &&
           work->compute_per_token == Seconds(0.0) && work->per_token == Seconds(0.0);
  };
  const auto dense = costs.dense.all();
  return plain(costs.dispatch) && plain(costs.combine) && costs.slowdown == 1.0 &&
         expert.launch == Seconds(0.0) && expert.local_experts == 0.0 &&
         std::all_of(dense.begin(), dense.end(), none);
}

Thresholds own_thresholds(const KernelCosts& costs, Timing timing, Method method) {
  return method == Method::kClosedForm ? by_closed_form(costs.chosen, timing)
                                       : by_definition(costs, timing);
}

namespace {

/// What own_thresholds() said of the last few costs: points of a sweep often differ in nothing that
/// it sees.
class OwnThresholds {
 public:
  const Thresholds& of(const KernelCosts& costs, Timing timing, Method method) {
    for (const Known& known : known_) {
      if (known.costs.choices.empty()) continue;
      const bool same = known.timing == timing && known.method == method && known.costs == costs;
      if (same) return known.found;
    }
    Known& oldest = known_[next_];
    next_ = (next_ + 1) % known_.size();
    oldest = {costs, timing, method, own_thresholds(costs, timing, method)};
    return oldest.found;
  }

 private:
  struct Known {
    KernelCosts costs;
    Timing timing = Timing::kSchedule;
    Method method = Method::kDefinition;
    Thresholds found;
  };
  std::array<Known, 8> known_;
  std::size_t next_ = 0;
};

/// Whether costs that are equal cost the same: curves of collectives may change where they are.
bool is_self_contained(const KernelCosts& costs) {
  const auto plain = [](const LinkCost& link) {
    const Exchanges& exchanges = link.law_figures.exchanges;
    return exchanges[0].curve == nullptr && exchanges[1].curve == nullptr;
  };
  return plain(costs.chosen.dispatch) && plain(costs.chosen.combine);
}

}  // namespace

Thresholds thresholds(const Problem& problem, const Config& asked) {
  if (asked.copies_tokens()) return all_absent(kCopied);
  if (asked.ep_width == 1) return all_absent(kNothingSent);
  if (!is_placed(problem, asked)) return thresholds(placed(problem, asked), asked);
  // Single-batch overlap has no halves: those of the engine that has it.
  Config config = asked;
  if (asked.overlap == Overlap::kSbo) config.schedule = Schedule::kSglangDecode;
  if (problem.fabric.kernels[config.kernel].fused) return all_absent(kFused);
  const KernelCosts costs{layer_costs(problem, config), sm_choices(problem, config)};
  const bool antiphase = config.schedule == Schedule::kVllmLl ||
                         config.schedule == Schedule::kVllmHt ||
                         config.schedule == Schedule::kSglangPrefill;
  const bool closed = costs.choices.size() == 1 && affine(costs.chosen) && antiphase;
  const Method method = closed ? Method::kClosedForm : Method::kDefinition;
  const Timing timing = problem.space.timing;
  thread_local OwnThresholds known;
  Thresholds found = is_self_contained(costs) ? known.of(costs, timing, method)
                                              : own_thresholds(costs, timing, method);
  found.kernel_crossover = nearest_crossover(problem, config);
  found.chunk_pays = chunk_pays(problem, config, costs.chosen);
  return found;
}

}  // namespace wideep
