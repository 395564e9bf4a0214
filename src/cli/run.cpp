#include "cli/run.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/help.h"
#include "cli/version.h"
#include "input/diagnostic.h"

namespace wideep {
namespace {

InputError error_of(const CommandLine& line) {
  constexpr std::size_t kMost = 20;
  std::string text;
  for (std::size_t at = 0; at < std::min(line.faults.size(), kMost); ++at) {
    text += fmt::format("wideep-opt: {}\n", line.faults[at]);
  }
  if (line.faults.size() > kMost) {
    text += fmt::format("wideep-opt: ... and {} faults more\n", line.faults.size() - kMost);
  }
  return InputError(text);
}

struct Command {
  std::string_view name;
  void (*add)(CLI::App& app, Action& action);
};

constexpr std::array<Command, 14> kCommands = {{{"optimize", add_optimize},
                                                {"plan", add_plan},
                                                {"emit", add_emit},
                                                {"pareto", add_pareto},
                                                {"sweep", add_sweep},
                                                {"explain", add_explain},
                                                {"compare", add_compare},
                                                {"timeline", add_timeline},
                                                {"report", add_report},
                                                {"check", add_check},
                                                {"fit", add_fit},
                                                {"init", add_init},
                                                {"presets", add_presets},
                                                {"schema", add_schema}}};

void add_all(CLI::App& app, Action& action) {
  for (const Command& each : kCommands) each.add(app, action);
}

/// The command that is asked for, or all of them where that is none: the others take time to set
/// up.
void add_commands(CLI::App& app, const std::vector<std::string>& arguments, Action& action) {
  const auto* const asked =
      std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& each) {
        return !arguments.empty() && arguments.front() == each.name;
      });
  if (asked != kCommands.end()) return asked->add(app, action);
  add_all(app, action);
}

void set_up_program(CLI::App& app) {
  app.name("wideep-opt");
  app.description(
      "Finds how to serve a mixture-of-experts model over many GPUs: the best EP\n"
      "width, all-to-all kernel, chunk size and dual-batch overlap, with thresholds\n"
      "and reasons.\n"
      "Exit codes: 0 ok, 1 internal error, 2 bad input, 3 the answer is no.");
  app.set_version_flag("--version", WIDEEP_VERSION, "Print version, commit and presets, and exit");
  app.require_subcommand(1);
}

}  // namespace

void set_up(CLI::App& app, Action& action) {
  set_up_program(app);
  add_all(app, action);
}

ExitCode run(const std::vector<std::string>& arguments) {
  CLI::App app;
  set_up_program(app);
  Action action;
  add_commands(app, arguments, action);

  const CommandLine line = read_command_line(app, arguments);
  if (line.wants_help) {
    print(help_text(*line.command, line.path));
    return ExitCode::kOk;
  }
  if (line.wants_version) {
    print(version_text());
    return ExitCode::kOk;
  }
  if (!line.faults.empty()) throw error_of(line);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {  // what was not foreseen above
    throw InputError(fmt::format("wideep-opt: {}; see --help\n", error.what()));
  }
  return action();
}

}  // namespace wideep
