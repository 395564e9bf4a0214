#include "fit/law_writer.h"

#include <algorithm>

#include <fmt/format.h>

namespace wideep {
namespace {

/// The form's solutions with each given latency at the low and the high end of its interval; none
/// where no latency is given.
std::vector<Solution> at_ends(const LawData& data, const LawForm& chosen) {
  std::vector<Solution> solutions;
  for (double Estimate::*end : {&Estimate::low, &Estimate::high}) {
    LawData moved = data;
    bool any = false;
    for (std::size_t width = 0; width < data.widths.size(); ++width) {
      if (!data.given[width]) continue;
      any = true;
      moved.latencies[width] = Seconds(data.given[width]->latency.*end) / unit::us;
    }
    if (!any) return {};
    for (const LawForm& form : candidate_forms(moved)) {
      const bool same = form.name == chosen.name && form.ramp_tokens == chosen.ramp_tokens;
      if (same) solutions.push_back(solve(form.regression, false));
    }
  }
  return solutions;
}

/// The numbers of a law while it is written out.
class Writer {
 public:
  Writer(const LawData& data, const LawForm& form, const Solution& solution, KernelLaw& law)
      : data_(data), form_(form), solution_(solution), ends_(at_ends(data, form)), law_(law) {}

  void write() {
    std::vector<Seconds> latencies;
    for (std::size_t width = 0; width < data_.widths.size(); ++width) {
      latencies.push_back(solution_.parameters[width] * unit::us);
      note_latency(width);
    }
    law_.phase.latency = by_width(latencies);
    if (form_.floor) {
      law_.phase.floor = ByWidth<Seconds>::constant(solution_.parameters[*form_.floor] * unit::us);
      note_time("floor", *form_.floor);
    }
    if (!form_.ramp.empty()) write_ramp();
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

  /// Rates by width; `otherwise` at widths where the tier never binds, which go to `unbound`.
  ByWidth<BytesPerSecond> rates(const std::vector<std::size_t>& parameters,
                                const std::string& what,
                                BytesPerSecond otherwise,
                                std::vector<int>& unbound) {
    if (shared(parameters)) {
      const bool is_known = known(parameters.front());
      if (is_known) note_rate(what, parameters.front());
      if (!is_known) unbound = data_.widths;
      const BytesPerSecond value = is_known ? rate(parameters.front()) : otherwise;
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
        unbound.push_back(data_.widths[width]);
        values.push_back(otherwise);
      }
    }
    return by_width(values);
  }

  /// Of a tier that binds nowhere the least bandwidth with which it still binds nowhere: what is
  /// written predicts the points as the fit does. Beyond them too, since the bytes of either tier
  /// grow together.
  [[nodiscard]] BytesPerSecond least_unbound(double LawPoint::*bytes, bool per_sm) const {
    // Of a time; where next to nothing is left beside the latency, rounding is.
    constexpr double kLeastMoving = 1e-4;
    double most = 0.0;
    for (std::size_t at = 0; at < data_.points.size(); ++at) {
      const LawPoint& point = data_.points[at];
      const double fitted = solution_.fitted[at];
      double before = solution_.parameters[point.width];
      if (!form_.ramp.empty()) {
        before += kRampLaw.beyond(
                      {Seconds(solution_.parameters[form_.ramp[point.width]]), form_.ramp_tokens},
                      point.tokens) /
                  Seconds(1.0);
      }
      const double moving = std::max(fitted - before, kLeastMoving * fitted);
      most = std::max(most, point.*bytes / moving / (per_sm ? point.sms : 1));
    }
    return BytesPerSecond(most / kPerMb);
  }

  void write_ramp() {
    std::vector<Seconds> times;
    for (std::size_t width = 0; width < form_.ramp.size(); ++width) {
      times.push_back(solution_.parameters[form_.ramp[width]] * unit::us);
      note_time(fmt::format("ramp at EP {}", data_.widths[width]), form_.ramp[width]);
    }
    law_.phase.law = &kRampLaw;
    law_.phase.law_time = by_width(times);
    law_.phase.law_tokens = ByWidth<double>::constant(form_.ramp_tokens);
  }

  void write_bandwidths() {
    const auto up = rates(form_.up,
                          form_.per_sm ? "scale-up bandwidth of an SM"
                          : crosses()  ? "scale-up bandwidth"
                                       : "bandwidth",
                          least_unbound(&LawPoint::inside, form_.per_sm),
                          law_.scale_up_unbound);
    Bandwidth scale_up;
    (form_.per_sm ? scale_up.per_sm : scale_up.cap) = up;
    if (form_.cap && known(*form_.cap)) {
      scale_up.cap = ByWidth<BytesPerSecond>::constant(rate(*form_.cap));
      note_rate("scale-up bandwidth of the domain", *form_.cap);
    }
    law_.phase.bandwidth = scale_up;
    if (!crosses()) return;
    const auto out = rates(form_.out,
                           "scale-out bandwidth",
                           least_unbound(&LawPoint::outside, false),
                           law_.scale_out_unbound);
    law_.phase.scale_out = Bandwidth{.cap = out, .per_sm = {}};
  }

  void note_latency(std::size_t width) {
    const std::string what = fmt::format("latency at EP {}", data_.widths[width]);
    if (const auto& given = data_.given[width]) {
      law_.parameters.push_back({what, false, given->latency, given->from});
    } else {
      note_time(what, width);
    }
  }

  void note_time(std::string what, std::size_t parameter) {
    const Estimate us = estimate_of(solution_.parameters[parameter],
                                    solution_.covariance[parameter][parameter],
                                    solution_.freedom);
    law_.parameters.push_back({std::move(what), false, scaled(us, 1e-6)});
  }

  static std::optional<Estimate> rate_of(const Solution& solution, std::size_t parameter) {
    return reciprocal_of(solution.parameters[parameter],
                         solution.covariance[parameter][parameter],
                         solution.freedom);
  }

  /// The interval holds those at either end of the given latencies.
  void note_rate(std::string what, std::size_t parameter) {
    auto rate = rate_of(solution_, parameter);
    if (!rate) return;
    for (const Solution& end : ends_) {
      if (!end.determined[parameter]) continue;
      const auto other = rate_of(end, parameter);
      if (!other) return;
      rate->low = std::min(rate->low, other->low);
      rate->high = std::max(rate->high, other->high);
    }
    law_.parameters.push_back({std::move(what), true, scaled(*rate, 1.0 / kPerMb)});
  }

  const LawData& data_;
  const LawForm& form_;
  const Solution& solution_;
  std::vector<Solution> ends_;
  KernelLaw& law_;
};

}  // namespace

void write_law(const LawData& data, const LawForm& form, const Solution& solution, KernelLaw& law) {
  Writer(data, form, solution, law).write();
}

}  // namespace wideep
