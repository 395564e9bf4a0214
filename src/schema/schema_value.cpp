#include "schema/schema_value.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// Whole numbers without a point, so that they read as they are written in files.
Json number(double value) {
  constexpr double kExact = 9e15;  // 2^53, rounded down
  if (std::abs(value) < kExact && value == std::floor(value)) {
    return static_cast<long long>(value);
  }
  return value;
}

Json in_range(const char* type, const Taken& taken) {
  return {{"type", type}, {"minimum", number(taken.low)}, {"maximum", number(taken.high)}};
}

/// Editors show `patternErrorMessage` instead of the expression.
Json matching(const std::string& pattern, const std::string& expected) {
  return {{"type", "string"}, {"pattern", pattern}, {"patternErrorMessage", "must be " + expected}};
}

void add(const Taken& taken, std::vector<Json>& ways) {
  switch (taken.as) {
    case Taken::As::kWhole:
      ways.push_back(in_range("integer", taken));
      return;
    case Taken::As::kNumber:
      ways.push_back(in_range("number", taken));
      return;
    case Taken::As::kShare:
      ways.push_back(in_range("number", taken));
      ways.push_back(matching(fmt::format("^{} ?%$", kNumberPattern), taken.expected));
      return;
    case Taken::As::kQuantity:
      ways.push_back(matching(taken.pattern, taken.expected));
      return;
    case Taken::As::kWord:
      if (taken.words.front() == "true" || taken.words.front() == "false") {
        ways.push_back({{"type", "boolean"}});
      } else {
        ways.push_back({{"enum", taken.words}});
      }
      return;
    case Taken::As::kText:
      // A text that looks like a number or a truth is one all the same.
      ways.push_back(taken.pattern.empty() ? Json{{"type", {"string", "number", "boolean"}}}
                                           : matching(taken.pattern, taken.expected));
      return;
  }
}

}  // namespace

Json any_of(std::vector<Json> ways) {
  if (ways.size() == 1) return std::move(ways.front());
  return {{"anyOf", std::move(ways)}};
}

Json value_schema(const std::vector<Taken>& taken) {
  std::vector<Json> ways;
  for (const Taken& each : taken) add(each, ways);
  return any_of(std::move(ways));
}

std::string key_pattern(const Taken& key) {
  return key.as == Taken::As::kWhole ? "^[0-9]+$" : key.pattern;
}

}  // namespace wideep
