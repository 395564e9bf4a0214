#pragma once

#include <optional>

#include "model/thresholds.h"

namespace wideep {

/// More tokens per rank than engines put into a step, prefill included.
inline constexpr double kLargestStep = 65'536.0;

/// The token threshold to set in an engine, which splits 50/50: even, so that its halves are equal.
/// Nothing where no batch in use is large enough.
std::optional<double> engine_threshold(const Thresholds& thresholds);

/// The threshold with which an engine overlaps a batch of that many tokens: that of a stretch where
/// the batch is in it; nothing where the batch is below what pays.
std::optional<double> engine_setting(const Thresholds& thresholds, double tokens);

}  // namespace wideep
