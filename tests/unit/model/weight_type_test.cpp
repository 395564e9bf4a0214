#include "model/weight_type.h"

#include <array>

#include <doctest/doctest.h>

#include "model/words.h"

namespace wideep::weight_type_test {
namespace {

TEST_SUITE("model/weight_type") {
  TEST_CASE("a weight takes its bits, and its share of a scale") {
    struct Row {
      WeightType type;
      const char* name;
      double bytes_of_128;
    };
    // 128 weights: 256 or 128 B, or 64 B and scales: 8 or 4 of one byte, or 4, 2 or 1 of two.
    constexpr std::array<Row, 7> kRows = {{{WeightType::kBf16, "bf16", 256},
                                           {WeightType::kFp8, "fp8", 128},
                                           {WeightType::kNvfp4, "nvfp4", 64 + 8},
                                           {WeightType::kMxfp4, "mxfp4", 64 + 4},
                                           {WeightType::kInt4, "int4", 64 + 8},
                                           {WeightType::kInt4Group64, "int4_g64", 64 + 4},
                                           {WeightType::kInt4Group128, "int4_g128", 64 + 2}}};
    for (const Row& row : kRows) {
      CAPTURE(row.name);
      CHECK(128.0 * bytes_of(row.type) == Bytes(row.bytes_of_128));
      CHECK(name_of(row.type) == row.name);
    }
  }
}

}  // namespace
}  // namespace wideep::weight_type_test
