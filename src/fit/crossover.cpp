#include "fit/crossover.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <random>

#include <fmt/format.h>

namespace wideep {
namespace {

/// Batches beyond this are in no engine.
constexpr double kMostTokens = 65536.0;

/// One direction as a function of tokens.
struct TokenCurve {
  double latency = 0.0;
  double per_token = 0.0;
  double floor = 0.0;

  [[nodiscard]] double time(double tokens) const {
    return std::max(floor, latency + tokens * per_token);
  }
};

struct Pair {
  TokenCurve dispatch;
  TokenCurve combine;
  double off = 1.0;  ///< what single times stray from the curves by

  [[nodiscard]] double time(double tokens) const {
    return off * (dispatch.time(tokens) + combine.time(tokens));
  }
};

/// V of one token; nothing where no sample says how many tokens it is of. The largest sample tells
/// best: DeepEP's test masks ten copies of every run.
std::optional<double> bytes_per_token(const CurveData& data) {
  const CommSample* largest = nullptr;
  for (const CommSample& sample : data.samples) {
    if (largest == nullptr || sample.tokens > largest->tokens) largest = &sample;
  }
  if (largest == nullptr || largest->tokens <= 0.0) return std::nullopt;
  return largest->volume / unit::B / largest->tokens;
}

TokenCurve at_estimates(const CurveData& data, double per_token) {
  const Curve& curve = data.curve;
  return {curve.latency.value, curve.slope * per_token, curve.floor ? curve.floor->value : 0.0};
}

/// Latency and slope drawn from their joint distribution.
TokenCurve drawn(const CurveData& data, double per_token, std::mt19937& random) {
  std::normal_distribution<double> normal;
  const Curve& curve = data.curve;
  const double slope_sd = std::sqrt(curve.slope_variance);
  const double first = normal(random);
  const double second = normal(random);
  const double shared =
      slope_sd > 0.0 ? curve.latency_slope_covariance / (slope_sd * curve.latency.se + 1e-300)
                     : 0.0;
  const double own = std::sqrt(std::max(0.0, 1.0 - shared * shared));
  TokenCurve result = at_estimates(data, per_token);
  result.per_token = std::max(0.0, (curve.slope + slope_sd * first) * per_token);
  result.latency =
      std::max(0.0, result.latency + curve.latency.se * (shared * first + own * second));
  return result;
}

/// The smallest batch from which `other` is faster, having been slower; nothing where there is
/// none.
std::optional<double> first_crossing(const Pair& one, const Pair& other) {
  const auto gain = [&](double tokens) { return one.time(tokens) - other.time(tokens); };
  constexpr double kStep = 1.1;
  if (gain(1.0) >= 0.0) return std::nullopt;
  double below = 1.0;
  while (below < kMostTokens && gain(below * kStep) < 0.0) below *= kStep;
  if (below >= kMostTokens) return std::nullopt;
  double above = below * kStep;
  constexpr int kHalvings = 50;
  for (int turn = 0; turn < kHalvings; ++turn) {
    const double middle = 0.5 * (below + above);
    (gain(middle) < 0.0 ? below : above) = middle;
  }
  return above;
}

/// Median time by tokens.
std::map<double, double> measured_times(const CurveData& data) {
  std::map<double, std::vector<double>> all;
  for (const CommSample& sample : data.samples) {
    if (sample.tokens > 0.0) all[sample.tokens].push_back(sample.time / unit::s);
  }
  std::map<double, double> medians;
  for (auto& [tokens, times] : all) {
    std::sort(times.begin(), times.end());
    medians[tokens] = times[times.size() / 2];
  }
  return medians;
}

/// Measured time of both directions by tokens.
std::map<double, double> measured_sum(const KernelCurves& kernel) {
  const std::map<double, double> dispatch = measured_times(*kernel.dispatch);
  std::map<double, double> sum;
  for (const auto& [tokens, time] : measured_times(*kernel.combine)) {
    if (const auto found = dispatch.find(tokens); found != dispatch.end()) {
      sum[tokens] = time + found->second;
    }
  }
  return sum;
}

void add_measured(const KernelCurves& one, const KernelCurves& other, MeasuredCrossover& result) {
  const std::map<double, double> slow = measured_sum(other);
  std::optional<std::pair<double, double>> before;  // tokens and log of the ratio
  int common = 0;
  for (const auto& [tokens, time] : measured_sum(one)) {
    const auto found = slow.find(tokens);
    if (found == slow.end()) continue;
    ++common;
    const double ratio = std::log(time / found->second);
    if (before && before->second < 0.0 && ratio >= 0.0) {
      const double share = before->second / (before->second - ratio);
      result.measured = before->first * std::pow(tokens / before->first, share);
      return;
    }
    before = {tokens, ratio};
  }
  result.measured_reason =
      common < 2
          ? "the two were not measured at the same sizes"
          : fmt::format(
                "at none of {} sizes measured with both does {} overtake", common, result.above);
}

Pair pair_of(const KernelCurves& kernel, double dispatch_bytes, double combine_bytes) {
  return {at_estimates(*kernel.dispatch, dispatch_bytes),
          at_estimates(*kernel.combine, combine_bytes)};
}

/// By how much both directions of a kernel stray from their curves at a given size: together, since
/// a pipeline that is not full slows either.
double spread(const KernelCurves& kernel) {
  return std::max(kernel.dispatch->curve.spread, kernel.combine->curve.spread);
}

void add_interval(const KernelCurves& one,
                  const KernelCurves& other,
                  const std::array<double, 4>& bytes,
                  MeasuredCrossover& result) {
  constexpr int kDraws = 4000;
  constexpr double kTail = 0.025;
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::vector<double> found;
  int before_one = 0;  // the other is faster at every size
  for (int draw = 0; draw < kDraws; ++draw) {
    Pair first{drawn(*one.dispatch, bytes[0], random), drawn(*one.combine, bytes[1], random)};
    Pair second{drawn(*other.dispatch, bytes[2], random), drawn(*other.combine, bytes[3], random)};
    first.off = std::exp(spread(one) * normal(random));
    second.off = std::exp(spread(other) * normal(random));
    const auto crossing = first_crossing(first, second);
    if (crossing) {
      found.push_back(*crossing);
    } else if (first.time(1.0) >= second.time(1.0)) {
      ++before_one;
    } else {
      found.push_back(2.0 * kMostTokens);
    }
  }
  found.insert(found.end(), static_cast<std::size_t>(before_one), 0.0);
  std::sort(found.begin(), found.end());
  const double low = found[static_cast<std::size_t>(kTail * kDraws)];
  const double high = found[static_cast<std::size_t>((1.0 - kTail) * kDraws)];
  if (low >= 1.0) result.low = low;
  if (high <= kMostTokens) result.high = high;
}

}  // namespace

std::optional<MeasuredCrossover> crossover(const KernelCurves& one, const KernelCurves& other) {
  const auto known = [](const CurveData* own, const CurveData* same) {
    const auto bytes = bytes_per_token(*own);
    return bytes ? bytes : bytes_per_token(*same);
  };
  const auto one_dispatch = known(one.dispatch, other.dispatch);
  const auto one_combine = known(one.combine, other.combine);
  const auto other_dispatch = known(other.dispatch, one.dispatch);
  const auto other_combine = known(other.combine, one.combine);
  if (!one_dispatch || !one_combine) return std::nullopt;
  const auto alike = [](double a, double b) {
    constexpr double kHeader =
        0.02;  // LL's is 16 of 7,408 B at hidden size 7168, 16 of 2,128 at 2048
    return std::abs(a / b - 1.0) < kHeader;
  };
  // Tokens of different models do not compare.
  if (!alike(*one_dispatch, *other_dispatch) || !alike(*one_combine, *other_combine)) {
    return std::nullopt;
  }

  MeasuredCrossover result;
  result.ep_width = one.dispatch->series.ep_width;
  result.sms = std::max(one.dispatch->series.sms, other.dispatch->series.sms);
  const Pair first = pair_of(one, *one_dispatch, *one_combine);
  const Pair second = pair_of(other, *other_dispatch, *other_combine);
  const bool in_order = first.time(1.0) <= second.time(1.0);
  const KernelCurves& low = in_order ? one : other;
  const KernelCurves& high = in_order ? other : one;
  std::array<double, 4> bytes{*one_dispatch, *one_combine, *other_dispatch, *other_combine};
  if (!in_order) bytes = {*other_dispatch, *other_combine, *one_dispatch, *one_combine};
  result.below = low.dispatch->series.kernel;
  result.above = high.dispatch->series.kernel;
  result.tokens = in_order ? first_crossing(first, second) : first_crossing(second, first);
  add_measured(low, high, result);
  if (!result.tokens) {
    result.reason = fmt::format("{} is faster at every size", result.below);
    return result;
  }
  result.volume = *result.tokens * bytes.front() * unit::B;
  add_interval(low, high, bytes, result);
  return result;
}

}  // namespace wideep
