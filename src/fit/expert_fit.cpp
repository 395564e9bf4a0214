#include "fit/expert_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>
#include <tuple>

#include <fmt/format.h>

#include "fit/expert_forms.h"
#include "fit/extent.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Four parameters and an error need five, and one may be an outlier.
constexpr std::size_t kLeastExpertPoints = 6;

/// How far a law that knows nothing of tokens is off: t = a + N w.
std::vector<double> errors_without_tokens(const std::vector<ExpertSample>& samples) {
  enum : std::size_t { kOnce, kByExpert };
  Regression regression;
  regression.start = {samples.front().time / unit::us, 0.0};
  for (const ExpertSample& sample : samples) {
    regression.observations.push_back(
        {sample.time / unit::us, {{{kOnce, 1.0}, {kByExpert, sample.local_experts}}}});
  }
  return cross_validate(regression, std::vector<bool>(samples.size(), true));
}

std::string why_too_few(const std::vector<ExpertSample>& samples) {
  if (samples.empty()) return "nothing was measured with a token or more for each local expert";
  const auto by_load = [](const ExpertSample& a, const ExpertSample& b) {
    return tokens_per_expert(a) < tokens_per_expert(b);
  };
  const auto [low, high] = std::minmax_element(samples.begin(), samples.end(), by_load);
  const double least = tokens_per_expert(*low);
  const double most = tokens_per_expert(*high);
  if (least == most) {
    return fmt::format("measured with {} tokens per expert only: what a token costs is not told",
                       format_number(least));
  }
  if (most < kLeastRatio * least) {
    return fmt::format("{} to {} tokens per expert are too near to tell what a token costs",
                       format_number(least),
                       format_number(most));
  }
  if (samples.size() < kLeastExpertPoints) {
    return fmt::format("{} measurements; four parameters and their errors need {}",
                       samples.size(),
                       kLeastExpertPoints);
  }
  return "";
}

/// us to s.
Estimate in_seconds(const Solution& solution, std::size_t parameter) {
  const Estimate us = estimate_of(
      solution.parameters[parameter], solution.covariance[parameter][parameter], solution.freedom);
  return scaled(us, 1e-6);
}

ExpertEstimates estimates_of(const SolvedExperts& solved) {
  const ExpertForm& form = *solved.form;
  const auto at = places(form);
  ExpertEstimates estimates;
  estimates.per_token = in_seconds(solved.solution, at[kPerToken]);
  if (form.launch) estimates.launch = in_seconds(solved.solution, at[kExpertLaunch]);
  if (form.weight_read) estimates.weight_read = in_seconds(solved.solution, at[kWeightRead]);
  if (form.fixed) estimates.fixed = in_seconds(solved.solution, at[kFixed]);
  return estimates;
}

/// Of the forms that the samples tell, none of them an outlier.
std::vector<SolvedExperts> solve_forms(const std::vector<ExpertSample>& samples) {
  const std::vector<bool> everything(samples.size(), true);
  std::vector<SolvedExperts> all;
  all.reserve(kExpertForms.size());
  for (const ExpertForm& form : kExpertForms) {
    SolvedExperts solved = solve_from_knees(samples, form, false);
    if (!solved.solution.all_determined() || solved.solution.freedom < 1) continue;
    solved.cv_errors = cross_validate(solved.regression, everything);
    all.push_back(std::move(solved));
  }
  return all;
}

/// What was measured, and of that what is no outlier.
std::vector<ExpertSample> without_outliers(ExpertFit& fit) {
  const SolvedExperts richest = solve_from_knees(fit.samples, kExpertForms.back(), true);
  std::vector<ExpertSample> kept;
  kept.reserve(fit.samples.size());
  for (std::size_t at = 0; at < fit.samples.size(); ++at) {
    if (richest.solution.used[at]) {
      kept.push_back(fit.samples[at]);
    } else {
      fit.outliers.push_back(at);
    }
  }
  fit.points = static_cast<int>(kept.size());
  fit.local_experts = extent_of(kept, &ExpertSample::local_experts);
  fit.tokens_per_expert = extent_of(kept, tokens_per_expert);
  return kept;
}

/// Why what a token costs is not told, though something fits; empty where it is. Noise is judged by
/// the interval; a few points at large loads, which alone tell, are too few for clearly_better().
std::string why_flat(const ExpertFit& fit,
                     const SolvedExperts& chosen,
                     const std::vector<ExpertSample>& kept) {
  constexpr double kWorth = 0.9;
  const bool clear = in_seconds(chosen.solution, places(*chosen.form)[kPerToken]).low > 0.0;
  const double flat = root_mean_square(errors_without_tokens(kept));
  if (clear && root_mean_square(chosen.cv_errors) < kWorth * flat) return "";
  return fmt::format(
      "the time does not grow clearly with tokens from {} to {} per expert: reading weights takes "
      "longer; measure more tokens",
      format_number(fit.tokens_per_expert.least),
      format_number(fit.tokens_per_expert.most));
}

void fit_samples(ExpertFit& fit) {
  fit.reason = why_too_few(fit.samples);
  if (!fit.reason.empty()) return;
  const std::vector<ExpertSample> kept = without_outliers(fit);
  const std::vector<SolvedExperts> all = solve_forms(kept);
  if (all.empty()) {
    fit.reason = "too few measurements are left beside outliers";
    return;
  }
  for (const SolvedExperts& solved : all) {
    fit.candidates.push_back({solved.form->name,
                              static_cast<int>(solved.solution.parameters.size()),
                              root_mean_square(solved.cv_errors)});
  }
  const SolvedExperts& chosen = all[simplest_as_good(all)];
  fit.reason = why_flat(fit, chosen, kept);
  if (!fit.reason.empty()) return;
  fit.form = chosen.form->name;
  fit.estimates = estimates_of(chosen);
  fit.spread = chosen.solution.sigma;
  fit.freedom = chosen.solution.freedom;
  const ErrorSummary errors = summary_of(relative_errors(chosen.regression, chosen.solution));
  fit.median_error = errors.median;
  fit.largest_error = errors.largest;
  // One parameter is told wherever anything is, so the simplest form is always among them.
  const SolvedExperts& constant = all.front();
  const ErrorSummary far = summary_of(relative_errors(constant.regression, constant.solution));
  fit.c_tok = {.per_token = estimates_of(constant).per_token,
               .median_error = far.median,
               .largest_error = far.largest};
}

HeldOutErrors predict(const ExpertFit& fit, const std::vector<ExpertSample>& held) {
  if (!fit.estimates) return {.reason = "nothing was fitted to what is left"};
  std::vector<double> errors;
  errors.reserve(held.size());
  for (const ExpertSample& sample : held) {
    errors.push_back(
        std::abs(fit.time(sample.local_experts, sample.routed_tokens) / sample.time - 1.0));
  }
  return held_out_errors(errors);
}

/// A series with its samples.
struct SeriesGroup {
  ExpertFit fit;
  std::vector<ExpertSample> held;
};

auto key_of(const ExpertSeries& series) {
  return std::tuple(
      series.device, series.dtype, series.phase, series.hidden_size, series.expert_size);
}

/// The same series may stand in several files.
std::vector<SeriesGroup> grouped(const Measurements& measurements,
                                 const std::optional<ExpertHoldout>& holdout) {
  std::map<decltype(key_of(ExpertSeries{})), SeriesGroup> groups;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  for (const ExpertSample& sample : measurements.experts) {
    const ExpertSeries& series = measurements.expert_series[sample.series];
    SeriesGroup& group = groups[key_of(series)];
    group.fit.series = series;
    if (sample.routed_tokens < sample.local_experts) {
      ++group.fit.left_out;
      continue;
    }
    const bool leave = holdout && (holdout->ep_width ? sample.ep_width == *holdout->ep_width
                                                     : uniform(random) < holdout->share);
    (leave ? group.held : group.fit.samples).push_back(sample);
  }
  std::vector<SeriesGroup> all;
  all.reserve(groups.size());
  for (auto& [key, group] : groups) all.push_back(std::move(group));
  return all;
}

}  // namespace

ExpertFigures ExpertEstimates::figures() const {
  const auto time = [](const std::optional<Estimate>& one) {
    return Seconds(one ? one->value : 0.0);
  };
  return {.launch = time(launch),
          .weight_read = time(weight_read),
          .fixed = time(fixed),
          .per_token = Seconds(per_token.value)};
}

Seconds ExpertFit::time(double experts, double routed_tokens) const {
  const ExpertFigures of = estimates->figures();
  return of.launch +
         std::max(experts * of.weight_read, experts * of.fixed + routed_tokens * of.per_token);
}

bool ExpertFit::is_outlier(std::size_t sample) const {
  return std::find(outliers.begin(), outliers.end(), sample) != outliers.end();
}

std::vector<ExpertFit> fit_experts(const Measurements& measurements,
                                   const std::optional<ExpertHoldout>& holdout) {
  std::vector<ExpertFit> fits;
  for (auto& [fit, held] : grouped(measurements, holdout)) {
    fit_samples(fit);
    if (!held.empty()) fit.held_out = predict(fit, held);
    fits.push_back(std::move(fit));
  }
  return fits;
}

}  // namespace wideep
