#pragma once

#include <cmath>
#include <vector>

namespace wideep {

/// A figure at one EP width.
template <class Q>
struct WidthPoint {
  int ep_width = 1;
  Q value{};
};

/// A figure that may depend on the EP width: one number for every width, or measured points between
/// which it is interpolated linearly in log2(width). Outside the points covers() is false and at()
/// holds the nearest one's value; who asks there says so to the reader.
template <class Q>
struct ByWidth {
  std::vector<WidthPoint<Q>> points;  ///< ascending widths; exactly one point when `everywhere`
  bool everywhere = true;             ///< the single point holds at every width

  static ByWidth constant(Q value) { return {.points = {{1, value}}, .everywhere = true}; }

  [[nodiscard]] bool covers(int ep_width) const {
    return everywhere ||
           (points.front().ep_width <= ep_width && ep_width <= points.back().ep_width);
  }

  [[nodiscard]] Q at(int ep_width) const {
    if (everywhere || ep_width <= points.front().ep_width) return points.front().value;
    if (ep_width >= points.back().ep_width) return points.back().value;
    std::size_t upper = 0;
    while (points[upper].ep_width < ep_width) ++upper;
    const WidthPoint<Q>& below = points[upper - 1];
    const WidthPoint<Q>& above = points[upper];
    if (above.ep_width == ep_width) return above.value;
    const double share = std::log2(static_cast<double>(ep_width) / below.ep_width) /
                         std::log2(static_cast<double>(above.ep_width) / below.ep_width);
    return below.value + share * (above.value - below.value);
  }
};

}  // namespace wideep
