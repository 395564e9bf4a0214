#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/help.h"
#include "input/diagnostic.h"

namespace wideep {
namespace {

void complain_of(const CommandLine& line) {
  constexpr std::size_t kMost = 20;
  for (std::size_t at = 0; at < std::min(line.faults.size(), kMost); ++at) {
    complain(fmt::format("wideep-opt: {}\n", line.faults[at]));
  }
  if (line.faults.size() <= kMost) return;
  complain(fmt::format("wideep-opt: ... and {} faults more\n", line.faults.size() - kMost));
}

ExitCode run(int argc, char** argv) {
  CLI::App app{
      "Finds how to serve a mixture-of-experts model over many GPUs: the best EP\n"
      "width, all-to-all kernel, chunk size and dual-batch overlap, with thresholds\n"
      "and reasons.\n"
      "Exit codes: 0 ok, 1 internal error, 2 bad input, 3 the answer is no.",
      "wideep-opt"};
  app.set_version_flag("--version", WIDEEP_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  Action action;
  add_optimize(app, action);
  add_plan(app, action);
  add_emit(app, action);
  add_pareto(app, action);
  add_sweep(app, action);
  add_explain(app, action);
  add_compare(app, action);
  add_timeline(app, action);
  add_report(app, action);
  add_check(app, action);
  add_fit(app, action);
  add_presets(app, action);

  const CommandLine line = read_command_line(app, {argv + 1, argv + argc});
  if (line.wants_help) {
    print(help_text(*line.command, line.path));
    return ExitCode::kOk;
  }
  if (line.wants_version) {
    print(WIDEEP_VERSION "\n");
    return ExitCode::kOk;
  }
  if (!line.faults.empty()) {
    complain_of(line);
    return ExitCode::kBadInput;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // what was not foreseen above
    complain(fmt::format("wideep-opt: {}; see --help\n", error.what()));
    return ExitCode::kBadInput;
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
