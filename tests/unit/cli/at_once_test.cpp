// Commands in several threads at once, as the Python module runs them.
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/run.h"
#include "input/given_texts.h"

namespace wideep::at_once_test {
namespace {

constexpr const char* kDecode = WIDEEP_SOURCE_DIR "/configs/deepseek-v3-decode-h100-ib400.yaml";

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A workload with another straggler factor for each of up to nine threads.
std::string workload(std::size_t thread) {
  std::string text = text_of(kDecode);
  const std::string as_shipped = "straggler_factor: 1.11";
  const std::size_t at = text.find(as_shipped);
  REQUIRE(at != std::string::npos);
  return text.replace(at, as_shipped.size(), fmt::format("straggler_factor: 1.{}", thread + 1));
}

/// What a command answers about a workload that every thread gives by the same name.
std::string answer(const std::string& workload, const std::vector<std::string>& arguments) {
  const GivenTexts given({{"<workload>", workload}});
  const Kept kept;
  const ExitCode code = run(arguments);
  return fmt::format("{} {}{}", static_cast<int>(code), kept.printed, kept.complained);
}

TEST_SUITE("cli") {
  TEST_CASE("commands at once in several threads answer what they answer alone") {
    const std::vector<std::vector<std::string>> commands = {
        {"optimize", "-w", "<workload>", "--json"},
        {"explain", "-w", "<workload>", "--ep", "16", "--kernel", "HT", "--overlap", "dbo"},
        {"pareto", "-w", "<workload>", "--points", "5"},
        {"optimize", "-w", "<workload>", "--sensitivity", "--draws", "5"},
        {"sweep", "-w", "<workload>", "--axis", "context=1000:9000:70", "--threads", "2"},
    };
    constexpr std::size_t kThreads = 4;
    std::array<std::string, kThreads> workloads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      workloads.at(thread) = workload(thread);
    }
    // Before any of them is run alone: what is kept of presets is made while all ask for it.
    std::array<std::vector<std::string>, kThreads> answers;
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      answers.at(thread).resize(commands.size());
      threads.emplace_back([&, thread] {
        for (std::size_t turn = 0; turn < commands.size(); ++turn) {
          const std::size_t command = (thread + turn) % commands.size();
          answers.at(thread)[command] = answer(workloads.at(thread), commands[command]);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t command = 0; command < commands.size(); ++command) {
      CAPTURE(commands[command].front());
      for (std::size_t thread = 0; thread < kThreads; ++thread) {
        CHECK(answers.at(thread)[command] == answer(workloads.at(thread), commands[command]));
      }
      CHECK(answers.front()[command].starts_with("0 "));
      CHECK(answers.front()[command] != answers.back()[command]);
    }
  }
}

}  // namespace
}  // namespace wideep::at_once_test
