#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "input/diagnostic.h"

namespace wideep {

/// The values that a key takes one after the other, by a rule, so that a million of them take no
/// room. docs/sweep.md#axes
struct Axis {
  enum class Rule {
    kListed,     ///< as they stand
    kEven,       ///< evenly spaced, both ends included
    kGeometric,  ///< each a constant factor above the one before, to six digits, both ends included
    kPowers      ///< the powers of two from one end to the other
  };
  std::string key;        ///< as `--set` has it
  bool relative = false;  ///< values are factors of what the input says, 0.5x
  bool whole = false;     ///< values are rounded to whole numbers, as the key takes no others
  Rule rule = Rule::kListed;
  std::vector<std::string>
      listed{};      ///< or, of kGeometric and `whole`, the values in order, each once
  double low = 0.0;  ///< of the other rules, in `unit`
  double high = 0.0;
  std::string unit{};        ///< that follows each number; empty: they have none
  std::uint64_t count = 0;   ///< of values
  std::size_t value_at = 0;  ///< where in the argument the values begin

  /// The value number `at`, from 0, as `--set KEY=` takes it; of a relative axis the factor alone.
  [[nodiscard]] std::string text_of(std::uint64_t at) const;
};

/// Most values of one axis, and most points of a sweep.
inline constexpr std::uint64_t kMostPoints = 1'000'000'000'000;

/// Reads KEY=VALUES, the text of `source`: `a,b,c`, `LOW:HIGH:N`, `LOW:HIGH:logN` or
/// `LOW:HIGH:log2`. Faults are reported; the axis then has no values.
Axis read_axis(const Source& source, Findings& findings);

/// The axis with its values rounded to whole numbers, each once. Reports at the source where there
/// are fewer of them than evenly spaced values that were asked for.
Axis rounded(Axis axis, const Source& source, Findings& findings);

/// A number as values have it: the shortest of at most 15 digits, whatever the locale.
std::string axis_number(double value);

/// A number and what follows it, "12.5us".
struct NumberAndUnit {
  double number = 0.0;
  std::string_view unit;
};

/// Nothing where the text begins with no number, or more than a unit follows.
std::optional<NumberAndUnit> number_and_unit(std::string_view text);

}  // namespace wideep
