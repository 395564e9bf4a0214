#pragma once

#include "units/quantity.h"

namespace wideep {

/// What weights are stored in. Four-bit integers have a scale of two bytes for so many weights.
enum class WeightType { kBf16, kFp8, kNvfp4, kMxfp4, kInt4, kInt4Group64, kInt4Group128 };

/// Bytes of one weight, scales of its block included: 2, 1, 1/2 + 1/16, 1/2 + 1/32, 1/2 + 1/16,
/// 1/2 + 1/32, 1/2 + 1/64.
Bytes bytes_of(WeightType type);

}  // namespace wideep
