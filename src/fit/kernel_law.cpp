#include "fit/kernel_law.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "fit/errors.h"
#include "fit/max_affine.h"

namespace wideep {
namespace {

constexpr Bytes kMegabyte{1e6};
constexpr double kPerMb = 1e-12;  // us/MB in s/B

/// One measurement as the forms see it, in us and MB.
struct Point {
  std::size_t width = 0;  ///< index into the widths
  int sms = 0;
  double inside = 0.0;
  double outside = 0.0;
  double time = 0.0;
};

struct Data {
  std::vector<int> widths;
  std::vector<int> sms;
  std::vector<Point> points;
  std::vector<bool> crosses;  ///< by width: whether bytes leave the domain
  // What the curves of each width say, to start from:
  std::vector<double> latencies;
  std::vector<double> steepest;  ///< us/MB of what stays inside, on the fewest SMs
  std::vector<double> flattest;  ///< the same on the most
  std::vector<double> outside;   ///< us/MB of what leaves the domain, on the most SMs
};

std::vector<int> sorted_set(std::span<const CurveData> curves, int CommSeries::*member) {
  std::vector<int> all;
  for (const CurveData& data : curves) all.push_back(data.series.*member);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void take_start(const CurveData& data, const TierBytes& of_one_byte, std::size_t width, Data& all) {
  all.latencies[width] = std::max(all.latencies[width], data.curve.latency.value / 1e-6);
  const double slope = data.curve.slope / kPerMb;
  const auto least = [](double known, double value) {
    return known == 0.0 ? value : std::min(known, value);
  };
  if (of_one_byte.inside > Bytes(0.0)) {
    const double inside = slope / (of_one_byte.inside / unit::B);
    all.steepest[width] = std::max(all.steepest[width], inside);
    all.flattest[width] = least(all.flattest[width], inside);
  }
  if (of_one_byte.outside > Bytes(0.0)) {
    all.crosses[width] = true;
    all.outside[width] = least(all.outside[width], slope / (of_one_byte.outside / unit::B));
  }
}

Data gather(std::span<const CurveData> curves, int gpus_per_domain) {
  Data data;
  data.widths = sorted_set(curves, &CommSeries::ep_width);
  data.sms = sorted_set(curves, &CommSeries::sms);
  for (auto* start : {&data.latencies, &data.steepest, &data.flattest, &data.outside}) {
    start->assign(data.widths.size(), 0.0);
  }
  data.crosses.assign(data.widths.size(), false);
  for (const CurveData& one : curves) {
    const CommSeries& series = one.series;
    const auto width = static_cast<std::size_t>(
        std::lower_bound(data.widths.begin(), data.widths.end(), series.ep_width) -
        data.widths.begin());
    take_start(one, tier_bytes(series, Bytes(1.0), gpus_per_domain), width, data);
    for (std::size_t at = 0; at < one.samples.size(); ++at) {
      const auto& outliers = one.curve.outliers;
      if (std::find(outliers.begin(), outliers.end(), at) != outliers.end()) continue;
      const TierBytes bytes = tier_bytes(series, one.samples[at].volume, gpus_per_domain);
      data.points.push_back({.width = width,
                             .sms = series.sms,
                             .inside = bytes.inside / kMegabyte,
                             .outside = bytes.outside / kMegabyte,
                             .time = one.samples[at].time / unit::us});
    }
  }
  return data;
}

/// A form as a regression, and where its numbers are among the parameters. The latencies of the
/// widths come first.
struct Form {
  std::string name;
  Regression regression;
  std::vector<std::size_t> up;  ///< us/MB (or us SM/MB) by width, all alike where shared
  std::vector<std::size_t> out;
  std::optional<std::size_t> floor;
  std::optional<std::size_t> cap;  ///< of scale_up
  bool per_sm = false;
};

/// What distinguishes one form from another.
struct FormChoice {
  bool up_by_width = false;
  bool out_by_width = false;
  bool floor = false;
  bool per_sm = false;
  bool cap = false;
  bool wire = true;  ///< whether the scale-out tier may bind
};

std::string name_of(const FormChoice& choice) {
  std::string name = choice.out_by_width ? "per_width" : "by_tier";
  if (choice.per_sm) name = choice.up_by_width ? "sms_by_width" : "sms_shared";
  if (!choice.wire) name += "_inside";
  if (choice.cap) name += "_cap";
  if (choice.floor) name += "_floor";
  return name;
}

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

Form build(const Data& data, const FormChoice& choice) {
  Form form;
  form.name = name_of(choice);
  form.per_sm = choice.per_sm;
  std::vector<double>& start = form.regression.start;
  start = data.latencies;
  const auto add = [&](double value) {
    start.push_back(value);
    return start.size() - 1;
  };
  // Beyond the domain the NIC is taken to bind, until the fit says otherwise, but for few SMs.
  std::vector<double> ups;
  double cap = 0.0;
  for (std::size_t width = 0; width < data.widths.size(); ++width) {
    const bool bound = choice.per_sm || !data.crosses[width];
    ups.push_back(bound ? data.steepest[width] * (choice.per_sm ? data.sms.front() : 1) : 0.0);
    if (!data.crosses[width]) cap = std::max(cap, data.flattest[width]);
  }
  const std::size_t count = data.widths.size();
  if (choice.up_by_width) {
    for (const double up : ups) form.up.push_back(add(up));
  } else {
    form.up.assign(count, add(largest(ups)));
  }
  if (choice.out_by_width) {
    for (const double out : data.outside) form.out.push_back(add(out));
  } else {
    form.out.assign(count, add(largest(data.outside)));
  }
  if (choice.floor) {
    double lowest = data.points.front().time;
    for (const Point& point : data.points) lowest = std::min(lowest, point.time);
    form.floor = add(lowest);
  }
  if (choice.cap) form.cap = add(cap);
  for (const Point& point : data.points) {
    const LinearTerm latency{point.width, 1.0};
    Observation observation{point.time, {}};
    const double driven = choice.per_sm ? point.inside / point.sms : point.inside;
    observation.branches.push_back({latency, {form.up[point.width], driven}});
    if (point.outside > 0.0 && choice.wire) {
      observation.branches.push_back({latency, {form.out[point.width], point.outside}});
    }
    if (form.cap) observation.branches.push_back({latency, {*form.cap, point.inside}});
    if (form.floor) observation.branches.push_back({{*form.floor, 1.0}});
    form.regression.observations.push_back(std::move(observation));
  }
  return form;
}

/// From fewest parameters to most.
std::vector<Form> candidates(const Data& data) {
  std::vector<FormChoice> choices;
  const bool driven = data.sms.size() > 1;
  const bool crosses =
      std::find(data.crosses.begin(), data.crosses.end(), true) != data.crosses.end();
  for (const bool floor : {false, true}) {
    if (driven) {
      // With few SMs the wire may never be full.
      if (crosses) {
        choices.push_back({.floor = floor, .per_sm = true, .wire = false});
        choices.push_back({.up_by_width = true, .floor = floor, .per_sm = true, .wire = false});
      }
      choices.push_back({.floor = floor, .per_sm = true});
      choices.push_back({.floor = floor, .per_sm = true, .cap = true});
      choices.push_back({.up_by_width = true, .floor = floor, .per_sm = true});
      choices.push_back({.up_by_width = true, .floor = floor, .per_sm = true, .cap = true});
    } else {
      choices.push_back({.floor = floor});
      choices.push_back({.up_by_width = true, .out_by_width = true, .floor = floor});
    }
  }
  std::vector<Form> forms;
  for (const FormChoice& choice : choices) {
    // With one width there is nothing to share.
    if (data.widths.size() == 1 && choice.up_by_width) continue;
    forms.push_back(build(data, choice));
  }
  std::stable_sort(forms.begin(), forms.end(), [](const Form& a, const Form& b) {
    return a.regression.start.size() < b.regression.start.size();
  });
  return forms;
}

/// A form with its solution.
struct Solved {
  Form form;
  Solution solution;
  std::vector<double> cv_errors;
};

int told(const Solution& solution) {
  return static_cast<int>(std::count(solution.determined.begin(), solution.determined.end(), true));
}

std::vector<Solved> solve_all(const Data& data) {
  std::vector<Solved> all;
  const std::vector<bool> everything(data.points.size(), true);
  for (Form& form : candidates(data)) {
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
  Writer(const Data& data, const Solved& solved, KernelLaw& law)
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
  [[nodiscard]] BytesPerSecond fastest(double Point::*bytes, bool per_sm) const {
    constexpr double kMost = 0.5;
    double most = 0.0;
    for (const Point& point : data_.points) {
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
                            return fastest(&Point::inside, form_.per_sm);
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
      return fastest(&Point::outside, false);
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

  const Data& data_;
  const Form& form_;
  const Solution& solution_;
  KernelLaw& law_;
};

void add_errors(const Data& data, const Solution& solution, KernelLaw& law) {
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
  const Data data = gather(curves, gpus_per_domain);
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
