// Factors that are drawn are the same on every platform: a result that depends on the machine it
// was found on cannot be compared. Drawn once, hence to nine digits, which other libraries' last
// ones do not reach; that the numbers are right is held by straggler_test.cpp.
#include <utility>

#include <doctest/doctest.h>

#include "model/straggler.h"

namespace wideep::straggler_draws_test {
namespace {

constexpr auto kContiguous = Placement::kContiguous;
constexpr auto kBalanced = Placement::kBalanced;

TEST_SUITE("model/straggler_draws") {
  TEST_CASE("drawn factors are those of any other platform") {
    const auto check = [](const Skew& skew, const SkewCase& group, double factor) {
      CAPTURE(factor);
      CHECK(straggler_factor(skew, group) == doctest::Approx(factor).epsilon(1e-9));
    };
    using Kind = Skew::Kind;
    check({Kind::kZipf, 0.6}, {256, 256, 8, 32, 64, kContiguous}, 2.405800903849);
    check({Kind::kZipf, 0.6}, {1024, 1024, 8, 32, 64, kContiguous}, 1.877255850436);
    check({Kind::kZipf, 0.6}, {256, 288, 8, 32, 64, kBalanced}, 1.267524808322);
    check({Kind::kZipf, 0.6}, {16, 16, 2, 4, 8, kContiguous}, 1.510070890064);
    check({Kind::kDirichlet, 0.5}, {64, 80, 4, 16, 32, kBalanced}, 1.320632591602);
    check({Kind::kDirichlet, 2.0}, {2048, 2048, 4, 16, 300, kBalanced}, 1.100589427066);
    check({}, {256, 288, 8, 36, 64, kBalanced}, 1.281526419795);
  }

  TEST_CASE("placements of drawn popularity: 4,096 experts' worth, from 4 to 64") {
    for (const auto& each :
         {std::pair(8, 64), std::pair(64, 64), std::pair(256, 16), std::pair(2'048, 4)}) {
      const int experts = each.first;
      const int placements = each.second;
      CAPTURE(experts);
      CHECK(balanced_placements({Skew::Kind::kDirichlet, 0.5}, experts) == placements);
      CHECK(balanced_placements({Skew::Kind::kZipf, 0.5}, experts) == 1);
    }
  }

  TEST_CASE("popularity of hundreds of decades overflows nothing") {
    // One of 64 experts has nearly every token, and one of 16 ranks holds it.
    const SkewCase group{64, 64, 1, 16, 1e6, kBalanced};
    const double factor = straggler_factor({Skew::Kind::kDirichlet, 1e-4}, group);
    CHECK(factor > 15.0);
    CHECK(factor <= 16.0);
  }
}

}  // namespace
}  // namespace wideep::straggler_draws_test
