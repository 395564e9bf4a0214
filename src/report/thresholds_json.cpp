#include <cstdint>

#include "engines/dbo_threshold.h"
#include "report/result_json.h"
#include "report/sections.h"

namespace wideep {
namespace {

template <class Q>
double in_base_units(Q value) {
  if constexpr (std::is_same_v<Q, double>) {
    return value;
  } else {
    return value.base();
  }
}

template <class Q>
void put(Json& object, const std::string& name, const Threshold<Q>& threshold) {
  if (threshold.value) {
    object[name] = in_base_units(*threshold.value);
  } else {
    object[name] = nullptr;
    object[name + "_reason"] = threshold.reason;
  }
}

/// The kernel that is faster on one side of a crossing.
void put_faster(Json& object,
                const std::string& name,
                const Problem& problem,
                const std::optional<std::size_t>& kernel) {
  if (kernel) {
    object[name] = problem.fabric.kernels[*kernel].name;
  } else {
    object[name] = nullptr;
    object[name + "_reason"] = "both kernels cost the same there";
  }
}

}  // namespace

Json thresholds_json(const Problem& problem, const Thresholds& thresholds) {
  const KernelCrossover& cross = thresholds.kernel_crossover;
  Threshold<Bytes> cross_bytes{{}, cross.tokens.reason};
  if (cross.tokens.value) cross_bytes.value = cross.dispatch_bytes;

  Json json;
  put(json, "full_overlap_tokens", thresholds.full_overlap_tokens);
  if (thresholds.full_overlap_until) {
    json["full_overlap_until_tokens"] = *thresholds.full_overlap_until;
  } else {
    json["full_overlap_until_tokens"] = nullptr;
    json["full_overlap_until_tokens_reason"] =
        thresholds.full_overlap_tokens.value ? "it does not end" : "it never begins";
  }
  // Where it pays up to some batch only, that is why no batch is one from which it pays.
  const auto put_break_even = [&](const char* name, Threshold<double> threshold) {
    const bool stretch = !threshold.value && thresholds.half_split_stretch;
    if (stretch) threshold.reason = "it pays in half_split_stretch_tokens and for no larger batch";
    put(json, name, threshold);
  };
  put_break_even("break_even_tokens", thresholds.break_even_tokens);
  put_break_even("break_even_half_split_tokens", thresholds.break_even_half_split_tokens);
  if (const auto from = engine_threshold(thresholds)) {
    json["engine_threshold_tokens"] = static_cast<std::int64_t>(*from);
  } else {
    json["engine_threshold_tokens"] = nullptr;
    json["engine_threshold_tokens_reason"] =
        thresholds.break_even_half_split_tokens.value
            ? "it is more than a step holds"
            : json["break_even_half_split_tokens_reason"].get<std::string>();
  }
  if (const auto& stretch = thresholds.half_split_stretch) {
    json["half_split_stretch_tokens"] = {stretch->from, *stretch->until};
  } else {
    json["half_split_stretch_tokens"] = nullptr;
    json["half_split_stretch_tokens_reason"] = "it pays above break-even alone, or nowhere";
  }
  put(json, "kernel_crossover_bytes", cross_bytes);
  put(json, "kernel_crossover_tokens", cross.tokens);
  if (cross.tokens.value) {
    put_faster(json, "kernel_below_crossover", problem, cross.below);
    put_faster(json, "kernel_above_crossover", problem, cross.above);
    json["kernel_crossover_with"] = problem.fabric.kernels[cross.other].name;
    json["kernel_crossover_with_sms"] = cross.other_sms;
  }
  put(json, "chunk_lower_bound_bytes", thresholds.chunk_lower_bound);
  put(json, "chunk_lower_bound_round_trip_bytes", thresholds.chunk_lower_bound_round_trip);
  put(json, "chunk_pays_from_bytes", thresholds.chunk_pays.from);
  put(json, "chunk_best_bytes", thresholds.chunk_pays.best);
  return json;
}

}  // namespace wideep
