#pragma once

#include <cstdint>

namespace wideep {

/// A standard normal number of a seed, a draw and an input, the same whatever others are drawn and
/// in whichever order: a counter-based generator, so that results do not depend on threads.
///
///   z = sqrt(-2 ln u1) cos(2 pi u2)
///
/// with u1, u2 in (0, 1) from the bits of SplitMix64 at that counter. Source: Box & Muller, Ann.
/// Math. Stat. 29 (1958) 610-611; Steele, Lea & Flood, Fast splittable pseudorandom number
/// generators, OOPSLA 2014.
double drawn_normal(std::uint64_t seed, std::uint64_t draw, std::uint64_t input);

/// The natural logarithm of a lognormal factor with median 1 and a relative standard deviation s,
/// tau z with
///
///   tau^2 = ln(1 + s^2)
///
/// `deviation`: s >= 0. Source: Johnson, Kotz & Balakrishnan, Continuous univariate distributions,
/// vol. 1 (1994), ch. 14.
double log_of_factor(double deviation, double normal);

}  // namespace wideep
