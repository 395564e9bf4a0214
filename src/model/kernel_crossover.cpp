#include "model/kernel_crossover.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/limits.h"

namespace wideep {
namespace {

struct Rival {
  std::size_t kernel = 0;
  LayerCosts costs;
};

/// A communication time as it goes on from some batch, while no floor gives way.
struct Line {
  Seconds at_zero;
  Seconds per_token;
};

Line line_at(const LayerCosts& costs, double tokens) {
  Line line;
  for (const LinkCost* link : {&costs.dispatch, &costs.combine}) {
    const bool at_floor = link->floor_bound(tokens, 1.0);
    line.at_zero = line.at_zero + (at_floor ? link->floor : link->latency);
    if (!at_floor) line.per_token = line.per_token + link->per_token;
  }
  return line;
}

/// Where two communication times are equal, nearest to `near` tokens: between the tokens at which
/// a floor gives way, they cross once at most.
std::optional<double> equal_at(const LayerCosts& a, const LayerCosts& b, double near) {
  std::vector<double> ends = {0.0};
  for (const LinkCost* link : {&a.dispatch, &a.combine, &b.dispatch, &b.combine}) {
    if (link->floor > link->latency && link->per_token > Seconds(0.0)) {
      ends.push_back((link->floor - link->latency) / link->per_token);
    }
  }
  std::sort(ends.begin(), ends.end());
  ends.push_back(std::numeric_limits<double>::infinity());
  std::optional<double> nearest;
  for (std::size_t at = 1; at < ends.size(); ++at) {
    const double low = ends[at - 1];
    const bool last = at + 1 == ends.size();
    const double inside = last ? 2.0 * low + 1.0 : 0.5 * (low + ends[at]);
    const Line of_a = line_at(a, inside);
    const Line of_b = line_at(b, inside);
    if (of_a.per_token == of_b.per_token) continue;
    const double cross = (of_a.at_zero - of_b.at_zero) / (of_b.per_token - of_a.per_token);
    if (cross <= low || cross > ends[at]) continue;
    if (!nearest || std::abs(std::log(cross / near)) < std::abs(std::log(*nearest / near))) {
      nearest = cross;
    }
  }
  return nearest;
}

KernelCrossover crossover(const Problem& problem,
                          const Rival& mine,
                          const Rival& other,
                          double near) {
  const std::string& my_name = problem.fabric.kernels[mine.kernel].name;
  const std::string& other_name = problem.fabric.kernels[other.kernel].name;
  KernelCrossover result;
  result.tokens.value = equal_at(mine.costs, other.costs, near);
  // Just below the crossing; where one is ahead throughout, any size tells which.
  constexpr double kBelow = 1.0 - 1e-6;
  const double asked = result.tokens.value ? kBelow * *result.tokens.value : near;
  const Seconds lead = other.costs.comm_time(asked) - mine.costs.comm_time(asked);
  const bool mine_first = lead > Seconds(0.0);
  if (result.tokens.value) {
    result.dispatch_bytes = *result.tokens.value * mine.costs.dispatch_per_token;
    result.below = mine_first ? mine.kernel : other.kernel;
    result.above = mine_first ? other.kernel : mine.kernel;
  } else if (lead == Seconds(0.0)) {
    result.tokens.reason = my_name + " and " + other_name + " cost the same at every size";
  } else {
    result.tokens.reason = (mine_first ? my_name : other_name) + " is faster than " +
                           (mine_first ? other_name : my_name) + " at every size";
  }
  return result;
}

/// The costs of another kernel with the SMs that serve `tokens` fastest.
LayerCosts rival_costs(const Problem& problem, const Config& config, double tokens) {
  const std::vector<LayerCosts> choices = sm_choices(problem, config);
  return *std::min_element(
      choices.begin(), choices.end(), [&](const LayerCosts& a, const LayerCosts& b) {
        return a.comm_time(tokens) < b.comm_time(tokens);
      });
}

}  // namespace

KernelCrossover nearest_crossover(const Problem& problem, const Config& config) {
  const int ep_width = config.ep_width;
  const Rival mine{config.kernel, layer_costs(problem, config)};
  const double tokens = tokens_per_rank(problem.workload, ep_width);
  const auto distance = [&](const KernelCrossover& found) {
    return std::abs(std::log(*found.tokens.value / tokens));
  };
  std::optional<KernelCrossover> nearest;
  for (const std::size_t other : problem.space.kernels) {
    if (other == mine.kernel || width_limit(problem, other, ep_width)) continue;
    const Rival rival{other, rival_costs(problem, {.ep_width = ep_width, .kernel = other}, tokens)};
    KernelCrossover found = crossover(problem, mine, rival, tokens);
    const bool better =
        !nearest ||
        (found.tokens.value && (!nearest->tokens.value || distance(found) < distance(*nearest)));
    if (better) nearest = std::move(found);
  }
  if (nearest) return *nearest;
  return {.tokens = {{}, "no other kernel to compare with at this EP width"}, .dispatch_bytes = {}};
}

std::vector<LayerCosts> sm_choices(const Problem& problem, Config config) {
  std::vector<int> counts = problem.fabric.kernels[config.kernel].sms;
  if (counts.empty()) counts = {config.sms};
  std::vector<LayerCosts> costs;
  costs.reserve(counts.size());
  for (const int sms : counts) {
    config.sms = sms;
    costs.push_back(layer_costs(problem, config));
  }
  return costs;
}

}  // namespace wideep
