#include "cli/command.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include <fmt/format.h>

#include "input/diagnostic.h"

namespace wideep {

void add_problem_options(CLI::App& command, ProblemOptions& options) {
  command
      .add_option("-w,--workload", options.files.workload, "Workload file, or - for standard input")
      ->required()
      ->type_name("FILE");
  command
      .add_option(
          "-f,--fabric", options.files.fabric, "Fabric file or preset; default: workload's fabric")
      ->type_name("FILE|NAME");
  command.add_option("--search", options.files.search, "Search file, instead of workload's block")
      ->type_name("FILE");
  command.add_option("--set", options.files.set, "Override one, e.g. tokens_per_rank=256")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->allow_extra_args(false);
  command.add_option("--timing", options.timing, "Instead of search.timing")
      ->check(CLI::IsMember({"schedule", "steady_state"}))
      ->type_name("NAME");
  command.add_flag("--json", options.json, "Print JSON, in SI base units (docs/json.md)");
}

Problem read_problem(const ProblemOptions& options) {
  ProblemFiles files = options.files;
  if (!options.timing.empty()) files.set.push_back("search.timing=" + options.timing);
  return read_problem(files);
}

void complain(const std::string& text) {
  const std::size_t written = std::fwrite(text.data(), 1, text.size(), stderr);
  static_cast<void>(written);
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    throw std::runtime_error(std::string("cannot write the result: ") + std::strerror(errno));
  }
}

void write_file(const std::string& path, const std::string& text) {
  const auto refuse = [&](const std::string& reason) {
    throw InputError(fmt::format("{}: error: cannot write the file: {}\n", path, reason));
  };
  if (path == "-") refuse("give a file's name; the report goes to standard output");
  std::error_code error;
  // A link is followed, and what it names is replaced.
  const std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  if (error) refuse(error.message());
  const auto kind = std::filesystem::status(target, error).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    refuse("it is no regular file");
  }
  const std::filesystem::path unfinished = target.string() + ".unfinished";
  std::filesystem::remove(unfinished, error);
  // "x": only where nothing lies, so that no link is followed.
  std::FILE* const file = std::fopen(unfinished.c_str(), "wbx");
  if (file == nullptr) refuse(std::strerror(errno));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const bool closed = std::fclose(file) == 0;
  const std::string reason = std::strerror(errno);
  error.clear();
  if (written && closed) std::filesystem::rename(unfinished, target, error);
  if (written && closed && !error) return;
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  refuse(error ? error.message() : reason);
}

}  // namespace wideep
