#include "model/thresholds.h"

#include <algorithm>
#include <cmath>

#include "model/layer_costs.h"
#include "model/limits.h"

namespace wideep {
namespace {

constexpr const char* kNothingSent = "nothing is sent at EP width 1";

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

Threshold<double> full_overlap_tokens(const LayerCosts& costs) {
  const auto tokens =
      pays_from(both_latencies(costs), costs.expert_per_token - comm_per_token(costs));
  if (tokens) return {tokens, ""};
  return {{}, "communication grows faster per token than compute: DBO never hides it all"};
}

Threshold<double> break_even_tokens(const LayerCosts& costs, Timing timing) {
  if (timing == Timing::kSteadyState) return {0.0, ""};
  return {pays_from(both_latencies(costs), costs.expert_per_token), ""};
}

Threshold<double> break_even_half_split_tokens(const LayerCosts& costs, Timing timing) {
  if (timing == Timing::kSteadyState) return {0.0, ""};
  const Seconds e = costs.expert_per_token;
  return {std::max({both_latencies(costs) / e,
                    2.0 * costs.dispatch.latency / (costs.combine.per_token + e),
                    2.0 * costs.combine.latency / (costs.dispatch.per_token + e)}),
          ""};
}

Threshold<Bytes> chunk_lower_bound(const LayerCosts& costs) {
  double largest = 0.0;
  for (const LinkCost& link : {costs.dispatch, costs.combine}) {
    const auto tokens = pays_from(link.latency, costs.expert_per_token - link.per_token);
    if (!tokens) {
      return {{}, "expert compute takes less time per byte than one transfer: no chunk covers it"};
    }
    largest = std::max(largest, *tokens);
  }
  return {largest * costs.dispatch_per_token, ""};
}

Threshold<Bytes> chunk_lower_bound_round_trip(const LayerCosts& costs) {
  const auto tokens =
      pays_from(both_latencies(costs), costs.expert_per_token - comm_per_token(costs));
  if (tokens) return {*tokens * costs.dispatch_per_token, ""};
  return {{},
          "expert compute takes less time per byte than dispatch and combine together: no chunk "
          "covers both"};
}

struct Rival {
  std::size_t kernel = 0;
  LayerCosts costs;
};

KernelCrossover crossover(const Problem& problem, const Rival& mine, const Rival& other) {
  const Seconds more_latency = both_latencies(mine.costs) - both_latencies(other.costs);
  const Seconds less_per_token = comm_per_token(other.costs) - comm_per_token(mine.costs);
  const std::string& my_name = problem.fabric.kernels[mine.kernel].name;
  const std::string& other_name = problem.fabric.kernels[other.kernel].name;

  KernelCrossover result;
  if (more_latency.base() * less_per_token.base() > 0.0) {
    result.tokens.value = more_latency / less_per_token;
    result.dispatch_bytes = *result.tokens.value * mine.costs.dispatch_per_token;
    const bool other_first = more_latency > Seconds(0.0);
    result.below = other_first ? other.kernel : mine.kernel;
    result.above = other_first ? mine.kernel : other.kernel;
  } else if (more_latency == Seconds(0.0) && less_per_token == Seconds(0.0)) {
    result.tokens.reason = my_name + " and " + other_name + " cost the same at every size";
  } else {
    const bool mine_faster = more_latency < Seconds(0.0) || less_per_token > Seconds(0.0);
    result.tokens.reason = (mine_faster ? my_name : other_name) + " is faster than " +
                           (mine_faster ? other_name : my_name) + " at every size";
  }
  return result;
}

KernelCrossover nearest_crossover(const Problem& problem, const Rival& mine, int ep_width) {
  const double tokens = tokens_per_rank(problem.workload, ep_width);
  const auto distance = [&](const KernelCrossover& found) {
    return std::abs(std::log(*found.tokens.value / tokens));
  };
  std::optional<KernelCrossover> nearest;
  for (const std::size_t other : problem.space.kernels) {
    if (other == mine.kernel || width_limit(problem, other, ep_width)) continue;
    const LayerCosts costs = layer_costs(problem.workload, problem.fabric.kernels[other], ep_width);
    KernelCrossover found = crossover(problem, mine, {other, costs});
    const bool better =
        !nearest ||
        (found.tokens.value && (!nearest->tokens.value || distance(found) < distance(*nearest)));
    if (better) nearest = std::move(found);
  }
  if (nearest) return *nearest;
  return {.tokens = {{}, "no other kernel to compare with at this EP width"}, .dispatch_bytes = {}};
}

Thresholds all_absent(const char* reason) {
  return {.full_overlap_tokens = {{}, reason},
          .break_even_tokens = {{}, reason},
          .break_even_half_split_tokens = {{}, reason},
          .kernel_crossover = {.tokens = {{}, reason}, .dispatch_bytes = {}},
          .chunk_lower_bound = {{}, reason},
          .chunk_lower_bound_round_trip = {{}, reason}};
}

}  // namespace

Thresholds thresholds(const Problem& problem, std::size_t kernel, int ep_width) {
  if (ep_width == 1) return all_absent(kNothingSent);
  const LayerCosts costs = layer_costs(problem.workload, problem.fabric.kernels[kernel], ep_width);
  return {.full_overlap_tokens = full_overlap_tokens(costs),
          .break_even_tokens = break_even_tokens(costs, problem.space.timing),
          .break_even_half_split_tokens = break_even_half_split_tokens(costs, problem.space.timing),
          .kernel_crossover = nearest_crossover(problem, {kernel, costs}, ep_width),
          .chunk_lower_bound = chunk_lower_bound(costs),
          .chunk_lower_bound_round_trip = chunk_lower_bound_round_trip(costs)};
}

}  // namespace wideep
