#include "cli/help.h"

#include <fmt/format.h>

namespace wideep {
namespace {

constexpr std::size_t kDescriptionColumn = 30;

/// "  --ep N REQUIRED", then the description in its column, on the next line where it is too long.
std::string row(const std::string& what, const std::string& description) {
  std::string line = "  " + what;
  if (line.size() >= kDescriptionColumn) line += '\n' + std::string(kDescriptionColumn, ' ');
  return fmt::format("{:<{}}{}\n", line, kDescriptionColumn, description);
}

std::string names_of(const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames()) names += fmt::format(",-{}", name);
  for (const std::string& name : option.get_lnames()) names += fmt::format(",--{}", name);
  return names.substr(1);
}

bool may_repeat(const CLI::Option& option) {
  return option.get_positional() ||
         option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
}

std::string option_row(const CLI::Option& option) {
  std::string what = option.get_positional() ? "" : names_of(option);
  const std::string type = option.get_type_name();
  if (!type.empty()) what += (what.empty() ? "" : " ") + type;
  if (!type.empty() && may_repeat(option) && option.get_items_expected_max() > 1) what += " ...";
  if (option.get_required()) what += " REQUIRED";
  return row(what, option.get_description());
}

}  // namespace

std::string help_text(const CLI::App& command, const std::string& path) {
  std::string usage = fmt::format("Usage: {} [OPTIONS]", path);
  std::string positionals;
  std::string options = row("-h,--help", "Print this help and exit");
  for (const CLI::Option* option : command.get_options()) {
    if (option == command.get_help_ptr()) continue;
    if (option->get_positional()) {
      const bool many = option->get_items_expected_max() > 1;
      usage += fmt::format(" {}{}", option->get_type_name(), many ? "..." : "");
      positionals += option_row(*option);
    } else {
      options += option_row(*option);
    }
  }
  std::string commands;
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    commands += row(below->get_name(), below->get_description());
  }
  if (!commands.empty()) usage += " COMMAND";
  std::string text = fmt::format("{}\n{}\n", command.get_description(), usage);
  if (!positionals.empty()) text += "\nArguments:\n" + positionals;
  text += "\nOptions:\n" + options;
  if (!commands.empty()) text += "\nCommands:\n" + commands;
  if (command.get_parent() == nullptr) {
    text += "\nStart with wideep-opt init, or with the files of configs/.\n";
  }
  return text;
}

}  // namespace wideep
