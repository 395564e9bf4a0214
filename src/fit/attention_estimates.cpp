#include "fit/attention_estimates.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fit/attention_parts.h"
#include "fit/gpu_figures.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

FittedShare& share_of(AttentionEstimates& estimates, AttentionParameter parameter) {
  if (parameter == kProjection) return estimates.projection;
  return parameter == kContext ? estimates.context : estimates.cache;
}

/// Why the data do not tell an efficiency.
std::string why_untold(const std::vector<AttentionParts>& points,
                       AttentionParameter parameter,
                       const SolvedAttention& solved,
                       const HeldInverses& held) {
  const double context = solved.inverse(kContext, held);
  const double cache = solved.inverse(kCache, held);
  const auto shows = [&](const AttentionParts& point) {
    if (parameter == kProjection) {
      return std::any_of(point.sides.begin(), point.sides.end(), [&](const SideParts& side) {
        return solved.inverse(kProjection, held) * side.projections > side.weight_read;
      });
    }
    const bool computes = context * point.context > cache * point.cache_read;
    return computes == (parameter == kContext);
  };
  if (std::any_of(points.begin(), points.end(), shows)) {
    return "the time does not grow clearly with it: measure more sequences and contexts";
  }
  switch (parameter) {
    case kProjection:
      return "reading the projections' weights takes longer than computing at every point: measure "
             "more sequences";
    case kCache:
      return "computing takes longer than reading the cache at every point";
    default:
      return "reading the cache takes longer than computing at every point";
  }
}

/// Settles one efficiency that the solution does not tell, or tells above 1: holds it at the base's
/// or at 1. False where there is none.
bool hold_one(const std::vector<AttentionParts>& points,
              bool of_kernel,
              const SolvedAttention& solved,
              HeldInverses& held,
              AttentionEstimates& estimates) {
  const Solution& solution = solved.solution;
  for (const AttentionParameter parameter : {kProjection, kContext, kCache}) {
    if (held.at(parameter)) continue;
    if (of_kernel && parameter == kProjection) {
      if (solution.determined[parameter] && solution.parameters[parameter] > 0.0) continue;
      held.at(parameter) = 0.0;
      return true;
    }
    FittedShare& share = share_of(estimates, parameter);
    const double inverse = solution.parameters[parameter];
    share.estimate = std::nullopt;
    if (solution.determined[parameter]) {
      share.estimate =
          reciprocal_of(inverse, solution.covariance[parameter][parameter], solution.freedom);
    }
    if (!share.estimate) {
      share.reason = why_untold(points, parameter, solved, held);
      held.at(parameter) = 1.0 / share.value;
      return true;
    }
    if (inverse < 1.0) {
      share = {
          .value = 1.0,
          .estimate = {},
          .reason = fmt::format("the fit wants {} of the data sheet's, for which 100% is taken: "
                                "is it another GPU's, or are the model's types wrong",
                                format_percent(share.estimate->value)),
          .exceeded = true};
      held.at(parameter) = 1.0;
      return true;
    }
  }
  return false;
}

void use(AttentionFit& fit, const SolvedAttention& solved) {
  const Solution& solution = solved.solution;
  std::vector<AttentionSample> kept;
  for (std::size_t at = 0; at < fit.samples.size(); ++at) {
    if (solution.used[at]) {
      kept.push_back(fit.samples[at]);
    } else {
      fit.outliers.push_back(at);
    }
  }
  fit.points = static_cast<int>(kept.size());
  fit.sequences = extent_of(kept, &AttentionSample::sequences);
  fit.context = extent_of(kept, &AttentionSample::context);
  fit.spread = solution.sigma;
  fit.freedom = solution.freedom;
  const ErrorSummary errors = summary_of(relative_errors(solved.regression, solution));
  fit.median_error = errors.median;
  fit.largest_error = errors.largest;
}

/// What the base has, for what the data do not tell.
AttentionEstimates estimates_of_base(const AttentionFit& fit) {
  const Gpu& gpu = fit.setting.gpu;
  const ContextFigures& context = context_figures(fit.setting.shape, gpu, fit.phase);
  AttentionEstimates estimates;
  estimates.projection.value = dense_figures(gpu, fit.phase).projection_efficiency;
  estimates.context.value =
      is_in_fp8(fit) ? context.fp8_efficiency.value_or(context.efficiency) : context.efficiency;
  estimates.cache.value = cache_efficiency(fit.setting.shape, gpu, fit.phase);
  return estimates;
}

/// The GPU with what was fitted.
void take_over(const AttentionEstimates& estimates, AttentionFit& fit) {
  const bool in_fp8 = is_in_fp8(fit);
  DenseFigures& figures = figures_of(fit.setting.gpu, fit.phase);
  ContextFigures context = context_figures(fit.setting.shape, fit.setting.gpu, fit.phase);
  (in_fp8 ? context.fp8_efficiency.emplace() : context.efficiency) = estimates.context.value;
  figures.gqa = std::nullopt;
  figures.launch = Seconds(estimates.launch.value);
  if (fit.scope == AttentionScope::kKernel) {
    context.cache_efficiency = context.fp8_cache_efficiency = estimates.cache.value;
  } else {
    figures.projection_efficiency = estimates.projection.value;
    figures.activation_passes = passes_of(fit);
  }
  figures.context = context;
}

}  // namespace

void estimate(AttentionFit& fit) {
  std::vector<AttentionParts> points;
  points.reserve(fit.samples.size());
  for (const AttentionSample& sample : fit.samples) points.push_back(parts_of(sample, fit));
  AttentionEstimates estimates = estimates_of_base(fit);
  HeldInverses held = held_at_first(fit);
  SolvedAttention solved = solve_with(points, held);
  const bool of_kernel = fit.scope == AttentionScope::kKernel;
  while (hold_one(points, of_kernel, solved, held, estimates)) solved = solve_with(points, held);
  const Solution& solution = solved.solution;
  if (!solution.determined[kAttentionLaunch] || solution.freedom < 1) {
    fit.reason =
        "the launch cannot be told apart from the rest: measure sequences and contexts "
        "that do not grow with each other";
    return;
  }
  constexpr double kMicro = 1e-6;
  estimates.launch = scaled(estimate_of(solution.parameters[kAttentionLaunch],
                                        solution.covariance[kAttentionLaunch][kAttentionLaunch],
                                        solution.freedom),
                            kMicro);
  for (FittedShare* share : {&estimates.projection, &estimates.context, &estimates.cache}) {
    if (!share->estimate) continue;
    share->value = share->estimate->value;
    share->estimate->high = std::min(1.0, share->estimate->high);
  }
  take_over(estimates, fit);
  if (of_kernel) estimates.token = solved.inverse(kProjection, held) * unit::us;
  fit.estimates = estimates;
  use(fit, solved);
}

}  // namespace wideep
