#include "model/thresholds.h"

#include <algorithm>
#include <cmath>

#include "model/crossing.h"
#include "model/kernel_crossover.h"
#include "model/overlap.h"

namespace wideep {
namespace {

constexpr const char* kNothingSent = "nothing is sent at EP width 1";
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
  return found;
}

/// What dual-batch overlap saves of no overlap at one split, relative to it, less what is rounding.
double saving(const std::vector<LayerCosts>& choices, double tokens, double split) {
  constexpr double kNone = 1e-14;
  const double first = split * tokens;
  const MicroBatch one{first, 1.0};
  const MicroBatch two{tokens - first, 1.0};
  Seconds none = no_overlap_time(choices.front(), tokens);
  Seconds dbo = dbo_layer(choices.front(), one, two).total();
  for (const LayerCosts& costs : choices) {
    none = std::min(none, no_overlap_time(costs, tokens));
    dbo = std::min(dbo, dbo_layer(costs, one, two).total());
  }
  return 1.0 - dbo / none - kNone;
}

/// The saving at the best split: the best of a few, refined by golden section between its
/// neighbours.
double best_saving(const std::vector<LayerCosts>& choices, double tokens) {
  constexpr int kSplits = 16;
  constexpr double kGolden = 0.6180339887498949;
  constexpr int kRefinements = 40;
  double centre = 0.5;
  double best = saving(choices, tokens, centre);
  for (int at = 1; at < kSplits && best < 0.0; ++at) {  // that it pays is all that is asked
    const double split = static_cast<double>(at) / kSplits;
    const double found = saving(choices, tokens, split);
    if (found <= best) continue;
    best = found;
    centre = split;
  }
  double low = centre - 1.0 / kSplits;
  double high = centre + 1.0 / kSplits;
  for (int step = 0; step < kRefinements && best < 0.0; ++step) {
    const double left = high - kGolden * (high - low);
    const double right = low + kGolden * (high - low);
    const double at_left = saving(choices, tokens, left);
    const double at_right = saving(choices, tokens, right);
    best = std::max({best, at_left, at_right});
    if (at_left > at_right) {
      high = right;
    } else {
      low = left;
    }
  }
  return best;
}

const char* why_dbo_never_pays(const std::vector<LayerCosts>& choices) {
  const LayerCosts& costs = choices.front();
  if (costs.slowdown > 1.0) {
    return "the SMs that the kernel holds cost compute more than overlap hides, at every size";
  }
  if (costs.dispatch.sm_time_per_token > Seconds(0.0)) {
    return "transfers hold the SMs for so long that they hide little, at every size";
  }
  return "splitting the batch costs more than overlap hides, at every size";
}

Thresholds by_definition(const KernelCosts& kernel, Timing timing) {
  const LayerCosts& costs = kernel.chosen;
  const auto hidden = [&](double tokens) {
    return (costs.compute_time(tokens) - costs.comm_time(tokens)).base();
  };
  const auto covers_one = [&](double tokens) {
    const Seconds slower = std::max(costs.dispatch.time(tokens), costs.combine.time(tokens));
    return (chunk_experts_time(costs, tokens) - slower).base();
  };
  const auto covers_both = [&](double tokens) {
    return (chunk_experts_time(costs, tokens) - costs.comm_time(tokens)).base();
  };
  const auto start = [](const Balance& balance) {
    const auto stretch = first_stretch(balance);
    return stretch ? std::optional(stretch->from) : std::nullopt;
  };
  Thresholds found;
  const auto stretch = first_stretch(hidden);
  found.full_overlap_tokens =
      known_or(stretch ? std::optional(stretch->from) : std::nullopt, kNeverHidden);
  if (stretch) found.full_overlap_until = stretch->until;
  found.chunk_lower_bound = chunk_of(start(covers_one), costs, kNoChunkCoversOne);
  found.chunk_lower_bound_round_trip = chunk_of(start(covers_both), costs, kNoChunkCoversBoth);
  if (timing == Timing::kSteadyState) {
    found.break_even_tokens.value = 0.0;
    found.break_even_half_split_tokens.value = 0.0;
    return found;
  }
  const char* const never = why_dbo_never_pays(kernel.choices);
  const auto half = [&](double tokens) { return saving(kernel.choices, tokens, 0.5); };
  const auto best = [&](double tokens) { return best_saving(kernel.choices, tokens); };
  found.break_even_half_split_tokens = known_or(holds_from(half), never);
  if (const auto first = first_stretch(half); first && first->until) {
    found.half_split_stretch = first;
  }
  found.break_even_tokens = known_or(holds_from(best), never);
  return found;
}

Thresholds all_absent(const char* reason) {
  return {.full_overlap_tokens = {{}, reason},
          .full_overlap_until = {},
          .break_even_tokens = {{}, reason},
          .break_even_half_split_tokens = {{}, reason},
          .half_split_stretch = {},
          .kernel_crossover = {.tokens = {{}, reason}, .dispatch_bytes = {}},
          .chunk_lower_bound = {{}, reason},
          .chunk_lower_bound_round_trip = {{}, reason}};
}

}  // namespace

bool affine(const LayerCosts& costs) {
  const auto plain = [](const LinkCost& link) {
    return link.floor <= link.latency && link.sm_time == Seconds(0.0) &&
           link.sm_time_per_token == Seconds(0.0);
  };
  const ExpertCost& expert = costs.expert;
  const DenseWork& dense = costs.dense;
  return plain(costs.dispatch) && plain(costs.combine) && costs.slowdown == 1.0 &&
         expert.launch == Seconds(0.0) && expert.local_experts == 0.0 &&
         dense.fixed == Seconds(0.0) && dense.weight_read == Seconds(0.0) &&
         dense.compute_per_token == Seconds(0.0) && dense.per_token == Seconds(0.0);
}

Thresholds own_thresholds(const KernelCosts& costs, Timing timing, Method method) {
  return method == Method::kClosedForm ? by_closed_form(costs.chosen, timing)
                                       : by_definition(costs, timing);
}

Thresholds thresholds(const Problem& problem, const Config& config) {
  if (config.ep_width == 1) return all_absent(kNothingSent);
  const KernelCosts costs{layer_costs(problem, config), sm_choices(problem, config)};
  const bool closed = costs.choices.size() == 1 && affine(costs.chosen);
  Thresholds found = own_thresholds(
      costs, problem.space.timing, closed ? Method::kClosedForm : Method::kDefinition);
  found.kernel_crossover = nearest_crossover(problem, config);
  return found;
}

}  // namespace wideep
