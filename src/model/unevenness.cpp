#include "model/unevenness.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "model/memo.h"
#include "model/widths.h"

namespace wideep {
namespace {

/// `value` of the width where it deals out the slots, else interpolated between the nearest that
/// do.
template <class Value>
double between_dealing(int slots, int ep_width, const Value& value) {
  const auto deals = [&](int width) { return slots % width == 0; };
  const int widest = std::min(slots, kWidestEp);
  int below = std::min(ep_width, widest);
  while (!deals(below)) --below;
  int above = ep_width;
  while (above < widest && !deals(above)) ++above;
  if (above > widest || !deals(above) || below == above) return value(below);
  return ByWidth<double>{{{below, value(below)}, {above, value(above)}}, false}.at(ep_width);
}

/// The same as straggler_factor of straggler.h.
double law_of(const Skew& skew, const SkewCase& group) {
  using Key = std::tuple<Skew::Kind, double, int, int, int, int, double, Placement>;
  thread_local Memo<Key, double> known;
  const Key key(skew.kind,
                skew.strength,
                group.experts,
                group.slots,
                group.top_k,
                group.ep_width,
                group.routed,
                group.placement);
  return known.get(key, [&] { return straggler_factor(skew, group); });
}

/// Routed tokens of a rank at which the law is looked at, powers of two: the one below, or at, and
/// the one above.
struct Nodes {
  double below;
  double above;
};

Nodes nodes_around(double routed) {
  const double below = std::exp2(std::floor(std::log2(routed)));
  return {.below = below, .above = 2.0 * below};
}

/// The busiest rank's load as a line between the law's at powers of two of the mean, so that it
/// grows with the batch while the factor falls, however the law is drawn.
double factor_of(const Skew& skew, SkewCase group) {
  const double routed = group.routed;
  const auto [below, above] = nodes_around(routed);
  const auto busiest = [&](double mean) {
    group.routed = mean;
    return mean * law_of(skew, group);
  };
  const double low = busiest(below);
  if (routed == below) return low / routed;
  const double high = std::max(low, busiest(above));
  return (low + (routed - below) / (above - below) * (high - low)) / routed;
}

/// The least of it for as many routed tokens or fewer, down to `fewest`: at a node or an end.
double least_factor_of(const Skew& skew, SkewCase group, double fewest) {
  double least = factor_of(skew, group);
  group.routed = nodes_around(group.routed).below;
  while (group.routed >= fewest) {
    least = std::min(least, factor_of(skew, group));
    group.routed = 0.5 * group.routed;
  }
  group.routed = fewest;
  return std::min(least, factor_of(skew, group));
}

/// The same as imbalance() of placement.h.
Imbalance imbalance_of(const CountedLoad& load, int ep_width, int slots) {
  using Key = std::tuple<std::shared_ptr<const ExpertCounts>, int, int, Placement>;
  thread_local Memo<Key, Imbalance> known;
  const Key key(load.counts, ep_width, slots, load.placement);
  return known.get(key, [&] { return imbalance(*load.counts, ep_width, slots, load.placement); });
}

int counted_experts(const CountedLoad& load) {
  return static_cast<int>(load.counts->layers.front().size());
}

int slots_of(const Workload& workload, const CountedLoad& load) {
  return counted_experts(load) + workload.serving.redundant_experts;
}

/// At another width.
SkewCase skew_case(const Workload& workload, int experts, Config config, int ep_width) {
  config.ep_width = ep_width;
  return {.experts = experts,
          .slots = experts + workload.serving.redundant_experts,
          .top_k = workload.model.top_k,
          .ep_width = ep_width,
          .routed = config.tokens * routed_per_token(workload, config)};
}

double least_factor_at(const SkewedLoad& load,
                       const Workload& workload,
                       const Config& config,
                       double share) {
  return between_dealing(*expert_slots(workload), config.ep_width, [&](int width) {
    SkewCase group = skew_case(workload, *workload.model.experts, config, width);
    group.placement = load.placement;
    return least_factor_of(load.skew, group, share * group.routed);
  });
}

double factor_at(const SkewedLoad& load, const Workload& workload, const Config& config) {
  return between_dealing(*expert_slots(workload), config.ep_width, [&](int width) {
    SkewCase group = skew_case(workload, *workload.model.experts, config, width);
    group.placement = load.placement;
    return factor_of(load.skew, group);
  });
}

double factor_at(const CountedLoad& load, const Workload& workload, const Config& config) {
  const int slots = slots_of(workload, load);
  return between_dealing(
      slots, config.ep_width, [&](int width) { return imbalance_of(load, width, slots).mean; });
}

double factor_at(const ByWidth<double>& stated,
                 const Workload& /*workload*/,
                 const Config& config) {
  return stated.at(config.ep_width);
}

}  // namespace

double straggler_factor(const Workload& workload, const Config& config) {
  // Every rank has a part of every expert.
  if (config.experts == Experts::kTp && config.ep_width == 1) return 1.0;
  return std::visit([&](const auto& load) { return factor_at(load, workload, config); },
                    workload.traffic.straggler.source);
}

double least_straggler_factor(const Workload& workload, const Config& config, int fewest) {
  const auto* const load = std::get_if<SkewedLoad>(&workload.traffic.straggler.source);
  const bool one_part = config.experts == Experts::kTp && config.ep_width == 1;
  if (load == nullptr || one_part) return straggler_factor(workload, config);
  return least_factor_at(*load, workload, config, 1.0 * fewest / config.tokens);
}

std::optional<double> straggler_p95(const Workload& workload, const Config& config) {
  const auto* load = std::get_if<CountedLoad>(&workload.traffic.straggler.source);
  if (load == nullptr) return std::nullopt;
  const int slots = slots_of(workload, *load);
  return between_dealing(
      slots, config.ep_width, [&](int width) { return imbalance_of(*load, width, slots).p95; });
}

std::optional<double> even_straggler_factor(const Workload& workload, const Config& config) {
  const auto* load = std::get_if<CountedLoad>(&workload.traffic.straggler.source);
  if (load == nullptr || workload.model.top_k > counted_experts(*load)) return std::nullopt;
  const Skew even{Skew::Kind::kUniform, 0.0};
  return between_dealing(slots_of(workload, *load), config.ep_width, [&](int width) {
    return factor_of(even, skew_case(workload, counted_experts(*load), config, width));
  });
}

double most_straggler_factor(const Workload& workload, int ep_width) {
  const auto slots = expert_slots(workload);
  if (!slots) return ep_width;
  const int of_rank = (*slots + ep_width - 1) / ep_width;
  const int top_k = workload.model.top_k;
  return 1.0 * ep_width * std::min(top_k, of_rank) / top_k;
}

bool straggler_reaches(const Workload& workload, int ep_width) {
  if (const auto* stated = std::get_if<ByWidth<double>>(&workload.traffic.straggler.source)) {
    return stated->covers(ep_width);
  }
  const auto* load = std::get_if<CountedLoad>(&workload.traffic.straggler.source);
  const int slots = load != nullptr ? slots_of(workload, *load) : *expert_slots(workload);
  return ep_width <= dealing_widths(slots).back();
}

}  // namespace wideep
