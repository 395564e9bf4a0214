// Of zsh and fish, which tell what each option is.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "described.h"

namespace wideep {
namespace {

/// In single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\'') {
      safe += "'\\''";
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '[' || c == ']' || c == ':') c = ' ';
  }
  return text;
}

}  // namespace

std::string zsh_completion(const std::vector<Described>& all) {
  std::string functions;
  for (const Described& of : all) {
    const std::string name =
        fmt::format("_wideep_opt{}{}", of.words.empty() ? "" : "_", fmt::join(of.words, "_"));
    std::string rows;
    for (const CLI::Option* option : options_of(*of.app)) {
      const Values known = values_of(*option);
      const std::string after = known.words.empty() ? "_files"
                                : known.files
                                    ? fmt::format("{{compadd -- {}; _files}}", known.words)
                                    : fmt::format("({})", known.words);
      if (option->get_positional()) rows += fmt::format("    '*:value:{}' \\\n", quoted(after));
      for (const std::string& each : names_of(*option)) {
        rows += fmt::format("    '*{}[{}]{}' \\\n",
                            each,
                            quoted(one_line(option->get_description())),
                            takes_value(*option) ? ":value:" + quoted(after) : "");
      }
    }
    const auto below = commands_of(*of.app);
    if (below.empty()) {
      functions +=
          fmt::format("{}() {{\n  _arguments -s \\\n{}    '--help[Print this help and exit]'\n}}\n",
                      name,
                      rows);
      continue;
    }
    std::string list;
    for (const CLI::App* command : below) {
      list += fmt::format(
          "    '{}:{}'\n", command->get_name(), quoted(one_line(command->get_description())));
    }
    functions += fmt::format(
        "{0}() {{\n  local -a commands=(\n{1}  )\n"
        "  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
        "  local next={0}_${{words[2]}}\n  shift words\n  (( CURRENT-- ))\n"
        "  (( $+functions[$next] )) && $next\n}}\n",
        name,
        list);
  }
  return "#compdef wideep-opt\n# Completion of wideep-opt for zsh.\n" + functions +
         "_wideep_opt \"$@\"\n";
}

std::string fish_completion(const std::vector<Described>& all) {
  std::string text = "# Completion of wideep-opt for fish.\n";
  for (const Described& of : all) {
    std::string where;
    for (const std::string& word : of.words) {
      where += fmt::format("__fish_seen_subcommand_from {}; and ", word);
    }
    const auto below = commands_of(*of.app);
    for (const CLI::App* command : below) {
      const std::string condition =
          of.words.empty() ? "__fish_use_subcommand" : where.substr(0, where.size() - 6);
      text += fmt::format("complete -c wideep-opt -n '{}' -f -a {} -d '{}'\n",
                          condition,
                          command->get_name(),
                          quoted(one_line(command->get_description())));
    }
    if (of.words.empty()) continue;
    const std::string condition = where.substr(0, where.size() - 6);
    for (const CLI::Option* option : options_of(*of.app)) {
      text += fmt::format("complete -c wideep-opt -n '{}'", condition);
      if (option->get_positional()) {
        const std::string words = values_of(*option).words;
        text += words.empty() ? " -F\n" : fmt::format(" -f -a '{}'\n", words);
        continue;
      }
      for (const std::string& name : option->get_snames()) text += " -s " + name;
      for (const std::string& name : option->get_lnames()) text += " -l " + name;
      const Values known = values_of(*option);
      if (takes_value(*option)) text += " -r";
      if (takes_value(*option) && !known.files) text += " -f";
      if (!known.words.empty()) text += fmt::format(" -a '{}'", known.words);
      text += fmt::format(" -d '{}'\n", quoted(option->get_description()));
    }
  }
  return text;
}

}  // namespace wideep
