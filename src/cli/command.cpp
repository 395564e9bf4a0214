#include "cli/command.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "cli/option_values.h"
#include "cli/terminal.h"
#include "engines/runs.h"

namespace wideep {
namespace {

Kept*& kept() {
  thread_local Kept* in_force = nullptr;
  return in_force;
}

}  // namespace

void add_problem_options(CLI::App& command,
                         ProblemOptions& options,
                         std::vector<std::string>* fabrics) {
  command
      .add_option("-w,--workload", options.files.workload, "Workload file, or - for standard input")
      ->required()
      ->type_name("FILE");
  constexpr const char* kFabric = "-f,--fabric";
  if (fabrics != nullptr) {
    command
        .add_option(
            kFabric, *fabrics, "Fabric file or preset, several to compare; default: workload's")
        ->type_name("FILE|NAME")
        ->take_all()
        ->allow_extra_args(false);
  } else {
    command
        .add_option(
            kFabric, options.files.fabric, "Fabric file or preset; default: workload's fabric")
        ->type_name("FILE|NAME");
  }
  command.add_option("--search", options.files.search, "Search file, instead of the workload's")
      ->type_name("FILE");
  command.add_option("--set", options.files.set, "Override a key, e.g. tokens_per_rank=256")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--timing", options.timing, "Instead of search.timing")
      ->check(one_of(words_of(kTimingWords)))
      ->type_name(alternatives(kTimingWords));
  command.add_flag("--json", options.json, "Print JSON, in SI base units (docs/json.md)");
}

void add_verbose(CLI::App& command, bool& verbose) {
  command.add_flag("--verbose", verbose, "Print everything, not what fits a screen");
}

ProblemFiles files_of(const ProblemOptions& options) {
  ProblemFiles files = options.files;
  if (!options.timing.empty()) files.set.push_back("search.timing=" + options.timing);
  return files;
}

Problem read_problem(const ProblemOptions& options) {
  return with_engines(read_problem(files_of(options)));
}

void refuse_option(const std::string& option, const std::string& message, std::string fix) {
  throw InputError(InputFault{
      .rule = "bad_input", .file = option, .line = {}, .message = message, .fix = std::move(fix)});
}

Kept::Kept() {
  kept() = this;
}

Kept::~Kept() {
  kept() = nullptr;
}

void complain(const std::string& text) {
  const std::string shown = printable(text);
  if (kept() != nullptr) {
    kept()->complained += shown;
    return;
  }
  const std::size_t written = std::fwrite(shown.data(), 1, shown.size(), stderr);
  static_cast<void>(written);
}

void print(const std::string& text) {
  if (kept() != nullptr) {
    kept()->printed += text;
    return;
  }
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    throw std::runtime_error(std::string("cannot write the result: ") + std::strerror(errno));
  }
}

void show(const Text& report) {
  print(laid_out(report, display_of(stdout)));
}

}  // namespace wideep
