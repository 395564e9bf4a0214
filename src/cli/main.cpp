#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"
#include "input/diagnostic.h"
#include "input/suggest.h"

namespace wideep {
namespace {

/// The name nearest to a word that is none of them.
std::string near(std::string_view word, const std::vector<std::string>& names) {
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto found = suggest(word, known);
  return found ? fmt::format("; did you mean '{}'?", *found) : "; see --help";
}

/// What to say when a word is no command, or none of a command that has commands of its own: CLI11
/// 2.1 only says that one is required.
std::optional<std::string> unknown_command(const CLI::App& app, int argc, char** argv) {
  const CLI::App* level = &app;
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    const auto commands = level->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || word.empty() || word.starts_with('-')) return std::nullopt;
    const auto named = std::find_if(commands.begin(), commands.end(), [&](const CLI::App* one) {
      return one->get_name() == word;
    });
    if (named == commands.end()) {
      std::vector<std::string> names;
      names.reserve(commands.size());
      for (const CLI::App* one : commands) names.push_back(one->get_name());
      return fmt::format("unknown command '{}'{}", word, near(word, names));
    }
    level = *named;
  }
  return std::nullopt;
}

/// What to say where a command has commands of its own and none was named.
std::optional<std::string> missing_command(const CLI::App& app) {
  const CLI::App* level = &app;
  while (!level->get_subcommands().empty()) level = level->get_subcommands().front();
  const auto commands = level->get_subcommands([](const CLI::App*) { return true; });
  if (commands.empty()) return std::nullopt;
  std::size_t longest = 0;
  for (const CLI::App* one : commands) longest = std::max(longest, one->get_name().size());
  const std::string prefix = level == &app ? "" : level->get_name() + " ";
  std::string text =
      level == &app ? "a command is needed:" : fmt::format("{} needs one of:", level->get_name());
  for (const CLI::App* one : commands) {
    text +=
        fmt::format("\n  {}{:<{}}  {}", prefix, one->get_name(), longest, one->get_description());
  }
  return text + fmt::format("\n  = help: wideep-opt {}--help", prefix);
}

/// What to say of the first long option that the command does not have: CLI11 complains of what is
/// missing before it complains of what is misspelt.
std::optional<std::string> unknown_option(const CLI::App& app, int argc, char** argv) {
  const CLI::App* command = &app;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (int at = 1; at < argc; ++at) {
    const std::string_view word = argv[at];
    const std::string_view name = word.substr(0, word.find('='));
    if (!word.starts_with("--") || std::find(names.begin(), names.end(), name) != names.end()) {
      continue;
    }
    return fmt::format("unknown option '{}'{}", name, near(name, names));
  }
  return std::nullopt;
}

ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == 0) {  // --help or --version
    app.exit(error);
    return ExitCode::kOk;
  }
  if (const auto message = unknown_command(app, argc, argv)) {
    complain(fmt::format("wideep-opt: {}\n", *message));
    return ExitCode::kBadInput;
  }
  if (const auto message = unknown_option(app, argc, argv)) {
    complain(fmt::format("wideep-opt: {}\n", *message));
    return ExitCode::kBadInput;
  }
  if (const auto message = missing_command(app)) {
    complain(fmt::format("wideep-opt: {}\n", *message));
    return ExitCode::kBadInput;
  }
  complain(fmt::format("wideep-opt: {}; see --help\n", error.what()));
  return ExitCode::kBadInput;
}

ExitCode run(int argc, char** argv) {
  CLI::App app{
      "Finds how to serve a mixture-of-experts model over many GPUs: the best EP\n"
      "width, all-to-all kernel, chunk size and dual-batch overlap, with thresholds\n"
      "and reasons.\n"
      "Exit codes: 0 ok, 1 internal error, 2 bad input, 3 the answer is no.",
      "wideep-opt"};
  app.set_version_flag("--version", WIDEEP_VERSION);
  app.require_subcommand(1);
  Action action;
  add_optimize(app, action);
  add_explain(app, action);
  add_timeline(app, action);
  add_check(app, action);
  add_fit(app, action);
  add_presets(app, action);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error, argc, argv);
  }
  try {
    return action();
  } catch (const InputError& error) {
    complain(error.what());
    return ExitCode::kBadInput;
  }
}

}  // namespace
}  // namespace wideep

int main(int argc, char** argv) {
  try {
    return static_cast<int>(wideep::run(argc, argv));
  } catch (const std::exception& error) {
    wideep::complain(fmt::format("wideep-opt: internal error: {}\n", error.what()));
  } catch (...) {
    wideep::complain("wideep-opt: internal error\n");
  }
  return static_cast<int>(wideep::ExitCode::kInternalError);
}
