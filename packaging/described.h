#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace wideep {

/// A command, and the words that lead to it: {"fit", "comm"}.
struct Described {
  const CLI::App* app = nullptr;
  std::vector<std::string> words;

  /// "wideep-opt-fit-comm", with what stands between the words.
  [[nodiscard]] std::string name(const char* between) const;
};

/// Its options but --help.
std::vector<const CLI::Option*> options_of(const CLI::App& app);

/// Its own commands.
std::vector<const CLI::App*> commands_of(const CLI::App& app);

/// "-w", "--workload".
std::vector<std::string> names_of(const CLI::Option& option);

bool takes_value(const CLI::Option& option);

/// What may follow an option.
struct Values {
  std::string words;   ///< apart by blanks: those that it takes, names of presets among them
  bool files = false;  ///< files too
};
Values values_of(const CLI::Option& option);

/// A page of section 1 in roff.
std::string manual_page(const Described& of, const std::vector<Described>& all);

// Completions of all commands.
std::string bash_completion(const std::vector<Described>& all);
std::string zsh_completion(const std::vector<Described>& all);
std::string fish_completion(const std::vector<Described>& all);

}  // namespace wideep
