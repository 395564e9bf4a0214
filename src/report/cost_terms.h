#pragma once

#include <optional>
#include <string_view>

#include "model/prediction.h"
#include "model/workload.h"

namespace wideep {

/// What the time of a configuration is made of, in the order of a report: the stages of an MoE
/// layer, which with what of them is hidden sum to it, and the parts of a step, which sum to that.
enum class CostTerm {
  kAttention,
  kLaunches,
  kFused,
  kDispatch,
  kExperts,
  kCombine,
  kSmHeld,
  kHidden,  ///< of the stages, behind others: 0 or below; above where shared experts beside a
            ///< transfer are slowed by more than that hides
  kLayer,
  kMoeLayers,
  kDenseLayers,
  kHead,
  kOverhead,
  kLost,
  kStep,
  kTpot,
  kTtft
};
inline constexpr std::size_t kCostTermCount = 17;

struct CostTermWords {
  std::string_view name;    ///< for machines: "sm_held" (docs/json.md)
  std::string_view label;   ///< of a row: "SMs held"
  std::string_view phrase;  ///< in a sentence: "transfers that hold every SM"
};
const CostTermWords& words_of(CostTerm term);

/// Whether the term is a stage of a layer, so that a layer has it and a step once a layer.
constexpr bool is_stage(CostTerm term) {
  return term <= CostTerm::kHidden;
}

/// Whether TPOT is known: of decode, where a step is more than the layers that are stated.
bool has_tpot(const Workload& workload);

/// The time of a term; unset where it has none: TPOT as has_tpot says, TTFT but of prefill with a
/// context.
std::optional<Seconds> cost_of(const Workload& workload,
                               const Prediction& prediction,
                               CostTerm term);

/// Two times within this share of each other are told as the same: it prints as 0.0%.
inline constexpr double kNoDifference = 0.0005;

/// The term that makes most of the difference between two steps: a stage counts as often as a step
/// has layers, what is lost to the serving efficiency where that differs, and where one of the two
/// has a fused kernel kFused stands for all but attention and launches. Unset: they take the
/// same, to kNoDifference.
std::optional<CostTerm> largest_difference(const Prediction& one, const Prediction& other);

}  // namespace wideep
