#include "fit/kernel_law.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "fit/errors.h"
#include "fit/law_forms.h"

namespace wideep {
namespace {

/// A form with its solution.
struct Solved {
  LawForm form;
  Solution solution;
  std::vector<double> cv_errors;
};

int told(const Solution& solution) {
  return static_cast<int>(std::count(solution.determined.begin(), solution.determined.end(), true));
}

std::vector<Solved> solve_all(const LawData& data) {
  std::vector<Solved> all;
  const std::vector<bool> everything(data.points.size(), true);
  for (LawForm& form : candidate_forms(data)) {
    Solution solution = solve(form.regression, false);
    const bool idle = (form.floor && !solution.determined[*form.floor]) ||
                      (form.cap && !solution.determined[*form.cap]);
    if (idle || solution.freedom < 1) continue;
    std::vector<double> errors = cross_validate(form.regression, everything);
    all.push_back({std::move(form), std::move(solution), std::move(errors)});
  }
  return all;
}

/// The numbers of a law while it is written out.
class Writer {
 public:
  Writer(const LawData& data, const Solved& solved, KernelLaw& law)
      : data_(data), form_(solved.form), solution_(solved.solution), law_(law) {}

  void write() {
    std::vector<Seconds> latencies;
    for (std::size_t width = 0; width < data_.widths.size(); ++width) {
      latencies.push_back(solution_.parameters[width] * unit::us);
      note_time(fmt::format("latency at EP {}", data_.widths[width]), width);
    }
    law_.phase.latency = by_width(latencies);
    if (form_.floor) {
      law_.phase.floor = ByWidth<Seconds>::constant(solution_.parameters[*form_.floor] * unit::us);
      note_time("floor", *form_.floor);
    }
    write_bandwidths();
  }

 private:
  /// Of the widths that were measured, and of no other: also where there is only one.
  template <class Q>
  [[nodiscard]] ByWidth<Q> by_width(const std::vector<Q>& values) const {
    ByWidth<Q> table{{}, false};
    for (std::size_t at = 0; at < values.size(); ++at) {
      table.points.push_back({data_.widths[at], values[at]});
    }
    return table;
  }

  [[nodiscard]] bool shared(const std::vector<std::size_t>& parameters) const {
    return std::all_of(parameters.begin(), parameters.end(), [&](std::size_t one) {
      return one == parameters.front();
    });
  }

  [[nodiscard]] BytesPerSecond rate(std::size_t parameter) const {
    return BytesPerSecond(1.0 / (kPerMb * solution_.parameters[parameter]));
  }

  [[nodiscard]] bool crosses() const {
    return std::find(data_.crosses.begin(), data_.crosses.end(), true) != data_.crosses.end();
  }

  [[nodiscard]] bool known(std::size_t parameter) const {
    return solution_.determined[parameter] && solution_.parameters[parameter] > 0.0;
  }

  /// Rates by width; at widths where the tier never binds, `otherwise`.
  ByWidth<BytesPerSecond> rates(const std::vector<std::size_t>& parameters,
                                const std::string& what,
                                const std::function<BytesPerSecond()>& otherwise) {
    if (shared(parameters)) {
      const bool is_known = known(parameters.front());
      if (is_known) note_rate(what, parameters.front());
      const BytesPerSecond value = is_known ? rate(parameters.front()) : otherwise();
      // What was measured inside a domain says nothing of groups that leave it.
      return crosses() ? ByWidth<BytesPerSecond>::constant(value)
                       : by_width(std::vector(data_.widths.size(), value));
    }
    std::vector<BytesPerSecond> values;
    for (std::size_t width = 0; width < parameters.size(); ++width) {
      if (known(parameters[width])) {
        note_rate(fmt::format("{} at EP {}", what, data_.widths[width]), parameters[width]);
        values.push_back(rate(parameters[width]));
      } else {
        values.push_back(otherwise());
      }
    }
    return by_width(values);
  }

  /// The fastest that the tier was seen to move bytes: it is at least that fast. Where moving is
  /// most of the time, what is left beside the latency is known well.
  [[nodiscard]] BytesPerSecond fastest(double LawPoint::*bytes, bool per_sm) const {
    constexpr double kMost = 0.5;
    double most = 0.0;
    for (const LawPoint& point : data_.points) {
      const double moving = point.time - solution_.parameters[point.width];
      const double time = moving > kMost * point.time ? moving : point.time;
      most = std::max(most, point.*bytes / time / (per_sm ? point.sms : 1));
    }
    return BytesPerSecond(most / kPerMb);
  }

  void write_bandwidths() {
    const auto up = rates(form_.up,
                          form_.per_sm ? "scale-up bandwidth of an SM"
                          : crosses()  ? "scale-up bandwidth"
                                       : "bandwidth",
                          [&] {
                            law_.scale_up_is_bound = true;
                            return fastest(&LawPoint::inside, form_.per_sm);
                          });
    Bandwidth scale_up;
    (form_.per_sm ? scale_up.per_sm : scale_up.cap) = up;
    if (form_.cap && known(*form_.cap)) {
      scale_up.cap = ByWidth<BytesPerSecond>::constant(rate(*form_.cap));
      note_rate("scale-up bandwidth of the domain", *form_.cap);
    }
    law_.phase.bandwidth = scale_up;
    if (!crosses()) return;
    const auto out = rates(form_.out, "scale-out bandwidth", [&] {
      law_.scale_out_is_bound = true;
      return fastest(&LawPoint::outside, false);
    });
    law_.phase.scale_out = Bandwidth{.cap = out, .per_sm = {}};
  }

  void note_time(std::string what, std::size_t parameter) {
    const Estimate us = estimate_of(solution_.parameters[parameter],
                                    solution_.covariance[parameter][parameter],
                                    solution_.freedom);
    law_.parameters.push_back({std::move(what), false, scaled(us, 1e-6)});
  }

  void note_rate(std::string what, std::size_t parameter) {
    const auto rate = reciprocal_of(solution_.parameters[parameter],
                                    solution_.covariance[parameter][parameter],
                                    solution_.freedom);
    if (!rate) return;
    law_.parameters.push_back({std::move(what), true, scaled(*rate, 1.0 / kPerMb)});
  }

  const LawData& data_;
  const LawForm& form_;
  const Solution& solution_;
  KernelLaw& law_;
};

void add_errors(const LawData& data, const Solution& solution, KernelLaw& law) {
  std::vector<double> errors;
  for (std::size_t at = 0; at < data.points.size(); ++at) {
    errors.push_back(std::abs(solution.fitted[at] / data.points[at].time - 1.0));
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

Seconds KernelLaw::time(int ep_width, int sms_given, TierBytes bytes) const {
  const int domain = series.gpus_per_domain;
  Seconds moving = bytes.inside / phase.bandwidth.at(ep_width, sms_given);
  if (phase.scale_out && bytes.outside > Bytes(0.0)) {
    moving = std::max(moving, bytes.outside / phase.scale_out->at(ep_width, sms_given));
  }
  return std::max(phase.floor.at(ep_width), latency_at(phase.latency, ep_width, domain) + moving);
}

KernelLaw kernel_law(std::span<const CurveData> curves, int gpus_per_domain) {
  const LawData data = gather(curves, gpus_per_domain);
  const std::vector<Solved> all = solve_all(data);
  const Solved& chosen = all[simplest_as_good(all)];
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
  if (data.sms.back() > 0) law.sms = data.sms;
  for (const Solved& solved : all) {
    law.candidates.push_back(
        {solved.form.name, told(solved.solution), root_mean_square(solved.cv_errors)});
  }
  Writer(data, chosen, law).write();
  add_errors(data, chosen.solution, law);
  return law;
}

}  // namespace wideep
