#include "fit/comm_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "fit/errors.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::array<const char*, 8> kFilterKeys = {
    "kernel", "phase", "ep", "sms", "hidden_size", "top_k", "experts", "dtype"};

/// A width that moves its bytes this many times slower than another is not merely wider.
constexpr double kInconsistent = 1.5;
/// GPUs of an HGX board, where nothing else is said.
constexpr int kUsualDomain = 8;

int experts_of(const CommSeries& series) {
  return series.gate.experts.value_or(0);
}

using Shape = std::tuple<int, int, int>;

/// Of the model that the series was measured for.
Shape shape_of(const CommSeries& series) {
  return {series.hidden_size, series.gate.top_k, experts_of(series)};
}

/// What deployments send comes first.
int preference_of(const std::string& dtype) {
  if (dtype == "fp8") return 0;
  return dtype == "bf16" ? 1 : 2;
}

auto key_of(const CommSeries& series) {
  return std::tuple(series.kernel,
                    series.direction,
                    preference_of(series.dtype),
                    series.dtype,
                    shape_of(series),
                    series.ep_width,
                    series.sms,
                    series.gate.groups,
                    series.copies,
                    series.header);
}

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

/// Whether what was measured contradicts the domain that is taken for it.
void check_domain(CommFit& fit) {
  std::set<std::string> told;
  const auto tell = [&](std::string text) {
    if (told.insert(text).second) fit.doubts.push_back(std::move(text));
  };
  for (const SeriesFit& one : fit.series) {
    const CommSeries& series = one.series;
    if (series.gpus_per_domain > 0 && series.gpus_per_domain != fit.gpus_per_domain) {
      tell(fmt::format("a domain is taken to have {} GPUs, and those measured have {}",
                       fit.gpus_per_domain,
                       series.gpus_per_domain));
    }
    if (series.gate.groups > 1 && series.ep_width <= fit.gpus_per_domain) {
      tell(
          fmt::format("{} at EP {} was measured over {} nodes, and a domain of {} GPUs would hold "
                      "them all",
                      series.kernel,
                      series.ep_width,
                      series.gate.groups,
                      fit.gpus_per_domain));
    }
  }
}

bool kept_by(const std::vector<SeriesFilter>& only, const CommSeries& series) {
  // Filters of one key are alternatives; of several keys all must hold.
  std::map<std::string, bool> met;
  for (const SeriesFilter& filter : only) {
    met[filter.key] = met[filter.key] || matches(series, filter);
  }
  return std::all_of(met.begin(), met.end(), [](const auto& key) { return key.second; });
}

/// The series with their samples, sorted; samples held out go to `held`.
std::vector<SeriesFit> sorted_series(const Measurements& measurements,
                                     const CommFitOptions& options,
                                     std::vector<SeriesFit>& held) {
  std::vector<SeriesFit> all(measurements.comm_series.size());
  std::vector<SeriesFit> out(measurements.comm_series.size());
  for (std::size_t at = 0; at < all.size(); ++at) {
    all[at].series = measurements.comm_series[at];
    out[at].series = measurements.comm_series[at];
  }
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  for (const CommSample& sample : measurements.comm) {
    const CommSeries& series = all[sample.series].series;
    if (!kept_by(options.only, series)) continue;
    bool leave_out = false;
    if (options.holdout) {
      const Holdout& holdout = *options.holdout;
      leave_out =
          holdout.filter ? matches(series, *holdout.filter) : uniform(random) < holdout.share;
    }
    (leave_out ? out : all)[sample.series].samples.push_back(sample);
  }
  // The same series may stand in several files.
  std::map<decltype(key_of(CommSeries{})), std::pair<SeriesFit, SeriesFit>> merged;
  for (std::size_t at = 0; at < all.size(); ++at) {
    auto& [fitted, left] = merged[key_of(all[at].series)];
    fitted.series = left.series = all[at].series;
    for (const CommSample& sample : all[at].samples) fitted.samples.push_back(sample);
    for (const CommSample& sample : out[at].samples) left.samples.push_back(sample);
  }
  // The order of files and lines must not matter to what is drawn and left out.
  const auto by_size = [](const CommSample& a, const CommSample& b) {
    return std::tie(a.volume, a.time) < std::tie(b.volume, b.time);
  };
  std::vector<SeriesFit> result;
  for (auto& [key, both] : merged) {
    std::stable_sort(both.first.samples.begin(), both.first.samples.end(), by_size);
    if (!both.first.samples.empty()) result.push_back(std::move(both.first));
    if (!both.second.samples.empty()) held.push_back(std::move(both.second));
  }
  return result;
}

/// Of a kernel's shapes the one with the most widths that tell a curve, then curves, measurements,
/// then bytes a token, then the one nearest to the 256 experts that benchmarks mostly have.
Shape best_shape(const std::vector<SeriesFit>& series, const std::string& kernel) {
  struct Found {
    std::set<int> widths;
    int curves = 0;
    std::size_t samples = 0;
  };
  std::map<Shape, Found> seen;
  for (const SeriesFit& one : series) {
    if (one.series.kernel != kernel) continue;
    Found& found = seen[shape_of(one.series)];
    if (one.curve) found.widths.insert(one.series.ep_width);
    found.curves += one.curve ? 1 : 0;
    found.samples += one.samples.size();
  }
  constexpr int kUsualExperts = 256;
  const auto rank = [](const std::pair<const Shape, Found>& entry) {
    const auto& [hidden, top_k, experts] = entry.first;
    const Found& found = entry.second;
    return std::tuple(found.widths.size(),
                      found.curves,
                      found.samples,
                      hidden * top_k,
                      -std::abs(experts - kUsualExperts));
  };
  return std::max_element(seen.begin(),
                          seen.end(),
                          [&](const auto& a, const auto& b) { return rank(a) < rank(b); })
      ->first;
}

std::string words(const Shape& shape) {
  const auto& [hidden, top_k, experts] = shape;
  return fmt::format("hidden size {}, top-{}, {} experts", hidden, top_k, experts);
}

/// Marks the series that a kernel is calibrated from: one shape, and one dtype each way.
void choose_shapes(CommFit& fit) {
  std::set<std::string> kernels;
  for (const SeriesFit& one : fit.series) kernels.insert(one.series.kernel);
  for (const std::string& kernel : kernels) {
    const Shape shape = best_shape(fit.series, kernel);
    std::set<Shape> shapes;
    std::map<Direction, std::string> dtypes;
    std::set<std::string> left;
    for (SeriesFit& one : fit.series) {
      if (one.series.kernel != kernel) continue;
      shapes.insert(shape_of(one.series));
      one.chosen = shape_of(one.series) == shape;
      if (!one.chosen) continue;
      // Series are sorted by preference, so the first dtype of a direction is the one to take.
      const auto& dtype = dtypes.try_emplace(one.series.direction, one.series.dtype).first->second;
      if (dtype != one.series.dtype) {
        one.chosen = false;
        left.insert(one.series.dtype);
      }
    }
    if (shapes.size() > 1) {
      fit.notes.push_back(
          fmt::format("{} was measured for {} shapes of model and is calibrated for {}; "
                      "--only hidden_size=N, top_k=N, experts=N takes another",
                      kernel,
                      shapes.size(),
                      words(shape)));
    }
    for (const std::string& dtype : left) {
      fit.notes.push_back(fmt::format(
          "{} in {} is fitted but not in the calibration; --only dtype={}", kernel, dtype, dtype));
    }
  }
}

/// Where a kernel was measured with given SMs, measurements that do not say theirs go with no
/// other.
void set_aside_unknown_sms(CommFit& fit) {
  std::set<std::string> driven;
  for (const SeriesFit& one : fit.series) {
    if (one.chosen && one.series.sms > 0) driven.insert(one.series.kernel);
  }
  std::set<std::string> told;
  for (SeriesFit& one : fit.series) {
    if (one.series.sms > 0 || !driven.contains(one.series.kernel)) continue;
    one.chosen = false;
    if (told.insert(one.series.kernel).second) {
      fit.notes.push_back(fmt::format(
          "some measurements of {} do not say on how many SMs, and are not in the calibration",
          one.series.kernel));
    }
  }
}

/// Bytes over time on either tier, in B/s.
struct TierRates {
  double inside = 0.0;
  double outside = 0.0;
};

/// The fastest rates of each width beyond one domain, over its SMs.
std::map<int, TierRates> rates_by_width(const std::vector<SeriesFit>& series,
                                        const SeriesFit& like,
                                        int gpus_per_domain) {
  std::map<int, TierRates> rates;
  for (const SeriesFit& one : series) {
    const bool same = one.chosen && one.curve && one.series.kernel == like.series.kernel &&
                      one.series.direction == like.series.direction;
    if (!same || one.series.ep_width <= gpus_per_domain) continue;
    const TierBytes bytes = tier_bytes(one.series, Bytes(1.0), gpus_per_domain);
    TierRates& rate = rates[one.series.ep_width];
    rate.inside = std::max(rate.inside, bytes.inside / unit::B / one.curve->slope);
    rate.outside = std::max(rate.outside, bytes.outside / unit::B / one.curve->slope);
  }
  return rates;
}

/// Sets aside the widths of a kernel whose bytes move far slower than at another of its widths, on
/// both tiers: where SMs bind, few bytes leave the domain though all move as fast.
void mark_inconsistent(CommFit& fit) {
  std::map<std::pair<std::string, int>, std::string> marked;
  for (const SeriesFit& one : fit.series) {
    if (!one.chosen || !one.curve || one.series.ep_width <= fit.gpus_per_domain) continue;
    const auto rates = rates_by_width(fit.series, one, fit.gpus_per_domain);
    const TierRates own = rates.at(one.series.ep_width);
    std::pair<int, double> fastest{0, 0.0};  // of the widths that are faster on both tiers
    for (const auto& [width, other] : rates) {
      const bool faster =
          own.outside * kInconsistent < other.outside && own.inside * kInconsistent < other.inside;
      if (faster && other.outside > fastest.second) fastest = {width, other.outside};
    }
    if (fastest.first == 0) continue;
    marked[{one.series.kernel, one.series.ep_width}] = fmt::format(
        "{} at EP {} moves {} out of the domain where EP {} moves {}: a congested run, or ranks on "
        "the wrong NIC, not a property of the width",
        name_of(one.series.direction),
        one.series.ep_width,
        format(BytesPerSecond(own.outside)),
        fastest.first,
        format(BytesPerSecond(fastest.second)));
  }
  for (SeriesFit& one : fit.series) {
    const auto found = marked.find({one.series.kernel, one.series.ep_width});
    if (found != marked.end() && one.chosen) one.inconsistent = found->second;
  }
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
      all.push_back(std::abs(law->time(series.ep_width, series.sms, bytes) / sample.time - 1.0));
    }
  }
  for (const auto& [key, all] : errors) {
    const ErrorSummary summary = summary_of(all);
    fit.held_out.push_back(
        {key.first, key.second, summary.points, summary.median, summary.largest, ""});
  }
}

}  // namespace

const char* name_of(Direction direction) {
  if (direction == Direction::kEither) return "both";
  return direction == Direction::kDispatch ? "dispatch" : "combine";
}

bool is_filter_key(const std::string& key) {
  return std::find(kFilterKeys.begin(), kFilterKeys.end(), key) != kFilterKeys.end();
}

bool matches(const CommSeries& series, const SeriesFilter& filter) {
  const std::string& key = filter.key;
  const std::string& value = filter.value;
  if (key == "kernel") return series.kernel == value;
  if (key == "phase") return name_of(series.direction) == value;
  if (key == "dtype") return series.dtype == value;
  const std::array<std::pair<const char*, int>, 5> numbers = {{{"ep", series.ep_width},
                                                               {"sms", series.sms},
                                                               {"hidden_size", series.hidden_size},
                                                               {"top_k", series.gate.top_k},
                                                               {"experts", experts_of(series)}}};
  return std::any_of(numbers.begin(), numbers.end(), [&](const auto& number) {
    return key == number.first && value == std::to_string(number.second);
  });
}

std::optional<Seconds> law_time(const CommFit& fit, const SeriesFit& series, Bytes volume) {
  const CommSeries& of = series.series;
  if (!series.in_law) return std::nullopt;
  for (const KernelLaw& law : fit.laws) {
    if (law.series.kernel != of.kernel || law.series.direction != of.direction) continue;
    return law.time(of.ep_width, of.sms, tier_bytes(of, volume, fit.gpus_per_domain));
  }
  return std::nullopt;
}

CommFit fit_comm(const Measurements& measurements, const CommFitOptions& options) {
  CommFit fit;
  fit.gpus_per_domain = domain_of(measurements, options, fit);
  std::vector<SeriesFit> held;
  fit.series = sorted_series(measurements, options, held);
  for (SeriesFit& one : fit.series) {
    CurveFit found = fit_curve(one.samples);
    one.curve = std::move(found.curve);
    one.reason = std::move(found.reason);
  }
  check_domain(fit);
  choose_shapes(fit);
  set_aside_unknown_sms(fit);
  mark_inconsistent(fit);
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
  predict_held_out(held, fit);
  return fit;
}

}  // namespace wideep
