#include "units/format_quantity.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <string_view>

namespace wideep {
namespace {

constexpr int kSignificantDigits = 4;
constexpr double kThousand = 1e3;
constexpr double kPercent = 100.0;
constexpr std::size_t kGroup = 3;

struct Prefix {
  std::string_view symbol;
  double factor;
};

constexpr auto kSmall =
    std::to_array<Prefix>({{"p", 1e-12}, {"n", 1e-9}, {"u", 1e-6}, {"m", 1e-3}, {"", 1.0}});
constexpr auto kLarge = std::to_array<Prefix>(
    {{"", 1.0}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"P", 1e15}, {"E", 1e18}});

std::string to_text(double value, std::chars_format how, int precision) {
  std::array<char, 512> buffer{};  // a fixed-point double needs at most 309 digits
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, how, precision);
  return error == std::errc{} ? std::string(buffer.data(), end) : std::string("?");
}

/// `value` rounded to the digits that are printed, so that 999.96 becomes 1000 before the prefix
/// is chosen.
double rounded(double value, int digits = kSignificantDigits) {
  if (value == 0.0) return 0.0;
  const int places = digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  const double scale = std::pow(10.0, places);
  const double result = std::round(value * scale) / scale;
  return std::isfinite(result) ? result : value;
}

std::string engineering(double value,
                        std::span<const Prefix> prefixes,
                        std::string_view unit,
                        int digits = kSignificantDigits) {
  const double shown = rounded(value, digits);
  const Prefix* chosen = &prefixes.front();
  for (const Prefix& prefix : prefixes) {
    if (std::abs(shown) >= prefix.factor * (1.0 - 1e-9)) chosen = &prefix;
  }
  return to_text(shown / chosen->factor, std::chars_format::general, digits) + " " +
         std::string(chosen->symbol) + std::string(unit);
}

/// Both by `text`, a function of a value and digits, with the fewest that tell them apart.
template <class Of>
std::pair<std::string, std::string> apart(double one, double other, const Of& text) {
  constexpr int kMostDigits = std::numeric_limits<double>::max_digits10;
  std::pair<std::string, std::string> texts;
  for (int digits = kSignificantDigits; digits <= kMostDigits; ++digits) {
    texts = {text(one, digits), text(other, digits)};
    if (texts.first != texts.second || one == other) break;
  }
  return texts;
}

}  // namespace

std::string format(Seconds time) {
  if (time == Seconds(0.0)) return "0 us";
  return engineering(time.base(), kSmall, "s");
}

std::string format(Bytes size) {
  return engineering(size.base(), kLarge, "B");
}

std::string format(BytesPerSecond bandwidth) {
  return engineering(bandwidth.base(), kLarge, "B/s");
}

std::string format(FlopPerSecond rate) {
  return engineering(rate.base(), kLarge, "FLOP/s");
}

std::pair<std::string, std::string> format_apart(Seconds one, Seconds other) {
  return apart(one.base(), other.base(), [](double value, int digits) {
    return value == 0.0 ? format(Seconds(value)) : engineering(value, kSmall, "s", digits);
  });
}

std::pair<std::string, std::string> format_apart(Bytes one, Bytes other) {
  return apart(one.base(), other.base(), [](double value, int digits) {
    return engineering(value, kLarge, "B", digits);
  });
}

std::pair<std::string, std::string> format_apart(double one, double other) {
  return apart(one, other, [](double value, int digits) {
    return digits == kSignificantDigits
               ? format_number(value)
               : to_text(rounded(value, digits), std::chars_format::general, digits);
  });
}

std::string format_number(double value) {
  if (std::abs(value) >= kThousand) return format_count(value);
  return to_text(rounded(value), std::chars_format::general, kSignificantDigits);
}

std::string format_count(double count) {
  const std::string digits = to_text(std::round(count), std::chars_format::fixed, 0);
  std::string grouped;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    const bool after_digit = at > 0 && digits[at - 1] != '-';
    if (after_digit && (digits.size() - at) % kGroup == 0) grouped.push_back(',');
    grouped.push_back(digits[at]);
  }
  return grouped;
}

std::string format_range(double low, double high) {
  return low == high ? format_count(low) : format_count(low) + " to " + format_count(high);
}

std::string format_percent(double share) {
  return to_text(share * kPercent, std::chars_format::fixed, 1).append("%");
}

}  // namespace wideep
