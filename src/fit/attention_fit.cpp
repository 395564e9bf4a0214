#include "fit/attention_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "fit/attention_parts.h"
#include "fit/extent.h"
#include "fit/gpu_figures.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Three parameters and an error need four, and one may be an outlier.
constexpr std::size_t kLeastAttentionPoints = 5;

/// Why the data do not tell an efficiency.
std::string why_untold(const std::vector<AttentionParts>& points,
                       AttentionParameter parameter,
                       const SolvedAttention& solved,
                       const HeldInverses& held) {
  const double inverse = solved.inverse(parameter, held);
  const bool projection = parameter == kProjection;
  const bool bound = std::any_of(points.begin(), points.end(), [&](const AttentionParts& point) {
    return projection ? inverse * point.projections > point.weight_read
                      : inverse * point.context > point.cache_read;
  });
  if (!bound) {
    return projection ? "reading the projections' weights takes longer than computing at every "
                        "point: measure more sequences"
                      : "reading the cache takes longer than computing at every point";
  }
  return "the time does not grow clearly with it: measure more sequences and contexts";
}

/// Settles one efficiency that the solution does not tell, or tells above 1: holds it at the base's
/// or at 1. False where there is none.
bool hold_one(const std::vector<AttentionParts>& points,
              const SolvedAttention& solved,
              HeldInverses& held,
              AttentionEstimates& estimates) {
  const Solution& solution = solved.solution;
  for (const AttentionParameter parameter : {kProjection, kContext}) {
    if (held.at(parameter)) continue;
    FittedShare& share = parameter == kProjection ? estimates.projection : estimates.context;
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
      share = {.value = 1.0,
               .estimate = {},
               .reason = fmt::format("the fit wants {} of the FLOP rate given, for which 100% is "
                                     "taken: is it another GPU's, or are the model's types wrong",
                                     format_percent(share.estimate->value)),
               .exceeded = true};
      held.at(parameter) = 1.0;
      return true;
    }
  }
  return false;
}

std::string why_too_few(const AttentionFit& fit) {
  const bool decode = fit.phase == Phase::kDecode;
  const std::vector<AttentionSample>& samples = fit.samples;
  if (samples.empty() && fit.other_types > 0 && fit.left_out == 0) {
    return "measured with other types of weights or cache than the model's";
  }
  if (samples.empty()) {
    return decode ? fmt::format("nothing was measured with {} sequences or more", kLeastSequences)
                  : fmt::format("no prompts of {} tokens or more, {} in all, were measured",
                                kLeastPrompt,
                                format_count(kLeastPrefillTokens));
  }
  if (samples.size() < kLeastAttentionPoints) {
    return fmt::format("{} measurement{}; three parameters and their errors need {}",
                       samples.size(),
                       samples.size() == 1 ? "" : "s",
                       kLeastAttentionPoints);
  }
  const auto near = [](const Extent& span) { return span.most < kLeastRatio * span.least; };
  const auto too_near = [](const Extent& span, const char* what) {
    return fmt::format("{} to {} {} are too near to tell what each costs",
                       format_number(span.least),
                       format_number(span.most),
                       what);
  };
  const Extent tokens = extent_of(
      samples, [&](const AttentionSample& sample) { return tokens_of(sample, fit.phase); });
  if (near(tokens)) return too_near(tokens, decode ? "sequences" : "tokens in all");
  const Extent context = extent_of(samples, &AttentionSample::context);
  if (near(context)) return too_near(context, decode ? "tokens of context" : "tokens a prompt");
  return "";
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

void fit_samples(AttentionFit& fit) {
  fit.reason = why_too_few(fit);
  if (!fit.reason.empty()) return;
  std::vector<AttentionParts> points;
  points.reserve(fit.samples.size());
  for (const AttentionSample& sample : fit.samples) {
    points.push_back(parts_of(sample, fit.phase, fit.setting));
  }
  DenseFigures& figures = figures_of(fit.setting.gpu, fit.phase);
  AttentionEstimates estimates;
  estimates.projection.value = figures.projection_efficiency;
  estimates.context.value = figures.context_efficiency;
  HeldInverses held;
  SolvedAttention solved = solve_with(points, held);
  while (hold_one(points, solved, held, estimates)) solved = solve_with(points, held);
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
  for (FittedShare* share : {&estimates.projection, &estimates.context}) {
    if (!share->estimate) continue;
    share->value = share->estimate->value;
    share->estimate->high = std::min(1.0, share->estimate->high);
  }
  figures = {.launch = Seconds(estimates.launch.value),
             .projection_efficiency = estimates.projection.value,
             .context_efficiency = estimates.context.value};
  fit.estimates = estimates;
  use(fit, solved);
}

HeldOutErrors predict(const AttentionFit& fit, const std::vector<AttentionSample>& held) {
  if (!fit.estimates) return {.reason = "nothing was fitted to what is left"};
  std::vector<double> errors;
  errors.reserve(held.size());
  for (const AttentionSample& sample : held) {
    errors.push_back(std::abs(fit.time(sample) / sample.time - 1.0));
  }
  return held_out_errors(errors);
}

bool has_types_of(const LayerShape& shape, const AttentionSeries& series) {
  const auto weights = weight_type(series.dtype);
  const auto cache = weight_type(series.cache_dtype);
  return (series.dtype.empty() || weights == shape.dense_weights) &&
         (series.cache_dtype.empty() || (cache && bytes_of(*cache) == shape.kv_element));
}

bool is_small(const AttentionSample& sample, Phase phase) {
  if (phase == Phase::kDecode) return sample.sequences < kLeastSequences;
  return sample.context < kLeastPrompt || tokens_of(sample, phase) < kLeastPrefillTokens;
}

/// Of several kernels at one point those of the fastest, with all their repetitions.
std::vector<AttentionSample> fastest(const std::vector<AttentionSample>& samples,
                                     const std::vector<AttentionSeries>& series) {
  std::map<std::pair<int, int>, const AttentionSample*> best;
  for (const AttentionSample& sample : samples) {
    const AttentionSample*& least = best[{sample.sequences, sample.context}];
    if (least == nullptr || sample.time < least->time) least = &sample;
  }
  std::vector<AttentionSample> kept;
  for (const AttentionSample& sample : samples) {
    const AttentionSample& least = *best[{sample.sequences, sample.context}];
    if (series[sample.series].kernel == series[least.series].kernel) kept.push_back(sample);
  }
  return kept;
}

}  // namespace

double tokens_of(const AttentionSample& sample, Phase phase) {
  const double each = phase == Phase::kDecode ? 1.0 : sample.context;
  return each * sample.sequences;
}

DenseWork AttentionFit::work(int context_tokens) const {
  return dense_work(setting.shape, setting.gpu, {phase, context_tokens}).sum();
}

Seconds AttentionFit::time(const AttentionSample& sample) const {
  return work(sample.context).time(tokens_of(sample, phase));
}

bool AttentionFit::is_outlier(std::size_t sample) const {
  return std::find(outliers.begin(), outliers.end(), sample) != outliers.end();
}

std::vector<AttentionFit> fit_attention(const Measurements& measurements,
                                        const AttentionSetting& setting,
                                        double holdout) {
  const std::vector<AttentionSeries>& series = measurements.attention_series;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  std::vector<AttentionFit> fits;
  for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
    AttentionFit fit;
    fit.phase = phase;
    fit.setting = setting;
    bool any = false;
    std::vector<AttentionSample> samples;
    for (const AttentionSample& sample : measurements.attention) {
      const AttentionSeries& of = series[sample.series];
      if (of.phase != phase) continue;
      any = true;
      if (fit.device.empty()) fit.device = of.device;
      if (!has_types_of(setting.shape, of)) {
        ++fit.other_types;
      } else if (is_small(sample, phase)) {
        ++fit.left_out;
      } else {
        samples.push_back(sample);
      }
    }
    if (!any) continue;
    std::vector<AttentionSample> held;
    for (const AttentionSample& sample : fastest(samples, series)) {
      (uniform(random) < holdout ? held : fit.samples).push_back(sample);
    }
    fit.slower = static_cast<int>(samples.size() - fit.samples.size() - held.size());
    fit_samples(fit);
    if (!held.empty()) fit.held_out = predict(fit, held);
    fits.push_back(std::move(fit));
  }
  return fits;
}

}  // namespace wideep
