#include "model/crossing.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace wideep::crossing_test {
namespace {

using doctest::Approx;

constexpr double kWithoutEnd = std::numeric_limits<double>::infinity();

/// Holds from each of `stretches` up to its end, that included.
Balance holds_in(std::vector<std::pair<double, double>> stretches) {
  return [stretches = std::move(stretches)](double tokens) {
    for (const auto& [from, to] : stretches) {
      if (from <= tokens && tokens <= to) return 0.0;
    }
    return -1.0;
  };
}

TEST_SUITE("model/crossing") {
  TEST_CASE("the first stretch, to the last digits") {
    const auto some = first_stretch(holds_in({{3.0, 7.0}, {100.0, kWithoutEnd}}));
    REQUIRE(some);
    CHECK(some->from == Approx(3.0).epsilon(1e-13));
    CHECK(some->until.value() == Approx(7.0).epsilon(1e-13));
    const auto endless = first_stretch(holds_in({{5e5, kWithoutEnd}}));
    REQUIRE(endless);
    CHECK(endless->from == Approx(5e5).epsilon(1e-13));
    CHECK_FALSE(endless->until);
    CHECK_FALSE(first_stretch(holds_in({})));
  }

  TEST_CASE("what holds at a thousandth of a token holds from 0 on") {
    const auto always = first_stretch(holds_in({{0.0, kWithoutEnd}}));
    REQUIRE(always);
    CHECK(always->from == 0.0);
    CHECK_FALSE(always->until);
    const auto few = first_stretch(holds_in({{0.0, kFewestTokens}}));
    REQUIRE(few);
    CHECK(few->from == 0.0);
    CHECK(few->until.value() == Approx(kFewestTokens).epsilon(1e-13));
    const auto above = first_stretch(holds_in({{1.001 * kFewestTokens, kWithoutEnd}}));
    REQUIRE(above);
    CHECK(above->from == Approx(1.001 * kFewestTokens).epsilon(1e-13));
  }

  TEST_CASE("a stretch of a sixteenth of an octave is found wherever it begins") {
    int found = 0;
    for (int step = 0; step < 71; ++step) {
      const double from = 0.002 * std::pow(1.37, step);
      CAPTURE(from);
      const auto stretch = first_stretch(holds_in({{from, from * std::exp2(1.001 / 16)}}));
      REQUIRE(stretch);
      CHECK(stretch->from == Approx(from).epsilon(1e-13));
      ++found;
    }
    CHECK(found > 60);
  }

  TEST_CASE("and from where on it holds throughout") {
    CHECK(holds_from(holds_in({{3.0, 7.0}, {100.0, kWithoutEnd}})).value() ==
          Approx(100.0).epsilon(1e-13));
    CHECK(holds_from(holds_in({{0.0, kWithoutEnd}})).value() == 0.0);
    CHECK(holds_from(holds_in({{1.001 * kFewestTokens, kWithoutEnd}})).value() ==
          Approx(1.001 * kFewestTokens).epsilon(1e-13));
    CHECK_FALSE(holds_from(holds_in({})));
    CHECK_FALSE(holds_from(holds_in({{3.0, kMostTokens - 1.0}})));
  }

  TEST_CASE("up to the largest batch and no further") {
    const double last = 0.999 * kMostTokens;
    CHECK(first_stretch(holds_in({{last, kWithoutEnd}}))->from == Approx(last).epsilon(1e-13));
    CHECK(holds_from(holds_in({{last, kWithoutEnd}})).value() == Approx(last).epsilon(1e-13));
    CHECK(first_stretch(holds_in({{3.0, last}}))->until.value() == Approx(last).epsilon(1e-13));
    const Balance beyond = holds_in({{1.1 * kMostTokens, kWithoutEnd}});
    CHECK_FALSE(first_stretch(beyond));
    CHECK_FALSE(holds_from(beyond));
    CHECK(std::string(why_absent(beyond, "never")) == kBeyondAnyBatch);
    CHECK(std::string(why_absent(holds_in({{1e5 * kMostTokens, kWithoutEnd}}), "never")) ==
          kBeyondAnyBatch);
    CHECK(std::string(why_absent(holds_in({}), "never")) == "never");
    CHECK(std::string(why_absent(holds_in({{3.0, 7.0}}), "never")) == "never");
  }
}

}  // namespace
}  // namespace wideep::crossing_test
