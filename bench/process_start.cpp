// Whole processes beside one that does nothing: start, reading, answer, report. Each run of the
// program is paired with a run of /bin/true, so that the ratio does not hang on how busy the
// machine is. docs/performance.md

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <limits>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <fmt/core.h>

namespace wideep {
namespace {

/// What a process takes, in ms and MB.
struct Use {
  double wall = std::numeric_limits<double>::infinity();
  double cpu = std::numeric_limits<double>::infinity();
  double memory = std::numeric_limits<double>::infinity();  ///< its peak
};

Use least(const Use& a, const Use& b) {
  return {.wall = std::min(a.wall, b.wall),
          .cpu = std::min(a.cpu, b.cpu),
          .memory = std::min(a.memory, b.memory)};
}

double milliseconds(const timeval& time) {
  constexpr double kOfSecond = 1e3;
  constexpr double kOfMicrosecond = 1e-3;
  return kOfSecond * static_cast<double>(time.tv_sec) +
         kOfMicrosecond * static_cast<double>(time.tv_usec);
}

Use run(std::vector<std::string> command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (std::string& part : command) arguments.push_back(part.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files{};
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const auto begin = std::chrono::steady_clock::now();
  pid_t process = 0;
  int status = 0;
  rusage used{};
  const bool ran =
      posix_spawn(&process, arguments[0], &files, nullptr, arguments.data(), environ) == 0 &&
      wait4(process, &status, 0, &used) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const std::chrono::duration<double, std::milli> wall = std::chrono::steady_clock::now() - begin;
  posix_spawn_file_actions_destroy(&files);
  if (!ran) throw std::runtime_error("failed: " + command[0]);
  constexpr double kMegabyte = 1e6 / 1024;  // in KiB
  return {.wall = wall.count(),
          .cpu = milliseconds(used.ru_utime) + milliseconds(used.ru_stime),
          .memory = static_cast<double>(used.ru_maxrss) / kMegabyte};
}

std::vector<std::string> on(const std::string& command,
                            const std::string& config,
                            const std::vector<std::string>& options = {}) {
  std::vector<std::string> all = {command, "-w", WIDEEP_SOURCE_DIR "/configs/" + config + ".yaml"};
  all.insert(all.end(), options.begin(), options.end());
  return all;
}

std::vector<std::string> fit_comm() {
  std::vector<std::string> options = {"fit", "comm"};
  for (const char* width : {"8", "16", "32", "64"}) {
    options.push_back(std::string(WIDEEP_SOURCE_DIR "/configs/logs/deepep_ll_ep") + width + ".log");
  }
  return options;
}

/// The least of so many pairs, and the median of their ratios of CPU time.
void print_row(const std::string& name, int pairs, const std::vector<std::string>& options) {
  std::vector<std::string> command = {WIDEEP_PROGRAM};
  command.insert(command.end(), options.begin(), options.end());
  Use nothing;
  Use ours;
  std::vector<double> ratios;
  ratios.reserve(static_cast<std::size_t>(pairs));
  for (int pair = 0; pair < pairs; ++pair) {
    const Use beside = run({"/bin/true"});
    const Use one = run(command);
    nothing = least(nothing, beside);
    ours = least(ours, one);
    ratios.push_back(one.cpu / beside.cpu);
  }
  const auto median = ratios.begin() + pairs / 2;
  std::nth_element(ratios.begin(), median, ratios.end());
  fmt::print("| {:<22} | {:>6.1f} ms | {:>6.1f} ms | {:>6.1f} ms | {:>5.1f} | {:>5.1f} MB |\n",
             name,
             ours.wall,
             ours.cpu,
             nothing.cpu,
             *median,
             ours.memory);
}

}  // namespace
}  // namespace wideep

int main() {
  using namespace wideep;
  constexpr int kPairs = 100;
  fmt::print(
      "| process | time | CPU time | /bin/true | times /bin/true | memory "
      "|\n|---|---|---|---|---|---|\n");
  const std::string decode = "deepseek-v3-decode-h100-ib400";
  const std::string plan = "deepseek-r1-plan-gb200-nvl72";
  print_row("--version", kPairs, {"--version"});
  print_row("optimize, decode", kPairs, on("optimize", decode));
  print_row("optimize, decode, zipf",
            kPairs / 2,
            on("optimize", decode, {"--set", "straggler_factor={zipf: 0.614}"}));
  print_row("optimize, prefill", kPairs, on("optimize", "deepseek-v3-prefill-h100-ib400"));
  print_row("fit comm, four logs", kPairs, fit_comm());
  print_row("plan", kPairs / 4, on("plan", plan));
  print_row("plan --sensitivity", kPairs / 20, on("plan", plan, {"--sensitivity"}));
}
