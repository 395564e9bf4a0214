#include "model/thresholds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "model/crossing.h"
#include "model/limits.h"
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
    const bool at_floor = link->floor > link->latency + tokens * link->per_token;
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

/// The costs of a kernel with every number of SMs that it may hold.
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

/// The costs of another kernel with the SMs that serve `tokens` fastest.
LayerCosts rival_costs(const Problem& problem, const Config& config, double tokens) {
  const std::vector<LayerCosts> choices = sm_choices(problem, config);
  return *std::min_element(
      choices.begin(), choices.end(), [&](const LayerCosts& a, const LayerCosts& b) {
        return a.comm_time(tokens) < b.comm_time(tokens);
      });
}

KernelCrossover nearest_crossover(const Problem& problem, const Rival& mine, int ep_width) {
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
  found.kernel_crossover =
      nearest_crossover(problem, {config.kernel, costs.chosen}, config.ep_width);
  return found;
}

}  // namespace wideep
