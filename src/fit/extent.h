#pragma once

#include <algorithm>
#include <functional>

namespace wideep {

/// Nearer than this no two sizes, loads or contexts tell what is paid once from what grows with
/// them.
inline constexpr double kLeastRatio = 2.0;

/// From least to most.
struct Extent {
  double least = 0.0;
  double most = 0.0;
};

/// Of what `value` says of each of the samples, at least one.
template <class Samples, class Value>
Extent extent_of(const Samples& samples, const Value& value) {
  Extent extent;
  extent.least = extent.most = std::invoke(value, samples.front());
  for (const auto& sample : samples) {
    extent.least = std::min<double>(extent.least, std::invoke(value, sample));
    extent.most = std::max<double>(extent.most, std::invoke(value, sample));
  }
  return extent;
}

}  // namespace wideep
