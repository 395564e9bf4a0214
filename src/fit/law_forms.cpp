#include "fit/law_forms.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wideep {
namespace {

std::vector<int> sorted_set(std::span<const CurveData> curves, int CommSeries::*member) {
  std::vector<int> all;
  for (const CurveData& data : curves) all.push_back(data.series.*member);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void take_start(const CurveData& data,
                const TierBytes& of_one_byte,
                std::size_t width,
                LawData& all) {
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

/// What distinguishes one form from another.
struct FormChoice {
  bool up_by_width = false;
  bool out_by_width = false;
  bool floor = false;
  bool per_sm = false;
  bool cap = false;
  bool wire = true;          ///< whether the scale-out tier may bind
  double ramp_tokens = 0.0;  ///< T1; 0: no ramp
};

std::string name_of(const FormChoice& choice) {
  std::string name = choice.out_by_width ? "per_width" : "by_tier";
  if (choice.per_sm) name = choice.up_by_width ? "sms_by_width" : "sms_shared";
  if (!choice.wire) name += "_inside";
  if (choice.cap) name += "_cap";
  if (choice.floor) name += "_floor";
  if (choice.ramp_tokens > 0.0) name += "_ramp";
  return name;
}

double largest(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

/// What the form says of each point.
void add_observations(const LawData& data, const FormChoice& choice, LawForm& form) {
  for (const LawPoint& point : data.points) {
    const auto& given = data.given[point.width];
    const LinearTerm latency =
        given ? LinearTerm{kKnown, data.latencies[point.width]} : LinearTerm{point.width, 1.0};
    Observation observation{point.time, {}};
    LinearForm start = {latency};
    if (!form.ramp.empty()) {
      start.push_back({form.ramp[point.width], point.tokens / (point.tokens + form.ramp_tokens)});
    }
    const auto moving = [&](std::size_t parameter, double bytes) {
      LinearForm branch = start;
      branch.push_back({parameter, bytes});
      observation.branches.push_back(std::move(branch));
    };
    const double driven = choice.per_sm ? point.inside / point.sms : point.inside;
    moving(form.up[point.width], driven);
    if (point.outside > 0.0 && choice.wire) moving(form.out[point.width], point.outside);
    if (form.cap) moving(*form.cap, point.inside);
    if (form.floor) observation.branches.push_back({{*form.floor, 1.0}});
    form.regression.observations.push_back(std::move(observation));
  }
}

LawForm build(const LawData& data, const FormChoice& choice) {
  LawForm form;
  form.name = name_of(choice);
  form.per_sm = choice.per_sm;
  const bool any_given =
      std::any_of(data.given.begin(), data.given.end(), [](const auto& one) { return one; });
  if (any_given) form.regression.sigma_without_freedom = kUsualSpread;
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
    for (const LawPoint& point : data.points) lowest = std::min(lowest, point.time);
    form.floor = add(lowest);
  }
  if (choice.cap) form.cap = add(cap);
  if (choice.ramp_tokens > 0.0) {
    form.ramp_tokens = choice.ramp_tokens;
    for (const double latency : data.latencies) form.ramp.push_back(add(latency));
  }
  add_observations(data, choice, form);
  return form;
}

/// The T1 that are tried: half a ramp is paid at so many tokens.
constexpr std::array kRampTokens = {
    50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 400.0, 500.0, 600.0, 800.0};

bool tells_tokens(const LawData& data) {
  return std::all_of(data.points.begin(), data.points.end(), [](const LawPoint& point) {
    return point.tokens > 0.0;
  });
}

/// The forms of kernels that run on SMs of their own, with what else `basis` has.
void add_driven(const LawData& data, const FormChoice& basis, std::vector<FormChoice>& choices) {
  const bool crosses =
      std::find(data.crosses.begin(), data.crosses.end(), true) != data.crosses.end();
  for (const bool by_width : {false, true}) {
    FormChoice choice = basis;
    choice.up_by_width = by_width;
    if (crosses) {
      // With few SMs the wire may never be full.
      choice.wire = false;
      choices.push_back(choice);
      choice.wire = true;
    }
    choices.push_back(choice);
    choice.cap = true;
    choices.push_back(choice);
  }
}

std::vector<std::optional<GivenLatency>> given_latencies(std::span<const CurveData> curves,
                                                         const std::vector<int>& widths) {
  std::vector<std::optional<GivenLatency>> given(widths.size());
  for (std::size_t at = 0; at < widths.size(); ++at) {
    bool told = false;
    for (const CurveData& one : curves) {
      if (one.series.ep_width != widths[at]) continue;
      told = told || !one.curve.given;
      if (one.curve.given) given[at] = one.curve.given;
    }
    if (told) given[at].reset();
  }
  return given;
}

}  // namespace

LawData gather(std::span<const CurveData> curves, int gpus_per_domain) {
  LawData data;
  data.widths = sorted_set(curves, &CommSeries::ep_width);
  data.sms = sorted_set(curves, &CommSeries::sms);
  for (auto* start : {&data.latencies, &data.steepest, &data.flattest, &data.outside}) {
    start->assign(data.widths.size(), 0.0);
  }
  data.crosses.assign(data.widths.size(), false);
  data.given = given_latencies(curves, data.widths);
  for (const CurveData& one : curves) {
    const CommSeries& series = one.series;
    const auto width = static_cast<std::size_t>(
        std::lower_bound(data.widths.begin(), data.widths.end(), series.ep_width) -
        data.widths.begin());
    take_start(one, tier_bytes(series, Bytes(1.0), gpus_per_domain), width, data);
    for (std::size_t at = 0; at < one.samples.size(); ++at) {
      if (one.curve.is_outlier(at)) continue;
      const TierBytes bytes = tier_bytes(series, one.samples[at].volume, gpus_per_domain);
      data.points.push_back({.width = width,
                             .sms = series.sms,
                             .inside = bytes.inside / unit::MB,
                             .outside = bytes.outside / unit::MB,
                             .time = one.samples[at].time / unit::us,
                             .tokens = one.samples[at].tokens});
    }
  }
  return data;
}

std::vector<LawForm> candidate_forms(const LawData& data) {
  std::vector<FormChoice> choices;
  const bool driven = data.sms.size() > 1;
  for (const bool floor : {false, true}) {
    if (driven) {
      add_driven(data, {.floor = floor, .per_sm = true}, choices);
    } else {
      choices.push_back({.floor = floor});
      choices.push_back({.up_by_width = true, .out_by_width = true, .floor = floor});
    }
  }
  if (driven && tells_tokens(data)) {
    for (const double tokens : kRampTokens) {
      add_driven(data, {.per_sm = true, .ramp_tokens = tokens}, choices);
    }
  }
  std::vector<LawForm> forms;
  for (const FormChoice& choice : choices) {
    // With one width there is nothing to share.
    if (data.widths.size() == 1 && choice.up_by_width) continue;
    forms.push_back(build(data, choice));
  }
  std::stable_sort(forms.begin(), forms.end(), [](const LawForm& a, const LawForm& b) {
    return a.regression.start.size() < b.regression.start.size();
  });
  return forms;
}

}  // namespace wideep
