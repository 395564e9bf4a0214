#pragma once

#include <compare>
#include <type_traits>

namespace wideep {

/// A number that knows its dimension, seconds^S * bytes^B * flop^F, held in that base unit.
///
/// Adding a time to a size, or passing GB/s where seconds are due, does not compile. Text such as
/// "50GB/s" becomes a Quantity in units/parse_quantity.h and nowhere else; a Quantity becomes a
/// bare double only by saying in which unit: `t / unit::us`.
template <int S, int B, int F>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double in_base_units) : base_(in_base_units) {}

  [[nodiscard]] constexpr double base() const { return base_; }

  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.base_ + b.base_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.base_ - b.base_);
  }
  friend constexpr Quantity operator*(double k, Quantity q) { return Quantity(k * q.base_); }
  friend constexpr Quantity operator*(Quantity q, double k) { return Quantity(k * q.base_); }
  friend constexpr Quantity operator/(Quantity q, double k) { return Quantity(q.base_ / k); }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;

 private:
  double base_ = 0.0;
};

/// What a product of dimensions is: a plain double once every exponent cancels.
template <int S, int B, int F>
using QuantityOrDouble = std::conditional_t<S == 0 && B == 0 && F == 0, double, Quantity<S, B, F>>;

template <int S1, int B1, int F1, int S2, int B2, int F2>
constexpr auto operator*(Quantity<S1, B1, F1> a, Quantity<S2, B2, F2> b) {
  return QuantityOrDouble<S1 + S2, B1 + B2, F1 + F2>(a.base() * b.base());
}

template <int S1, int B1, int F1, int S2, int B2, int F2>
constexpr auto operator/(Quantity<S1, B1, F1> a, Quantity<S2, B2, F2> b) {
  return QuantityOrDouble<S1 - S2, B1 - B2, F1 - F2>(a.base() / b.base());
}

using Seconds = Quantity<1, 0, 0>;
using PerSecond = Quantity<-1, 0, 0>;
using Bytes = Quantity<0, 1, 0>;
using Flop = Quantity<0, 0, 1>;
using BytesPerSecond = Quantity<-1, 1, 0>;
using SecondsPerByte = Quantity<1, -1, 0>;
using FlopPerSecond = Quantity<-1, 0, 1>;

/// The units themselves, spelled as in SI: `2.0 * unit::us` makes a quantity, `t / unit::us` reads
/// one back.
namespace unit {
// NOLINTBEGIN(readability-identifier-naming)
inline constexpr Seconds s{1.0};
inline constexpr Seconds ms{1e-3};
inline constexpr Seconds us{1e-6};
inline constexpr Bytes B{1.0};
inline constexpr Bytes MB{1e6};
inline constexpr BytesPerSecond Bps{1.0};
inline constexpr BytesPerSecond GBps{1e9};
// NOLINTEND(readability-identifier-naming)
}  // namespace unit

}  // namespace wideep
