#include "report/cost_terms.h"

#include <array>
#include <cmath>

namespace wideep {
namespace {

/// In the order of CostTerm.
constexpr std::array<CostTermWords, kCostTermCount> kWords = {
    {{"attention", "attention", "attention and dense work"},
     {"launches", "launches", "launches by the host"},
     {"fused", "fused MoE", "what one fused kernel does"},
     {"dispatch", "dispatch", "dispatch"},
     {"experts", "experts", "experts"},
     {"combine", "combine", "combine"},
     {"sm_held", "SMs held", "transfers that hold every SM"},
     {"hidden", "- hidden", "what is hidden behind others"},
     {"layer", "= layer", "the layer"},
     {"moe_layers", "MoE layers", "the MoE layers"},
     {"dense_layers", "dense layers", "the dense layers"},
     {"head", "head", "the head"},
     {"overhead", "overhead", "the step's overhead"},
     {"lost", "lost in serving", "what is lost to the serving efficiency"},
     {"step", "= step", "the step"},
     {"tpot", "TPOT", "TPOT"},
     {"ttft", "TTFT", "TTFT"}}};

/// The time of a stage, or of what follows from stages, of a layer.
Seconds layer_part(const Prediction& prediction, CostTerm term) {
  const BusyTimes& busy = prediction.busy;
  switch (term) {
    case CostTerm::kAttention:
      return busy.attention;
    case CostTerm::kLaunches:
      return busy.launches;
    case CostTerm::kFused:
      return busy.fused;
    case CostTerm::kDispatch:
      return busy.dispatch;
    case CostTerm::kExperts:
      return busy.experts;
    case CostTerm::kCombine:
      return busy.combine;
    case CostTerm::kSmHeld:
      return busy.sm_held;
    case CostTerm::kHidden:
      return prediction.layer - busy.total();
    default:
      return prediction.layer;
  }
}

Seconds step_part(const StepTimes& step, CostTerm term) {
  switch (term) {
    case CostTerm::kMoeLayers:
      return step.moe_layers;
    case CostTerm::kDenseLayers:
      return step.dense_layers;
    case CostTerm::kHead:
      return step.head;
    case CostTerm::kOverhead:
      return step.overhead;
    case CostTerm::kLost:
      return step.lost;
    case CostTerm::kTpot:
      return step.tpot;
    default:
      return step.total;
  }
}

/// Share of a step's time that its parts account for.
double efficiency_of(const StepTimes& step) {
  return 1.0 - step.lost / step.total;
}

/// What a step spends on the term, as largest_difference counts it.
Seconds spent(const Prediction& prediction, CostTerm term, bool one_part) {
  if (!is_stage(term)) return step_part(prediction.step, term);
  const double layers = prediction.step.moe_layers / prediction.layer;
  const BusyTimes& busy = prediction.busy;
  const bool apart = term == CostTerm::kAttention || term == CostTerm::kLaunches;
  if (!one_part || apart) return layers * layer_part(prediction, term);
  if (term != CostTerm::kFused) return Seconds(0.0);
  return layers * (prediction.layer - busy.attention - busy.launches);
}

}  // namespace

bool has_tpot(const Workload& workload) {
  return workload.traffic.phase == Phase::kDecode &&
         workload.figures.outside_origin != Origin::kStated;
}

const CostTermWords& words_of(CostTerm term) {
  return kWords[static_cast<std::size_t>(term)];
}

std::optional<Seconds> cost_of(const Workload& workload,
                               const Prediction& prediction,
                               CostTerm term) {
  if (term <= CostTerm::kLayer) return layer_part(prediction, term);
  if (term == CostTerm::kTtft) return prediction.step.ttft;
  if (term == CostTerm::kTpot && !has_tpot(workload)) return std::nullopt;
  return step_part(prediction.step, term);
}

std::optional<CostTerm> largest_difference(const Prediction& one, const Prediction& other) {
  const Seconds longer = other.step.total - one.step.total;
  if (std::abs(longer / one.step.total) < kNoDifference) return std::nullopt;
  const double sign = longer > Seconds(0.0) ? 1.0 : -1.0;
  const bool one_part = one.is_fused() != other.is_fused();
  constexpr double kSame = 1e-9;  // rounding
  const bool lose_alike = std::abs(efficiency_of(one.step) - efficiency_of(other.step)) <= kSame;
  std::optional<CostTerm> largest;
  Seconds most;
  for (std::size_t at = 0; at <= static_cast<std::size_t>(CostTerm::kLost); ++at) {
    const auto term = static_cast<CostTerm>(at);
    const bool sum = term == CostTerm::kLayer || term == CostTerm::kMoeLayers;
    if (sum || (term == CostTerm::kLost && lose_alike)) continue;
    const Seconds more = sign * (spent(other, term, one_part) - spent(one, term, one_part));
    if (more <= most) continue;
    most = more;
    largest = term;
  }
  return largest;
}

}  // namespace wideep
