// How fast logs are read, bytes per second of what long ones consist of, and how fast a long one is
// read and fitted. docs/performance.md
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "fit/comm_fit.h"
#include "logs/read_logs.h"

namespace wideep {
namespace {

constexpr std::size_t kBytes = 32'000'000;
constexpr int kRanks = 16;

/// Noise of NCCL and, so that there is something to read, one result.
std::string noise() {
  std::string text =
      "# EP=16\n"
      "[rank 0] Dispatch bandwidth: 42.99 GB/s, avg_t=100.00 us | Combine bandwidth: 41.53 GB/s, "
      "avg_t=200.00 us\n";
  for (int i = 0; text.size() < kBytes; i = (i + 1) % kRanks) {
    text += fmt::format(
        "node-0:1234:1299 [{}] NCCL INFO Channel {:02}/0 : {}[{}] -> 1[1] via P2P/CUMEM/read\n"
        "node-0:1234:1299 [{}] NCCL INFO NET/IB : Using [0]mlx5_0:1/IB [1]mlx5_1:1/IB [RO]; OOB "
        "eth0:10.0.0.1<0>\n"
        "node-0:1234:1299 [{}] NCCL INFO comm 0x55d1c0 rank {} nranks 16 busId 1b000 - Init "
        "COMPLETE\n",
        i,
        i,
        i,
        i,
        i,
        i,
        i);
  }
  return text;
}

std::string rank_lines() {
  constexpr int kDigits = 100;
  std::string text = "# EP=16\n";
  for (int i = 0; text.size() < kBytes; ++i) {
    text += fmt::format(
        "[rank {}] Dispatch bandwidth: 42.{:02} GB/s, avg_t=100.{:02} us | Combine bandwidth: "
        "41.53 GB/s, avg_t=200.{:02} us\n",
        i % kRanks,
        i % kDigits,
        i % kDigits,
        i % kDigits);
  }
  return text;
}

std::string nccl_tables() {
  std::string text = "# Collective test starting: alltoall_perf\n";
  while (text.size() < kBytes) {
    text +=
        "        4096           512      half    none      -1    10.00    0.41    0.38       0    "
        "11.00    0.37    0.35    N/A\n"
        "     4194304        524288      half    none      -1    20.00  209.72  196.61       0    "
        "21.00  199.73  187.25    N/A\n";
  }
  return text + "# Avg bus bandwidth    : 90.0\n";
}

std::string csv_table() {
  constexpr int kTokens = 4096;
  std::string text =
      "kernel,phase,ep_width,tokens_per_rank,hidden_size,top_k,element_bytes,time_us\n";
  for (int i = 0; text.size() < kBytes; ++i) {
    text += fmt::format("LL,dispatch,16,{},7168,8,2,{}.25\n", 1 + i % kTokens, 20 + i % kTokens);
  }
  return text;
}

/// The noise with a line of a log of DeepEP LL after every 49.
std::string log_in_noise() {
  constexpr int kEvery = 50;
  std::ifstream log(WIDEEP_SOURCE_DIR "/configs/logs/deepep_ll_ep16.log");
  std::istringstream lines(noise());
  std::string text;
  std::string line;
  for (int at = 1; std::getline(lines, line); ++at) {
    text += line + "\n";
    if (at % (kEvery - 1) != 0) continue;
    if (!std::getline(log, line)) {
      log.clear();
      log.seekg(0);
      std::getline(log, line);
    }
    text += line + "\n";
  }
  return text;
}

/// Calls `use` with the path of a file that holds what is made.
template <class Use>
void with_file(benchmark::State& state, std::string (*make)(), const Use& use) {
  const std::string path =
      (std::filesystem::temp_directory_path() / "wideep_read_logs_benchmark.log").string();
  const std::string text = make();
  std::ofstream(path, std::ios::binary) << text;
  for (auto _ : state) use(path);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(text.size()));
  std::filesystem::remove(path);
}

void read(benchmark::State& state, std::string (*make)()) {
  with_file(state, make, [](const std::string& path) {
    benchmark::DoNotOptimize(read_logs({path}, {}));
  });
}

void fit(benchmark::State& state) {
  with_file(state, log_in_noise, [](const std::string& path) {
    const CommFit found = fit_comm(read_logs({path}, {}), {});
    if (found.laws.empty()) throw std::logic_error("nothing was fitted");
    benchmark::DoNotOptimize(found);
  });
}

BENCHMARK(fit)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, noise, noise)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, rank_lines, rank_lines)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, nccl_tables, nccl_tables)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, csv_table, csv_table)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace wideep
