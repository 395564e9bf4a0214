#pragma once

#include <cstdint>
#include <random>

namespace wideep {

/// Uniform numbers between 0 and 1 that are the same on every platform, which the standard's
/// distributions are not; never 0 or 1 themselves.
class Uniform {
 public:
  explicit Uniform(std::uint64_t seed) : bits_(seed) {}

  double operator()() {
    constexpr int kDropped = 11;
    constexpr double kUnit = 0x1p-53;
    return (static_cast<double>(bits_() >> kDropped) + 0.5) * kUnit;
  }

 private:
  std::mt19937_64 bits_;
};

}  // namespace wideep
