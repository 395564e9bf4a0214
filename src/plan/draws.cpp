#include "plan/draws.h"

#include <cmath>
#include <numbers>

namespace wideep {
namespace {

/// SplitMix64's increment: 2^64 over the golden ratio.
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

/// SplitMix64's output function.
std::uint64_t mixed(std::uint64_t bits) {
  constexpr std::uint64_t kFirst = 0xbf58476d1ce4e5b9;
  constexpr std::uint64_t kSecond = 0x94d049bb133111eb;
  constexpr int kFirstShift = 30;
  constexpr int kSecondShift = 27;
  constexpr int kLastShift = 31;
  bits = (bits ^ (bits >> kFirstShift)) * kFirst;
  bits = (bits ^ (bits >> kSecondShift)) * kSecond;
  return bits ^ (bits >> kLastShift);
}

/// Between 0 and 1, never either: the upper 53 bits, as many as a double has.
double unit_of(std::uint64_t bits) {
  constexpr int kDropped = 11;
  constexpr double kUnit = 0x1p-53;
  return (static_cast<double>(bits >> kDropped) + 0.5) * kUnit;
}

}  // namespace

double drawn_normal(std::uint64_t seed, std::uint64_t draw, std::uint64_t input) {
  const std::uint64_t at = mixed(mixed(mixed(seed + kGolden) + draw * kGolden) + input * kGolden);
  const double radius = std::sqrt(-2.0 * std::log(unit_of(mixed(at + kGolden))));
  return radius * std::cos(2.0 * std::numbers::pi * unit_of(mixed(at + 2 * kGolden)));
}

double log_of_factor(double deviation, double normal) {
  return std::sqrt(std::log1p(deviation * deviation)) * normal;
}

}  // namespace wideep
