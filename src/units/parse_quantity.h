#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "units/quantity.h"

namespace wideep {

/// Reads a number with its unit, e.g. "3.5us", "400Gb/s", "989 TFLOP/s"; at most one space between.
///
///   time        ns, us, ms, s
///   size        B (byte) or b (bit, 1/8 B), with k, M, G, T, P (1000s) or Ki, Mi, Gi, Ti (1024s)
///   bandwidth   a size per second: GB/s, Gb/s, GiB/s ...
///   flop rate   FLOP/s with k, M, G, T, P
///
/// A number without a unit is refused (0 too), as are another dimension's unit, infinity and NaN.
/// Defined for Seconds, Bytes, BytesPerSecond, Flop and FlopPerSecond.
template <class Q>
std::optional<Q> parse_quantity(std::string_view text);

/// What parse_quantity<Q> accepts, in words with an example, for error messages.
template <class Q>
std::string_view expected_quantity();

/// A regular expression (ECMA-262) that all of what parse_quantity<Q> accepts matches, and nothing
/// else but numbers that are not finite.
template <class Q>
std::string quantity_pattern();

/// The same of a number without unit, without the ends that tie it to a whole text.
inline constexpr const char* kNumberPattern = R"((\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)";

/// Reads a share: "85%" or "0.85". Infinity and NaN are refused; the range is the caller's.
std::optional<double> parse_share(std::string_view text);

/// Reads a plain decimal number without unit. Infinity and NaN are refused.
std::optional<double> parse_number(std::string_view text);

}  // namespace wideep
