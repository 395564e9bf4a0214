#include "cli/option_hint.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/input_keys.h"

namespace wideep {
namespace {

/// An option that names a configuration, and the key that narrows the search to it.
struct Narrowing {
  std::string_view option;
  std::string_view key;
  std::string_view example;  ///< its value where none was given
  bool list = false;
};

constexpr std::array<Narrowing, 7> kNarrowings = {{{"--ep", "search.ep_width", "16", true},
                                                   {"--ep-width", "search.ep_width", "16", true},
                                                   {"--kernel", "search.kernel", "LL"},
                                                   {"--overlap", "search.overlap", "dbo"},
                                                   {"--chunks", "search.max_chunks", "2"},
                                                   {"--sms", "kernels.NAME.sms", "24", true},
                                                   {"--split", "search.split", "half"}}};

/// "--tokens-per-rank" as a key.
std::string key_of(std::string_view option) {
  std::string key(option.substr(std::min(option.find_first_not_of('-'), option.size())));
  std::replace(key.begin(), key.end(), '-', '_');
  return key;
}

}  // namespace

std::string option_hint(const CLI::App& command, std::string_view name, const std::string& value) {
  if (command.get_option_no_throw("--set") == nullptr) return "";
  for (const auto& [option, key, example, list] : kNarrowings) {
    if (option != name) continue;
    // A split is searched or half; it cannot be held at another share.
    const bool compares = command.get_name() == "compare";
    if (compares && option != "--ep-width") {
      const std::string_view shown = value.empty() ? example : std::string_view(value);
      return fmt::format("it is part of an argument: {}={}", option.substr(2), shown);
    }
    const std::string given = value.empty() || key == "search.split" ? std::string(example) : value;
    return fmt::format("it belongs to explain; the search is narrowed by --set {}={}",
                       key,
                       list ? fmt::format("[{}]", given) : given);
  }
  const std::string key = key_of(name);
  const std::string shown = value.empty() ? "VALUE" : value;
  if (holds(kWorkloadKeys, key) || holds(kFabricKeys, key)) {
    return fmt::format("write --set {}={}", key, shown);
  }
  return holds(kSearchKeys, key) ? fmt::format("write --set search.{}={}", key, shown) : "";
}

std::string missing_hint(const CLI::App& command) {
  if (command.get_option_no_throw("--overlap") == nullptr) return "";
  return "it is about one configuration, optimize finds the best; ";
}

}  // namespace wideep
