#include "cli/compared_argument.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/option_values.h"
#include "input/suggest.h"

namespace wideep {
namespace {

constexpr std::string_view kBest = "best";

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

/// Whether a text is meant as a file, be it there or not.
bool looks_like_file(const std::string& text) {
  return text == "-" || is_file(text) || text.find('/') != text.npos || text.ends_with(".yaml") ||
         text.ends_with(".yml");
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// Reads "key=value" by the options that a command has for a configuration.
class KeyReader {
 public:
  explicit KeyReader(std::vector<std::string>& faults) : faults_(faults) {
    add_config_options(app_, options_);
    app_.get_option("--overlap")->required(false);
    for (const CLI::Option* option : app_.get_options()) {
      if (option != app_.get_help_ptr()) names_.push_back(option->get_lnames().front());
    }
  }

  void read(const std::string& part) {
    const std::size_t equals = part.find('=');
    if (equals == part.npos) {
      faults_.push_back(fmt::format("'{}' is no KEY=VALUE, such as ep=64", part));
      return;
    }
    const std::string key = part.substr(0, equals);
    const std::string value = part.substr(equals + 1);
    if (std::find(names_.begin(), names_.end(), key) == names_.end()) {
      const std::vector<std::string_view> known(names_.begin(), names_.end());
      const std::string near = did_you_mean(key, known);
      meant_ += near + ' ';
      faults_.push_back(fmt::format(
          "unknown key '{}'; {}", key, near.empty() ? "it takes " + joined(known) : near));
      return;
    }
    CLI::Option& option = *app_.get_option("--" + key);
    if (!given_.insert(key).second) faults_.push_back(fmt::format("{} is given twice", key));
    const std::string wrong = value.empty() ? "needs a value" : complaint(option, value);
    if (!wrong.empty()) faults_.push_back(fmt::format("{} {}", key, wrong));
    arguments_.push_back(fmt::format("--{}={}", key, value));
  }

  /// What the keys say; nothing where a fault was found.
  std::optional<ConfigOptions> finish(std::size_t faults_before) {
    for (const CLI::Option* option : app_.get_options()) {
      const std::string name = option->get_name(false, false);
      const std::string key = name.substr(name.find_first_not_of('-'));
      const bool misspelt = meant_.find(fmt::format("'{}'", key)) != meant_.npos;
      if (!option->get_required() || given_.contains(key) || misspelt) continue;
      faults_.push_back(fmt::format("{} is missing, such as {}", key, example_of(key)));
    }
    if (faults_.size() > faults_before) return std::nullopt;
    app_.parse(arguments_);
    return options_;
  }

 private:
  static std::string example_of(const std::string& key) {
    return key == "ep" ? "ep=64" : key == "kernel" ? "kernel=LL" : key + "=...";
  }

  std::vector<std::string>& faults_;
  CLI::App app_;
  ConfigOptions options_;
  std::vector<std::string> names_;
  std::set<std::string> given_;
  std::vector<std::string> arguments_;
  std::string meant_;  ///< what is said of misspelt keys
};

}  // namespace

ComparedArgument read_argument(const std::string& text, std::vector<std::string>& faults) {
  ComparedArgument argument{.text = text};
  std::string what = text;
  const std::size_t at = text.rfind('@');
  if (at != text.npos && !is_file(text)) {
    what = text.substr(0, at);
    argument.fabric = text.substr(at + 1);
    if (argument.fabric->empty()) faults.emplace_back("a fabric must follow '@'");
  }
  if (what == kBest) return argument;
  if (looks_like_file(what)) {
    argument.workload = what;
    return argument;
  }
  if (what.find('=') == what.npos) {
    const std::vector<std::string_view> known = {kBest};
    const std::string near = did_you_mean(what, known);
    faults.push_back("it is no configuration such as ep=64,kernel=LL, no workload file and not " +
                     ("'best'" + (near.empty() ? near : "; " + near)));
    return argument;
  }
  const std::size_t before = faults.size();
  KeyReader reader(faults);
  for (const std::string& part : parts_of(what)) reader.read(part);
  argument.config = reader.finish(before);
  return argument;
}

}  // namespace wideep
