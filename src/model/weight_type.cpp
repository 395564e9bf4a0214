#include "model/weight_type.h"

namespace wideep {

Bytes bytes_of(WeightType type) {
  constexpr double kFourBits = 0.5;
  switch (type) {
    case WeightType::kBf16:
      return Bytes(2.0);
    case WeightType::kFp8:
      return Bytes(1.0);
    case WeightType::kInt4Group128:
      return Bytes(kFourBits + 2.0 / 128);
    case WeightType::kInt4Group64:
      return Bytes(kFourBits + 2.0 / 64);
    case WeightType::kMxfp4:
      return Bytes(kFourBits + 1.0 / 32);  // a byte of scale for 32 weights
    case WeightType::kNvfp4:
    case WeightType::kInt4:
      break;
  }
  return Bytes(kFourBits + 1.0 / 16);  // a byte for 16 weights, or two for 32
}

}  // namespace wideep
