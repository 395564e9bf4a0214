#include "cli/option_values.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "input/suggest.h"

namespace wideep {
namespace {

/// As much of a value as a message has room for.
std::string in_quotes(const std::string& value) {
  constexpr std::size_t kShown = 40;
  return value.size() <= kShown ? fmt::format("'{}'", value)
                                : fmt::format("'{}...'", value.substr(0, kShown));
}

}  // namespace

CLI::Validator whole_number(int low, int high) {
  return {[low, high](std::string& value) -> std::string {
            int number = 0;
            const char* const end = value.data() + value.size();
            const auto [read, error] = std::from_chars(value.data(), end, number);
            // What begins with 0 is read as octal after this.
            const bool octal = value.starts_with('0') && value.size() > 1;
            const bool sound =
                error == std::errc() && read == end && !octal && number >= low && number <= high;
            if (sound) return "";
            return fmt::format(
                "must be a whole number from {} to {}, not {}", low, high, in_quotes(value));
          },
          ""};
}

CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](std::string& value) -> std::string {
            if (std::find(words.begin(), words.end(), value) != words.end()) return "";
            const std::vector<std::string_view> known(words.begin(), words.end());
            const std::string near = did_you_mean(value, known);
            return fmt::format("must be {}, not {}{}",
                               joined(known),
                               in_quotes(value),
                               near.empty() ? "" : "; " + near);
          },
          ""};
}

std::string complaint(CLI::Option& option, std::string value) {
  try {
    return (*option.get_validator(0))(value);
  } catch (const CLI::OptionNotFound&) {  // it takes any
    return "";
  }
}

CLI::Validator file_name() {
  return {[](std::string& value) -> std::string {
            return value.empty() ? "must be the name of a file, not ''" : "";
          },
          ""};
}

}  // namespace wideep
