#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "input/read_problem.h"
#include "model/problem.h"
#include "report/text.h"

namespace wideep {

/// What the process says to the shell.
enum class ExitCode {
  kOk = 0,
  kInternalError = 1,
  kBadInput = 2,  ///< a usage error, or an input file that cannot be used
  kNo = 3         ///< the question was fine and the answer is no: infeasible, or a check fails
};

/// What to do once the command line is parsed; set by the subcommand that was named.
using Action = std::function<ExitCode()>;

void add_optimize(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_compare(CLI::App& app, Action& action);
void add_timeline(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_pareto(CLI::App& app, Action& action);
void add_plan(CLI::App& app, Action& action);
void add_emit(CLI::App& app, Action& action);
void add_fit(CLI::App& app, Action& action);
void add_init(CLI::App& app, Action& action);
void add_presets(CLI::App& app, Action& action);
void add_schema(CLI::App& app, Action& action);

/// The options that name a problem, shared by the commands that read one.
struct ProblemOptions {
  ProblemFiles files;
  std::string timing;  ///< empty: as the file says
  bool json = false;
};

/// Adds --workload, --fabric, --search, --set, --timing and --json. `fabrics`: of a command that
/// takes several.
void add_problem_options(CLI::App& command,
                         ProblemOptions& options,
                         std::vector<std::string>* fabrics = nullptr);

/// Adds --verbose.
void add_verbose(CLI::App& command, bool& verbose);

constexpr Detail detail_of(bool verbose) {
  return verbose ? Detail::kEverything : Detail::kScreen;
}

/// The files that they name, with what other options say of them.
ProblemFiles files_of(const ProblemOptions& options);

/// Reads the problem they name, with what engines run of it. Throws InputError.
Problem read_problem(const ProblemOptions& options);

/// Refuses an option's value, with what to write instead. Throws InputError.
[[noreturn]] void refuse_option(const std::string& option,
                                const std::string& message,
                                std::string fix);

/// What a command writes, kept instead, as long as it lives and in this thread; for programs that
/// run commands in themselves.
class Kept {
 public:
  Kept();
  ~Kept();
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;
  Kept(Kept&&) = delete;
  Kept& operator=(Kept&&) = delete;

  std::string printed;
  std::string complained;
};

/// Writes to standard error; where that fails nothing can be said of it.
void complain(const std::string& text);

/// Writes to standard output. Throws std::runtime_error where it cannot be written.
void print(const std::string& text);

/// The same of a report, as the terminal has it.
void show(const Text& report);

/// What a path names once links are followed, where a file may be written: none is there, or a
/// regular one that is not read-only. Throws InputError elsewhere.
std::string writable_target(const std::string& path);

/// Writes a file whole or not at all, by way of a file of its own in the same folder. Links are
/// followed, a file that is there keeps its mode. Throws InputError, where it is read-only too.
void write_file(const std::string& path, const std::string& text);

}  // namespace wideep
