#include "fit/comm_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>

#include "fit/choose_series.h"
#include "fit/errors.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// GPUs of an HGX board, where nothing else is said.
constexpr int kUsualDomain = 8;

/// Where only some measurements say how many GPUs share a domain, they say it for all; of several
/// the smallest.
int domain_of(const Measurements& measurements, const CommFitOptions& options, CommFit& fit) {
  if (options.gpus_per_domain) return *options.gpus_per_domain;
  int smallest = 0;
  for (const CommSeries& series : measurements.comm_series) {
    const int domain = series.gpus_per_domain;
    if (domain > 0) smallest = smallest == 0 ? domain : std::min(smallest, domain);
  }
  if (smallest > 0) return smallest;
  fit.notes.push_back(
      fmt::format("{} GPUs to an NVLink domain: --gpus-per-domain says otherwise", kUsualDomain));
  return kUsualDomain;
}

std::vector<CurveData> curves_of(const CommFit& fit,
                                 const std::string& kernel,
                                 Direction direction) {
  std::vector<CurveData> curves;
  for (const SeriesFit& one : fit.series) {
    const bool same = one.series.kernel == kernel && one.series.direction == direction;
    if (same && one.in_law) curves.push_back({one.series, one.samples, *one.curve});
  }
  return curves;
}

/// A kernel's curves of both directions at a width, with the most SMs that both were measured on.
KernelCurves at_width(const std::vector<CurveData>& all, const std::string& kernel, int ep_width) {
  KernelCurves found;
  for (const CurveData& data : all) {
    if (data.series.kernel != kernel || data.series.ep_width != ep_width) continue;
    // Curves are sorted by SMs, so the last is the one with the most.
    if (data.series.direction != Direction::kCombine) found.dispatch = &data;
    if (data.series.direction != Direction::kDispatch) found.combine = &data;
  }
  return found;
}

void add_crossovers(CommFit& fit) {
  std::vector<CurveData> all;
  std::set<std::string> kernels;
  std::set<int> widths;
  for (const SeriesFit& one : fit.series) {
    if (!one.in_law) continue;
    all.push_back({one.series, one.samples, *one.curve});
    kernels.insert(one.series.kernel);
    widths.insert(one.series.ep_width);
  }
  constexpr std::size_t kMostKernels = 16;
  if (kernels.size() > kMostKernels) {
    fit.notes.push_back(fmt::format("no crossovers of more than {} kernels", kMostKernels));
    return;
  }
  for (auto one = kernels.begin(); one != kernels.end(); ++one) {
    for (auto other = std::next(one); other != kernels.end(); ++other) {
      for (const int width : widths) {
        const KernelCurves first = at_width(all, *one, width);
        const KernelCurves second = at_width(all, *other, width);
        if (!first.dispatch || !first.combine || !second.dispatch || !second.combine) continue;
        if (auto found = crossover(first, second)) fit.crossovers.push_back(std::move(*found));
      }
    }
  }
}

/// Why a law says nothing of a series; empty where it does.
std::string why_beyond(const KernelLaw& law, const CommSeries& series, int gpus_per_domain) {
  if (series.ep_width > gpus_per_domain && !law.phase.scale_out) {
    return fmt::format("EP {} leaves the NVLink domain, and nothing else measured does",
                       series.ep_width);
  }
  if (series.ep_width <= gpus_per_domain && law.ep_widths.front() > gpus_per_domain) {
    return fmt::format("EP {} stays in the NVLink domain, and nothing else measured does",
                       series.ep_width);
  }
  if (series.sms > 0 && law.phase.bandwidth.per_sm == std::nullopt && !law.sms.empty() &&
      series.sms != law.sms.front()) {
    return fmt::format("measured with {} SMs, the rest with {}", series.sms, law.sms.front());
  }
  return "";
}

void predict_held_out(const std::vector<SeriesFit>& held, CommFit& fit) {
  std::map<std::pair<std::string, Direction>, std::vector<double>> errors;
  for (const SeriesFit& left : held) {
    const CommSeries& series = left.series;
    const auto law = std::find_if(fit.laws.begin(), fit.laws.end(), [&](const KernelLaw& one) {
      return one.series.kernel == series.kernel && one.series.direction == series.direction &&
             one.series.dtype == series.dtype && shape_of(one.series) == shape_of(series);
    });
    const std::string reason =
        law == fit.laws.end()
            ? fmt::format("no law was fitted for {} {}", words(shape_of(series)), series.dtype)
            : why_beyond(*law, series, fit.gpus_per_domain);
    if (!reason.empty()) {
      fit.held_out.push_back({series.kernel, series.direction, 0, 0.0, 0.0, reason});
      continue;
    }
    auto& all = errors[{series.kernel, series.direction}];
    for (const CommSample& sample : left.samples) {
      const TierBytes bytes = tier_bytes(series, sample.volume, fit.gpus_per_domain);
      const Seconds told = law->time(series.ep_width, series.sms, bytes, sample.tokens);
      all.push_back(std::abs(told / sample.time - 1.0));
    }
  }
  for (const auto& [key, all] : errors) {
    const ErrorSummary summary = summary_of(all);
    fit.held_out.push_back(
        {key.first, key.second, summary.points, summary.median, summary.largest, ""});
  }
}

/// One rank keeps every copy. Where the sizes are too alike to tell a latency, it may be given.
void fit_series(SeriesFit& one, const CommFitOptions& options, CommFit& fit) {
  const CommSeries& series = one.series;
  if (series.ep_width == 1) {
    one.reason = "at EP 1 nothing is sent: that is no time of a transfer";
    return;
  }
  CurveFit found = fit_curve(one.samples);
  const auto given = given_latency(options.latencies, series);
  if (found.too_alike && given) {
    found = fit_bandwidth(one.samples, *given);
    if (found.curve) {
      fit.notes.push_back(
          fmt::format("the sizes of {} {} at EP {} do not tell a latency: {} to {}, as {} says",
                      series.kernel,
                      name_of(series.direction),
                      series.ep_width,
                      format(Seconds(given->latency.low)),
                      format(Seconds(given->latency.high)),
                      given->from));
    }
  }
  one.curve = std::move(found.curve);
  one.reason = std::move(found.reason);
}

}  // namespace

std::optional<Seconds> law_time(const CommFit& fit,
                                const SeriesFit& series,
                                const CommSample& sample) {
  const CommSeries& of = series.series;
  if (!series.in_law) return std::nullopt;
  for (const KernelLaw& law : fit.laws) {
    if (law.series.kernel != of.kernel || law.series.direction != of.direction) continue;
    const TierBytes bytes = tier_bytes(of, sample.volume, fit.gpus_per_domain);
    return law.time(of.ep_width, of.sms, bytes, sample.tokens);
  }
  return std::nullopt;
}

CommFit fit_comm(const Measurements& measurements, const CommFitOptions& options) {
  CommFit fit;
  fit.gpus_per_domain = domain_of(measurements, options, fit);
  SortedSeries sorted = sort_series(measurements, options.only, options.holdout);
  fit.series = std::move(sorted.fitted);
  for (SeriesFit& one : fit.series) fit_series(one, options, fit);
  ChoiceRemarks remarks = choose_series(fit.series, fit.gpus_per_domain);
  fit.notes.insert(fit.notes.end(), remarks.notes.begin(), remarks.notes.end());
  fit.doubts = std::move(remarks.doubts);
  for (SeriesFit& one : fit.series) {
    const bool sound = one.inconsistent.empty() || options.keep_inconsistent;
    one.in_law = one.chosen && one.curve && sound;
  }
  std::set<std::pair<std::string, Direction>> kernels;
  for (const SeriesFit& one : fit.series) kernels.insert({one.series.kernel, one.series.direction});
  for (const auto& [kernel, direction] : kernels) {
    const std::vector<CurveData> curves = curves_of(fit, kernel, direction);
    if (!curves.empty()) fit.laws.push_back(kernel_law(curves, fit.gpus_per_domain));
  }
  add_crossovers(fit);
  predict_held_out(sorted.held, fit);
  fit.collectives = fit_collectives(measurements, options.only);
  return fit;
}

}  // namespace wideep
