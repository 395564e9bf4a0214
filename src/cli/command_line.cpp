#include "cli/command_line.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "cli/option_hint.h"
#include "cli/option_values.h"
#include "input/section.h"
#include "input/suggest.h"

namespace wideep {
namespace {

std::vector<CLI::App*> commands_of(CLI::App& app) {
  return app.get_subcommands([](CLI::App*) { return true; });
}

std::vector<std::string_view> names_of(const std::vector<CLI::App*>& commands) {
  std::vector<std::string_view> names;
  names.reserve(commands.size());
  for (const CLI::App* command : commands) names.emplace_back(command->get_name());
  return names;
}

bool is_flag(const CLI::Option& option) {
  return option.get_expected_min() == 0;
}

std::string long_name(const CLI::Option& option) {
  return "--" + option.get_lnames().front();
}

/// An argument that begins like an option.
struct Argument {
  std::string_view name;  ///< with its dashes
  std::optional<std::string> value;
};

bool looks_like_option(std::string_view argument) {
  return argument.size() > 1 && argument.starts_with('-');  // "-" is standard input
}

Argument argument_of(std::string_view argument) {
  constexpr std::size_t kShort = 2;
  if (argument.starts_with("--")) {
    const std::size_t equals = argument.find('=');
    if (equals == argument.npos) return {argument, std::nullopt};
    return {argument.substr(0, equals), std::string(argument.substr(equals + 1))};
  }
  if (argument.size() == kShort) return {argument, std::nullopt};
  return {argument.substr(0, kShort), std::string(argument.substr(kShort))};
}

/// Reads the arguments of one command.
class Reader {
 public:
  Reader(CommandLine& line, const std::vector<std::string>& arguments, std::size_t from)
      : line_(line), arguments_(arguments), at_(from) {
    for (CLI::Option* option : line.command->get_options()) {
      for (const std::string& name : option->get_snames()) options_["-" + name] = option;
      for (const std::string& name : option->get_lnames()) options_["--" + name] = option;
    }
  }

  void read() {
    bool only_values = false;
    for (; at_ < arguments_.size(); ++at_) {
      const std::string& argument = arguments_[at_];
      if (!only_values && argument == "--") {
        only_values = true;
      } else if (!only_values && looks_like_option(argument)) {
        take_option(argument_of(argument));
      } else {
        values_.push_back(argument);
      }
    }
    take_values();
    require();
  }

 private:
  void fault(std::string text) { line_.faults.push_back(std::move(text)); }

  [[nodiscard]] bool is_option(const std::string& argument) const {
    return looks_like_option(argument) &&
           options_.contains(std::string(argument_of(argument).name));
  }

  void take_option(const Argument& word) {
    const auto known = options_.find(std::string(word.name));
    if (known == options_.end()) return take_unknown(word);
    CLI::Option& option = *known->second;
    if (&option == line_.command->get_help_ptr()) line_.wants_help = true;
    if (option.check_lname("version")) line_.wants_version = true;
    const int times = ++times_[&option];
    if (is_flag(option)) return;
    if (times == 2 && option.get_multi_option_policy() == CLI::MultiOptionPolicy::Throw) {
      fault(fmt::format("{} is given twice", long_name(option)));
    }
    std::optional<std::string> value = word.value;
    const bool follows = at_ + 1 < arguments_.size() && !is_option(arguments_[at_ + 1]);
    if (!value && follows) value = arguments_[++at_];
    if (!value) {
      return fault(fmt::format("{} needs an argument, {}", word.name, option.get_type_name()));
    }
    const std::string wrong = complaint(option, *value);
    if (!wrong.empty()) fault(fmt::format("{} {}", long_name(option), wrong));
  }

  void take_unknown(const Argument& word) {
    // What follows is probably its value.
    std::optional<std::string> value = word.value;
    const bool follows = at_ + 1 < arguments_.size() && !looks_like_option(arguments_[at_ + 1]);
    if (word.name.starts_with("--") && !value && follows) value = arguments_[++at_];
    std::vector<std::string_view> names;
    for (const auto& [name, option] : options_) {
      if (name.starts_with("--")) names.emplace_back(name);
    }
    const std::string hint = option_hint(*line_.command, word.name, value.value_or(""));
    const auto near = suggest(word.name, names);
    if (near) meant_.emplace_back(*near);
    fault(fmt::format("unknown option '{}'; {}",
                      word.name,
                      !hint.empty() ? hint
                      : near        ? fmt::format("did you mean '{}'?", *near)
                                    : "see --help"));
  }

  [[nodiscard]] CLI::Option* positional() const {
    for (CLI::Option* option : line_.command->get_options()) {
      if (option->get_positional()) return option;
    }
    return nullptr;
  }

  /// Arguments that belong to no option.
  void take_values() {
    const CLI::Option* const expected = positional();
    std::size_t taken = 0;
    if (expected != nullptr) {
      const auto most = static_cast<std::size_t>(expected->get_items_expected_max());
      taken = std::min(values_.size(), most);
    }
    values_taken_ = taken > 0;
    for (std::size_t at = taken; at < values_.size(); ++at) {
      const std::string& value = values_[at];
      std::string hint = "see --help";
      const auto free = [&](const char* name) {
        const auto known = options_.find(name);
        return known != options_.end() && times_[known->second]++ == 0;
      };
      if (options_.contains("--set") && value.find('=') != value.npos) {
        hint = fmt::format("each needs a --set of its own: --set {}", value);
      } else if (free("--workload")) {
        hint = fmt::format("a workload is given as -w {}", value);
      } else if (free("--fabric")) {
        hint = fmt::format("a fabric is given as -f {}", value);
      }
      fault(fmt::format("unexpected argument '{}'; {}", value, hint));
    }
  }

  /// All that is missing at once.
  void require() {
    std::vector<std::string> missing;
    for (CLI::Option* option : line_.command->get_options()) {
      if (!option->get_required()) continue;
      if (option->get_positional()) {
        if (!values_taken_) missing.push_back(option->get_type_name());
        continue;
      }
      const std::string name = long_name(*option);
      const bool misspelt = std::find(meant_.begin(), meant_.end(), name) != meant_.end();
      if (times_[option] > 0 || misspelt) continue;  // one slip, one fault
      missing.push_back(fmt::format("{} {}", name, option->get_type_name()));
    }
    if (missing.empty()) return;
    const std::string hint = missing_hint(*line_.command);
    std::string list = missing.front();
    for (std::size_t at = 1; at < missing.size(); ++at) {
      list += (at + 1 == missing.size() ? " and " : ", ") + missing[at];
    }
    fault(fmt::format("{} needs {}; {}see --help", line_.command->get_name(), list, hint));
  }

  CommandLine& line_;
  const std::vector<std::string>& arguments_;
  std::size_t at_;
  std::map<std::string, CLI::Option*> options_;
  std::map<const CLI::Option*, int> times_;
  std::vector<std::string> values_;
  std::vector<std::string> meant_;  ///< options that misspelt ones probably are
  bool values_taken_ = false;
};

std::string unknown_command(const std::string& word, const std::vector<CLI::App*>& commands) {
  const std::string near = did_you_mean(word, names_of(commands));
  return fmt::format("unknown command '{}'; {}", word, near.empty() ? "see --help" : near);
}

}  // namespace

CommandLine read_command_line(CLI::App& app, const std::vector<std::string>& arguments) {
  CommandLine line{.command = &app, .path = app.get_name()};
  std::size_t at = 0;
  while (true) {
    const std::vector<CLI::App*> commands = commands_of(*line.command);
    if (commands.empty()) break;
    if (at == arguments.size()) {
      line.faults.push_back(
          fmt::format("a command is needed: {}; see --help", joined(names_of(commands))));
      return line;
    }
    const std::string& word = arguments[at++];
    if (word == "-h" || word == "--help") line.wants_help = true;
    if (word == "--version" && line.command == &app) line.wants_version = true;
    if (line.wants_help || line.wants_version) return line;
    if (word.starts_with('-')) {
      line.faults.push_back(
          fmt::format("unknown option '{}'; options follow the command: {} COMMAND [OPTIONS]",
                      word.substr(0, word.find('=')),
                      line.path));
      return line;
    }
    const auto named = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* one) {
      return one->get_name() == word;
    });
    if (named == commands.end()) {
      line.faults.push_back(unknown_command(word, commands));
      return line;
    }
    line.command = *named;
    line.path += " " + word;
  }
  Reader(line, arguments, at).read();
  return line;
}

}  // namespace wideep
