#include "engines/dbo_threshold.h"

#include <cmath>

namespace wideep {

std::optional<double> engine_threshold(const Thresholds& thresholds) {
  const auto& half = thresholds.break_even_half_split_tokens.value;
  if (!half || *half > kLargestStep) return std::nullopt;
  return 2.0 * (std::floor(*half / 2.0) + 1.0);
}

std::optional<double> engine_setting(const Thresholds& thresholds, double tokens) {
  const auto from = engine_threshold(thresholds);
  if (from && tokens >= *from) return from;
  const auto& stretch = thresholds.half_split_stretch;
  const bool inside = stretch && tokens > stretch->from && tokens < *stretch->until;
  return inside ? std::optional(2.0 * (std::floor(stretch->from / 2.0) + 1.0)) : std::nullopt;
}

}  // namespace wideep
