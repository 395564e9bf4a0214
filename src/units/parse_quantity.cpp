#include "units/parse_quantity.h"

#include <array>
#include <cmath>
#include <fast_float/fast_float.h>
#include <span>

namespace wideep {
namespace {

struct Factor {
  std::string_view symbol;
  double value;
};

constexpr double kKibi = 1024.0;
constexpr double kBit = 1.0 / 8;  // bytes

constexpr auto kTimePrefixes =
    std::to_array<Factor>({{"", 1.0}, {"m", 1e-3}, {"u", 1e-6}, {"n", 1e-9}});
constexpr auto kLargePrefixes = std::to_array<Factor>({{"", 1.0},
                                                       {"k", 1e3},
                                                       {"M", 1e6},
                                                       {"G", 1e9},
                                                       {"T", 1e12},
                                                       {"P", 1e15},
                                                       {"Ki", kKibi},
                                                       {"Mi", kKibi* kKibi},
                                                       {"Gi", kKibi* kKibi* kKibi},
                                                       {"Ti", kKibi* kKibi* kKibi* kKibi}});
constexpr std::span kDecimalPrefixes = std::span(kLargePrefixes).first<6>();

constexpr auto kTime = std::to_array<Factor>({{"s", 1.0}});
constexpr auto kSize = std::to_array<Factor>({{"B", 1.0}, {"b", kBit}});
constexpr auto kBandwidth = std::to_array<Factor>({{"B/s", 1.0}, {"b/s", kBit}});
constexpr auto kFlop = std::to_array<Factor>({{"FLOP", 1.0}});
constexpr auto kFlopRate = std::to_array<Factor>({{"FLOP/s", 1.0}});

struct NumberAndRest {
  double number;
  std::string_view rest;
};

std::optional<NumberAndRest> leading_number(std::string_view text) {
  double number = 0.0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !std::isfinite(number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return NumberAndRest{number + 0.0, text};  // -0 is 0
}

std::optional<double> factor_of(std::string_view unit,
                                std::span<const Factor> prefixes,
                                std::span<const Factor> bases) {
  for (const Factor& base : bases) {
    if (!unit.ends_with(base.symbol)) continue;
    const std::string_view prefix = unit.substr(0, unit.size() - base.symbol.size());
    for (const Factor& candidate : prefixes) {
      if (candidate.symbol == prefix) return candidate.value * base.value;
    }
  }
  return std::nullopt;
}

/// "(k|M|G)" of symbols, of which an empty one says nothing.
std::string one_of(std::span<const Factor> symbols) {
  std::string text(1, '(');
  for (const Factor& each : symbols) {
    if (each.symbol.empty()) continue;
    if (text.size() > 1) text += '|';
    text += each.symbol;
  }
  return text += ')';
}

std::string pattern_of(std::span<const Factor> prefixes, std::span<const Factor> bases) {
  std::string text(1, '^');
  text.append(kNumberPattern).append(" ?");
  text += one_of(prefixes);
  text += '?';
  text += one_of(bases);
  return text += '$';
}

template <class Q>
std::optional<Q> parse(std::string_view text,
                       std::span<const Factor> prefixes,
                       std::span<const Factor> bases) {
  auto parsed = leading_number(text);
  if (!parsed) return std::nullopt;
  if (parsed->rest.starts_with(' ')) parsed->rest.remove_prefix(1);
  const auto factor = factor_of(parsed->rest, prefixes, bases);
  if (!factor || !std::isfinite(parsed->number * *factor)) return std::nullopt;
  return Q(parsed->number * *factor);
}

}  // namespace

template <>
std::optional<Seconds> parse_quantity(std::string_view text) {
  return parse<Seconds>(text, kTimePrefixes, kTime);
}

template <>
std::optional<Bytes> parse_quantity(std::string_view text) {
  return parse<Bytes>(text, kLargePrefixes, kSize);
}

template <>
std::optional<BytesPerSecond> parse_quantity(std::string_view text) {
  return parse<BytesPerSecond>(text, kLargePrefixes, kBandwidth);
}

template <>
std::optional<Flop> parse_quantity(std::string_view text) {
  return parse<Flop>(text, kDecimalPrefixes, kFlop);
}

template <>
std::optional<FlopPerSecond> parse_quantity(std::string_view text) {
  return parse<FlopPerSecond>(text, kDecimalPrefixes, kFlopRate);
}

template <>
std::string quantity_pattern<Seconds>() {
  return pattern_of(kTimePrefixes, kTime);
}

template <>
std::string quantity_pattern<Bytes>() {
  return pattern_of(kLargePrefixes, kSize);
}

template <>
std::string quantity_pattern<BytesPerSecond>() {
  return pattern_of(kLargePrefixes, kBandwidth);
}

template <>
std::string quantity_pattern<FlopPerSecond>() {
  return pattern_of(kDecimalPrefixes, kFlopRate);
}

template <>
std::string_view expected_quantity<Seconds>() {
  return "a time with its unit, such as 12us";
}

template <>
std::string_view expected_quantity<Bytes>() {
  return "a size with its unit, such as 7168B";
}

template <>
std::string_view expected_quantity<BytesPerSecond>() {
  return "a bandwidth with its unit, such as 40GB/s (bytes) or 400Gb/s (bits)";
}

template <>
std::string_view expected_quantity<Flop>() {
  return "a count of operations with its unit, such as 88MFLOP";
}

template <>
std::string_view expected_quantity<FlopPerSecond>() {
  return "a rate of operations with its unit, such as 1979TFLOP/s";
}

std::optional<double> parse_share(std::string_view text) {
  constexpr double kOfPercent = 0.01;
  const auto parsed = leading_number(text);
  if (!parsed) return std::nullopt;
  if (parsed->rest.empty()) return parsed->number;
  if (parsed->rest == "%" || parsed->rest == " %") return parsed->number * kOfPercent;
  return std::nullopt;
}

std::optional<double> parse_number(std::string_view text) {
  const auto parsed = leading_number(text);
  if (!parsed || !parsed->rest.empty()) return std::nullopt;
  return parsed->number;
}

}  // namespace wideep
