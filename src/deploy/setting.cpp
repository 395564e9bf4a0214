#include "deploy/setting.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace wideep {
namespace {

template <typename T>
std::optional<T> number_of(std::string_view text) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return result;
}

}  // namespace

const Setting* Settings::find(std::string_view key) const {
  const auto found = std::find_if(
      all.rbegin(), all.rend(), [key](const Setting& setting) { return setting.key == key; });
  return found == all.rend() ? nullptr : &*found;
}

std::optional<long long> number_in(const Setting& setting) {
  return setting.value ? number_of<long long>(*setting.value) : std::nullopt;
}

std::optional<double> fraction_in(const Setting& setting) {
  return setting.value ? number_of<double>(*setting.value) : std::nullopt;
}

std::optional<bool> truth_in(const Setting& setting) {
  constexpr std::array<std::string_view, 5> kTrue = {"true", "1", "yes", "on", "y"};
  constexpr std::array<std::string_view, 5> kFalse = {"false", "0", "no", "off", "n"};
  if (!setting.value) return std::nullopt;
  const std::string value = lower(*setting.value);
  if (std::find(kTrue.begin(), kTrue.end(), value) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), value) != kFalse.end()) return false;
  return std::nullopt;
}

std::optional<std::vector<long long>> numbers_in(const Setting& setting) {
  if (!setting.value) return std::nullopt;
  std::vector<long long> numbers;
  constexpr std::string_view kBetween = " ,[]\t\n";
  std::string_view rest = *setting.value;
  while (true) {
    const std::size_t begin = rest.find_first_not_of(kBetween);
    if (begin == std::string_view::npos) return numbers;
    rest.remove_prefix(begin);
    const std::size_t end = std::min(rest.find_first_of(kBetween), rest.size());
    const auto number = number_of<long long>(rest.substr(0, end));
    if (!number) return std::nullopt;
    numbers.push_back(*number);
    rest.remove_prefix(end);
  }
}

}  // namespace wideep
