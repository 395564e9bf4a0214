#include "fit/kernel_law.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "fit/errors.h"
#include "fit/law_forms.h"
#include "fit/law_writer.h"

namespace wideep {
namespace {

/// A form with its solution.
struct SolvedLaw {
  LawForm form;
  Solution solution;
  std::vector<double> cv_errors;
};

int told(const Solution& solution) {
  return static_cast<int>(std::count(solution.determined.begin(), solution.determined.end(), true));
}

/// Of forms with a ramp, by name, the T1 with which the points are met best: it is not linear.
std::map<std::string, double> ramp_tokens(const std::vector<LawForm>& forms) {
  std::map<std::string, double> tokens;
  std::map<std::string, double> least;
  for (const LawForm& form : forms) {
    if (form.ramp.empty()) continue;
    const double now =
        root_mean_square(relative_errors(form.regression, solve(form.regression, false)));
    const auto known = least.find(form.name);
    if (known != least.end() && known->second <= now) continue;
    least[form.name] = now;
    tokens[form.name] = form.ramp_tokens;
  }
  return tokens;
}

std::vector<SolvedLaw> solve_all(const LawData& data) {
  std::vector<SolvedLaw> all;
  const std::vector<bool> everything(data.points.size(), true);
  std::vector<LawForm> forms = candidate_forms(data);
  const std::map<std::string, double> ramps = ramp_tokens(forms);
  for (LawForm& form : forms) {
    if (!form.ramp.empty() && form.ramp_tokens != ramps.at(form.name)) continue;
    Solution solution = solve(form.regression, false);
    const bool idle = (form.floor && !solution.determined[*form.floor]) ||
                      (form.cap && !solution.determined[*form.cap]);
    // Without freedom a form has no errors, unless they are known otherwise.
    if (idle || (solution.freedom < 1 && form.regression.sigma_without_freedom == 0.0)) continue;
    std::vector<double> errors = cross_validate(form.regression, everything);
    all.push_back({std::move(form), std::move(solution), std::move(errors)});
  }
  return all;
}

/// The simplest form that predicts left-out points as well as any. Where every latency is given,
/// nothing is left out: each width was measured at one size and has a bandwidth of its own.
const SolvedLaw& choose(const LawData& data, const std::vector<SolvedLaw>& all) {
  const auto is_given = [](const std::optional<GivenLatency>& one) { return one.has_value(); };
  if (!std::all_of(data.given.begin(), data.given.end(), is_given)) {
    return all[simplest_as_good(all)];
  }
  const SolvedLaw* richest = &all.front();
  for (const SolvedLaw& one : all) {
    if (!one.form.floor && !one.form.cap) richest = &one;
  }
  return *richest;
}

/// Of the law as it is written, not of the solution: the headline speaks of the calibration.
void add_errors(const LawData& data, KernelLaw& law) {
  std::vector<double> errors;
  for (const LawPoint& point : data.points) {
    const TierBytes bytes{point.inside * unit::MB, point.outside * unit::MB};
    const Seconds time = law.time(data.widths[point.width], point.sms, bytes, point.tokens);
    errors.push_back(std::abs(time / (point.time * unit::us) - 1.0));
  }
  const ErrorSummary summary = summary_of(errors);
  law.points = summary.points;
  law.median_error = summary.median;
  law.largest_error = summary.largest;
}

/// The latency at a width, also beyond the table.
Seconds latency_at(const ByWidth<Seconds>& latency, int ep_width, int gpus_per_domain) {
  if (latency.covers(ep_width)) return latency.at(ep_width);
  std::vector<WidthPoint<Seconds>> beyond;
  for (const WidthPoint<Seconds>& point : latency.points) {
    if (point.ep_width > gpus_per_domain) beyond.push_back(point);
  }
  if (beyond.size() < 2 || ep_width < beyond.back().ep_width) return latency.at(ep_width);
  const auto& first = beyond.front();
  const auto& last = beyond.back();
  const double steps = std::log2(static_cast<double>(ep_width) / last.ep_width) /
                       std::log2(static_cast<double>(last.ep_width) / first.ep_width);
  return last.value + steps * (last.value - first.value);
}

}  // namespace

TierBytes tier_bytes(const CommSeries& series, Bytes volume, int gpus_per_domain) {
  const DomainLayout layout{.ep_width = series.ep_width,
                            .gpus_per_domain = gpus_per_domain,
                            .off_domain_share = std::max(
                                0.0, 1.0 - static_cast<double>(gpus_per_domain) / series.ep_width)};
  Gate gate = series.gate;
  gate.top_k = std::max(1, gate.top_k);
  const CopyCount copies = copy_count(series.copies, gate, layout);
  return {.inside = copies.inside / gate.top_k * volume,
          .outside = copies.outside / gate.top_k * volume};
}

Seconds KernelLaw::time(int ep_width, int sms_given, TierBytes bytes, double tokens) const {
  const int domain = series.gpus_per_domain;
  Seconds moving = bytes.inside / phase.bandwidth.at(ep_width, sms_given);
  if (phase.scale_out && bytes.outside > Bytes(0.0)) {
    moving = std::max(moving, bytes.outside / phase.scale_out->at(ep_width, sms_given));
  }
  const Seconds line =
      std::max(phase.floor.at(ep_width), latency_at(phase.latency, ep_width, domain) + moving);
  if (phase.law == nullptr) return line;
  return line +
         phase.law->beyond({phase.law_time.at(ep_width), phase.law_tokens.at(ep_width)}, tokens);
}

KernelLaw kernel_law(std::span<const CurveData> curves, int gpus_per_domain) {
  const LawData data = gather(curves, gpus_per_domain);
  const std::vector<SolvedLaw> all = solve_all(data);
  const SolvedLaw& chosen = choose(data, all);
  KernelLaw law;
  law.series = curves.front().series;
  law.series.gpus_per_domain = gpus_per_domain;
  law.phase.header = law.series.header;
  const bool crosses =
      std::find(data.crosses.begin(), data.crosses.end(), true) != data.crosses.end();
  law.copies = law.series.copies;
  if (law.copies == Copies::kPerDomain && !crosses) law.copies = Copies::kPerRank;
  law.form = chosen.form.name;
  law.ep_widths = data.widths;
  law.freedom = chosen.solution.freedom;
  if (data.sms.back() > 0) law.sms = data.sms;
  for (const SolvedLaw& solved : all) {
    law.candidates.push_back(
        {solved.form.name, told(solved.solution), root_mean_square(solved.cv_errors)});
  }
  write_law(data, chosen.form, chosen.solution, law);
  add_errors(data, law);
  return law;
}

}  // namespace wideep
