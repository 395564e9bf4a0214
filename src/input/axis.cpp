#include "input/axis.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fast_float/fast_float.h>

#include <fmt/format.h>

#include "input/suggest.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// Of a list that is kept in memory.
constexpr std::uint64_t kMostListed = 1'000'000;

/// A part of the argument and where it begins.
struct Part {
  std::string_view text;
  std::size_t at = 0;
};

std::vector<Part> split(Part whole, char separator) {
  std::vector<Part> parts;
  while (true) {
    const std::size_t end = whole.text.find(separator);
    parts.push_back({whole.text.substr(0, end), whole.at});
    if (end == std::string_view::npos) return parts;
    whole.text.remove_prefix(end + 1);
    whole.at += end + 1;
  }
}

/// How many of `to` one of `from` is: 1000 of "us" for "ms"; nothing where they are of different
/// dimensions.
template <class Q>
std::optional<double> ratio_of(const std::string& from, const std::string& to) {
  const auto a = parse_quantity<Q>("1" + from);
  const auto b = parse_quantity<Q>("1" + to);
  return a && b ? std::optional(*a / *b) : std::nullopt;
}

std::optional<double> ratio_of(std::string_view from, std::string_view to) {
  if (from == to) return 1.0;
  const std::string a(from);
  const std::string b(to);
  if (const auto times = ratio_of<Seconds>(a, b)) return times;
  if (const auto sizes = ratio_of<Bytes>(a, b)) return sizes;
  if (const auto rates = ratio_of<BytesPerSecond>(a, b)) return rates;
  return ratio_of<FlopPerSecond>(a, b);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return count;
}

/// Reads the values of one axis.
class Reader {
 public:
  Reader(const Source& source, Findings& findings) : source_(source), findings_(findings) {}

  Axis read() {
    const std::string_view text = source_.text;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      fault({text, 0}, "write --axis KEY=LOW:HIGH:N or --axis KEY=A,B,C");
      return {};
    }
    axis_.key = std::string(text.substr(0, equals));
    axis_.value_at = equals + 1;
    const Part values{text.substr(equals + 1), equals + 1};
    if (values.text.empty()) {
      fault(values, "the values are missing", "such as LOW:HIGH:N or A,B,C");
      return {};
    }
    const bool range = values.text.find(':') != std::string_view::npos;
    const bool sound = range ? read_range(values) : read_list(values);
    return sound ? axis_ : Axis{.key = axis_.key, .value_at = axis_.value_at};
  }

 private:
  bool fault(const Part& part, std::string message, std::string help = {}) {
    const Place place{&source_, 1, static_cast<int>(part.at) + 1};
    findings_.report(place, std::move(message), std::move(help));
    return false;
  }

  bool read_list(const Part& values) {
    std::size_t factors = 0;
    for (const Part& part : split(values, ',')) {
      if (part.text.empty()) return fault(part, "a value is missing");
      const auto plain = [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("+-./_*%").find(static_cast<char>(c)) != std::string_view::npos;
      };
      if (!std::all_of(part.text.begin(), part.text.end(), plain) || part.text == "null") {
        return fault(part, "values are numbers or words, apart by ','");
      }
      std::string_view text = part.text;
      const auto number = number_and_unit(text);
      if (number && number->unit == "x") {
        ++factors;
        text.remove_suffix(1);
      }
      if (std::find(axis_.listed.begin(), axis_.listed.end(), text) != axis_.listed.end()) {
        return fault(part, fmt::format("'{}' is listed twice", part.text));
      }
      axis_.listed.emplace_back(text);
    }
    if (factors != 0 && factors != axis_.listed.size()) {
      return fault(values, "some values are factors and some are not", "write x after all or none");
    }
    axis_.relative = factors != 0;
    axis_.count = axis_.listed.size();
    return true;
  }

  bool read_range(const Part& values) {
    const std::vector<Part> parts = split(values, ':');
    constexpr std::size_t kParts = 3;
    if (parts.size() != kParts) {
      return fault(values,
                   "a range is LOW:HIGH:N, LOW:HIGH:logN or LOW:HIGH:log2",
                   parts.size() == 2 ? "N is the number of points, 2 for both ends alone" : "");
    }
    const auto low = number_and_unit(parts[0].text);
    const auto high = number_and_unit(parts[1].text);
    if (!low) return fault(parts[0], "LOW must be a number, with its unit where it has one");
    if (!high) return fault(parts[1], "HIGH must be a number, with its unit where it has one");
    const auto ratio = ratio_of(high->unit, low->unit);
    if (!ratio) {
      return fault(parts[1],
                   fmt::format("LOW is in '{}' and HIGH in '{}'", low->unit, high->unit),
                   "give both the same unit");
    }
    axis_.relative = low->unit == "x";
    axis_.unit = axis_.relative ? "" : std::string(low->unit);
    axis_.low = low->number;
    axis_.high = high->number * *ratio;
    if (axis_.low > axis_.high) return fault(parts[0], "LOW is more than HIGH");
    return read_rule(parts[2]);
  }

  bool read_rule(const Part& rule) {
    const std::string_view text = rule.text;
    const bool log = text.starts_with("log");
    if (log && axis_.low <= 0.0) {
      return fault({{}, axis_.value_at}, "LOW must be above 0 where values grow by a factor");
    }
    if (text == "log2") return read_powers(rule);
    const auto count = parse_count(log ? text.substr(3) : text);
    if (!count) {
      constexpr std::array<std::string_view, 1> kRules = {"log2"};
      const auto near = suggest(text, kRules);
      return fault(rule,
                   fmt::format("'{}' is neither a number of points, N, nor logN or log2", text),
                   near ? fmt::format("did you mean '{}'?", *near) : "");
    }
    const bool one = axis_.low == axis_.high;
    if (*count < (one ? 1U : 2U) || *count > kMostPoints || (one && *count != 1)) {
      return fault(rule,
                   one ? "LOW and HIGH are the same: that is 1 point"
                       : fmt::format("the number of points must be from 2 to {}", kMostPoints));
    }
    axis_.rule = log ? Axis::Rule::kGeometric : Axis::Rule::kEven;
    axis_.count = *count;
    return true;
  }

  bool read_powers(const Part& rule) {
    const int first = static_cast<int>(std::ceil(std::log2(axis_.low)));
    const int last = static_cast<int>(std::floor(std::log2(axis_.high)));
    if (first > last) return fault(rule, "there is no power of two from LOW to HIGH");
    axis_.rule = Axis::Rule::kPowers;
    axis_.low = std::exp2(first);
    axis_.high = std::exp2(last);
    axis_.count = static_cast<std::uint64_t>(last - first) + 1;
    return true;
  }

  const Source& source_;
  Findings& findings_;
  Axis axis_;
};

}  // namespace

std::string axis_number(double value) {
  constexpr int kDigits = 15;
  std::array<char, 64> buffer{};
  char* const begin = buffer.data();
  char* const limit = begin + buffer.size();
  auto [end, error] = std::to_chars(begin, limit, value, std::chars_format::general, kDigits);
  double rounded = value;
  fast_float::from_chars(begin, end, rounded);
  constexpr double kLeast = 1e-4;
  constexpr double kMost = 1e15;
  const double size = std::abs(rounded);
  const bool fixed = rounded == 0.0 || (size >= kLeast && size < kMost);
  end = std::to_chars(
            begin, limit, rounded, fixed ? std::chars_format::fixed : std::chars_format::scientific)
            .ptr;
  return {begin, end};
}

std::optional<NumberAndUnit> number_and_unit(std::string_view text) {
  NumberAndUnit found;
  const char* const limit = text.data() + text.size();
  const auto [end, error] = fast_float::from_chars(text.data(), limit, found.number);
  if (error != std::errc{} || !std::isfinite(found.number)) return std::nullopt;
  found.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto is_of_unit = [](unsigned char c) {
    return std::isalpha(c) != 0 || c == '/' || c == '%';
  };
  const bool sound = std::all_of(found.unit.begin(), found.unit.end(), is_of_unit);
  return sound ? std::optional(found) : std::nullopt;
}

namespace {

/// Between the ends of geometric values nobody needs more.
double in_few_digits(double value) {
  constexpr int kDigits = 6;
  std::array<char, 64> buffer{};
  char* const limit = buffer.data() + buffer.size();
  const auto [end, error] =
      std::to_chars(buffer.data(), limit, value, std::chars_format::scientific, kDigits - 1);
  fast_float::from_chars(buffer.data(), end, value);
  return value;
}

}  // namespace

std::string Axis::text_of(std::uint64_t at) const {
  if (!listed.empty()) return listed[at];
  const double share = count > 1 ? static_cast<double>(at) / static_cast<double>(count - 1) : 0.0;
  double value = low;
  if (rule == Rule::kPowers) {
    value = std::ldexp(low, static_cast<int>(at));
  } else if (at + 1 == count) {
    value = high;
  } else if (rule == Rule::kGeometric && at > 0) {
    value = in_few_digits(low * std::pow(high / low, share));
  } else if (at > 0) {
    value = low + (high - low) * static_cast<double>(at) / static_cast<double>(count - 1);
  }
  return axis_number(whole ? std::round(value) : value) + unit;
}

Axis read_axis(const Source& source, Findings& findings) {
  return Reader(source, findings).read();
}

Axis rounded(Axis axis, const Source& source, Findings& findings) {
  axis.whole = true;
  const Place place{&source, 1, static_cast<int>(axis.value_at) + 1};
  if (axis.rule == Axis::Rule::kEven) {
    const double most = std::floor(axis.high) - std::ceil(axis.low) + 1.0;
    if (static_cast<double>(axis.count) > most) {
      findings.report(place,
                      fmt::format("'{}' takes whole numbers, of which there are {:.0f} from LOW to "
                                  "HIGH, fewer than {} points",
                                  axis.key,
                                  most,
                                  axis.count));
    }
    return axis;
  }
  if (axis.count > kMostListed) {
    findings.report(place, fmt::format("at most {} geometric points are rounded", kMostListed));
    return axis;
  }
  std::vector<std::string> once;
  for (std::uint64_t at = 0; at < axis.count; ++at) {
    std::string text = axis.text_of(at);
    if (once.empty() || once.back() != text) once.push_back(std::move(text));
  }
  axis.listed = std::move(once);
  axis.count = axis.listed.size();
  return axis;
}

}  // namespace wideep
