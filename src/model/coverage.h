#pragma once

#include <algorithm>
#include <string>

#include "model/fabric.h"
#include "model/problem.h"

namespace wideep {

/// The EP widths that every table among figures covers; high 0: there is no table.
struct Coverage {
  int low = 1;
  int high = 0;

  template <class Q>
  void narrow(const ByWidth<Q>& figure) {
    if (figure.everywhere) return;
    const int last = figure.points.back().ep_width;
    low = std::max(low, figure.points.front().ep_width);
    high = high == 0 ? last : std::min(high, last);
  }
  void narrow(const Bandwidth& bandwidth) {
    if (bandwidth.cap) narrow(*bandwidth.cap);
    if (bandwidth.per_sm) narrow(*bandwidth.per_sm);
  }
  [[nodiscard]] bool covers(int ep_width) const {
    return high == 0 || (low <= ep_width && ep_width <= high);
  }
  /// The nearest width that it covers; where tables have none in common, one of their ends.
  [[nodiscard]] int nearest(int ep_width) const {
    if (high == 0) return ep_width;
    return std::min(std::max(ep_width, low), std::max(low, high));
  }
};

/// "8 to 64", "64" or "none in common".
std::string text_of(const Coverage& coverage);

Coverage bandwidth_coverage(const Kernel& kernel);
Coverage latency_coverage(const Kernel& kernel);

/// Whether the size, type and number of the experts are known, of which a fused kernel is priced.
bool states_experts(const Model& model);

/// Whether the configuration can be priced in its layout and at its width: with a fused kernel
/// where the experts are known, with others where their figures reach it.
bool can_price(const Problem& problem, const Config& config);

/// Whether the kernel's bandwidths reach that width, so that it can be priced there at all. They
/// stand for what leaves the domain and change by factors with the width; latencies change little,
/// and beyond their table the nearest is taken.
bool has_figures(const Kernel& kernel, int ep_width);

}  // namespace wideep
