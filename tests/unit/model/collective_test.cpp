#include "model/collective.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "model/fabric.h"
#include "model/words.h"

namespace wideep::collective_test {
namespace {

using doctest::Approx;

constexpr Seconds us(double value) {
  return value * unit::us;
}

constexpr Bytes kb(double value) {
  return Bytes(1e3 * value);
}

/// 5 us to 2 kB, then 1 us a kB to 4 kB, level to 10 kB, then 0.5 us a kB.
CollectiveCurve curve() {
  return {.points = {{kb(2), us(5)}, {kb(4), us(7)}, {kb(10), us(7)}, {kb(20), us(12)}}};
}

TEST_SUITE("model/collective") {
  TEST_CASE("the points themselves") {
    for (const CollectivePoint& point : curve().points) {
      CHECK(curve().at(point.bytes) / unit::us == Approx(point.time / unit::us));
    }
  }

  TEST_CASE("linear in bytes between points") {
    CHECK(curve().at(kb(3)) / unit::us == Approx(6));
    CHECK(curve().at(kb(2.5)) / unit::us == Approx(5.5));
    CHECK(curve().at(kb(7)) / unit::us == Approx(7));
    CHECK(curve().at(kb(12)) / unit::us == Approx(8));
  }

  TEST_CASE("the first time below, the last slope beyond") {
    CHECK(curve().at(Bytes(0)) / unit::us == Approx(5));
    CHECK(curve().at(kb(1.999)) / unit::us == Approx(5));
    CHECK(curve().at(kb(40)) / unit::us == Approx(22));
    CHECK(curve().at(kb(1020)) / unit::us == Approx(12 + 500));
    const CollectiveCurve two = {.points = {{kb(10), us(4)}, {kb(20), us(6)}}};
    CHECK(two.at(kb(5)) / unit::us == Approx(4));
    CHECK(two.at(kb(15)) / unit::us == Approx(5));
    CHECK(two.at(kb(30)) / unit::us == Approx(8));
  }

  TEST_CASE("more bytes never take less") {
    Seconds before = curve().at(Bytes(0));
    for (int bytes = 0; bytes < 40'000; bytes += 130) {
      const Seconds time = curve().at(Bytes(bytes));
      CHECK(time >= before);
      before = time;
    }
    CHECK(before > us(12));
  }

  TEST_CASE("a curve is found by its operation and exact number of ranks") {
    Collectives all;
    all.of(CollectiveOp::kAllReduce) = {{2, curve()}, {8, curve()}};
    all.of(CollectiveOp::kReduceScatter) = {{4, curve()}};
    CHECK(all.find(CollectiveOp::kAllReduce, 2) == &all.of(CollectiveOp::kAllReduce).front().curve);
    CHECK(all.find(CollectiveOp::kAllReduce, 8) == &all.of(CollectiveOp::kAllReduce).back().curve);
    CHECK(all.find(CollectiveOp::kReduceScatter, 4) != nullptr);
    CHECK(all.find(CollectiveOp::kAllReduce, 4) == nullptr);
    CHECK(all.find(CollectiveOp::kReduceScatter, 8) == nullptr);
    CHECK(all.find(CollectiveOp::kAllGather, 2) == nullptr);
  }

  TEST_CASE("what lies beyond the measured range, on either side of both") {
    const CollectiveRange range = {
        .fewest_ranks = 2, .most_ranks = 4, .least = kb(2), .most = kb(20)};
    CHECK(range.holds(2, kb(2)));
    CHECK(range.holds(4, kb(20)));
    CHECK_FALSE(range.holds(1, kb(10)));
    CHECK_FALSE(range.holds(8, kb(10)));
    CHECK_FALSE(range.holds(2, kb(1)));
    CHECK_FALSE(range.holds(2, kb(21)));
    const CollectiveRange of_ranks = {.fewest_ranks = 2, .most_ranks = 4};
    CHECK(of_ranks.holds(3, kb(1e6)));
    CHECK_FALSE(of_ranks.holds(8, kb(1e6)));
    CHECK(CollectiveRange{}.holds(72, kb(1)));
  }

  TEST_CASE("a kernel of collectives has no overlap") {
    Kernel kernel;
    kernel.collectives = std::make_shared<Collectives>();
    for (const auto& word : kOverlapWords) {
      CHECK(kernel.has_mode(word.second) == (word.second == Overlap::kNone));
    }
  }
}

}  // namespace
}  // namespace wideep::collective_test
