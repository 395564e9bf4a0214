#include "plan/time_law.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "plan/erlang.h"

namespace wideep {
namespace {

/// Of a gamma variate x, slope cbrt(x) - level is nearly normal.
struct CubeRoot {
  double slope = 0.0;
  double level = 0.0;
};

CubeRoot cube_root(double mean, double variance) {
  constexpr double kNoVariance = 1e6;  // shape beyond which a law is a point
  constexpr double kNine = 9.0;
  const double shape = variance * kNoVariance > mean * mean ? mean * mean / variance : kNoVariance;
  const double deviations = 3.0 * std::sqrt(shape);
  return {deviations / std::cbrt(mean), deviations * (1.0 - 1.0 / (kNine * shape))};
}

double share_above(const CubeRoot& root, double value) {
  return value <= 0.0 ? 1.0 : normal_share(root.level - root.slope * std::cbrt(value));
}

struct PreparedPart {
  double weight;
  double offset;  // s
  bool point;
  CubeRoot root;
};

double share_above(const std::vector<PreparedPart>& parts, double time) {
  double share = 0.0;
  for (const PreparedPart& part : parts) {
    if (part.point) {
      share += time < part.offset ? part.weight : 0.0;
    } else {
      share += part.weight * share_above(part.root, time - part.offset);
    }
  }
  return share;
}

}  // namespace

double gamma_share_above(double value, double mean, double variance) {
  return share_above(cube_root(mean, variance), value);
}

Seconds quantile(const std::vector<TimePart>& parts, double share) {
  constexpr double kExact = 2e-3;
  constexpr double kNothing = 1e-9;  // s
  constexpr double kFarthest = 4.0;  // deviations of a part, from which the search doubles
  const double above = 1.0 - share;
  std::vector<PreparedPart> prepared;
  prepared.reserve(parts.size());
  double high = 0.0;
  for (const TimePart& part : parts) {
    const double mean = part.mean.base();
    const bool point = mean <= 0.0;
    prepared.push_back({part.weight,
                        part.offset.base(),
                        point,
                        point ? CubeRoot{} : cube_root(mean, part.variance.base())});
    const double reach = mean + kFarthest * std::sqrt(part.variance.base());
    high = std::max(high, part.offset.base() + reach);
  }
  while (share_above(prepared, high) > above) high *= 2.0;
  double low = 0.0;
  while (high - low > std::max(kExact * high, kNothing)) {
    const double middle = 0.5 * (low + high);
    (share_above(prepared, middle) > above ? low : high) = middle;
  }
  return Seconds(high);
}

}  // namespace wideep
