#include "plan/sweep.h"

#include <array>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engines/runs.h"
#include "input/diagnostic.h"
#include "report/sweep_rows.h"
#include "search/optimize.h"
#include "support/draw.h"
#include "support/folder.h"

namespace wideep::sweep_test {
namespace {

constexpr const char* kDecode = WIDEEP_SOURCE_DIR "/configs/deepseek-v3-decode-h100-ib400.yaml";

ProblemFiles decode(const std::vector<std::string>& set = {}) {
  return {.workload = kDecode, .fabric = {}, .search = {}, .set = set};
}

/// All rows of a sweep.
std::string rows(const SweptProblem& swept, const SweepRun& run) {
  std::vector<std::string> keys;
  for (const Axis& axis : swept.axes()) keys.push_back(axis.key);
  const std::vector<SweepColumn> columns = sweep_columns(keys);
  std::string all;
  sweep(
      swept,
      run,
      [&](const SweepPoint& point, std::string& text) { add_csv_row(point, columns, text); },
      [&](std::uint64_t, std::string_view text) { all += text; });
  return all;
}

std::string rows(const ProblemFiles& files, const std::vector<std::string>& axes, int threads = 0) {
  const SweptProblem swept(files, axes);
  return rows(swept, {.points = {0, swept.points()}, .threads = threads});
}

/// The row of what `optimize --set KEY=VALUE` finds, by all its solvers.
std::string row_of_optimize(const std::string& key, const std::string& value) {
  const Problem problem = with_engines(read_problem(decode({key + "=" + value})));
  SearchResult found = optimize(problem, Solver::kBoth);
  SweepPoint point{.values = {value},
                   .problem = &problem,
                   .answer = {.optimum = found.optimum, .best_run = found.best_run},
                   .thresholds = {}};
  if (point.answer.used() != nullptr) {
    point.thresholds = thresholds(problem, point.answer.used()->config);
  }
  const std::array<std::string, 1> keys = {key};
  std::string text;
  add_csv_row(point, sweep_columns(keys), text);
  return text;
}

/// Keys of every part of the input, with values that mostly are taken.
struct Range {
  const char* key;
  double low;
  double high;
  const char* unit;  ///< "#": whole
};
constexpr std::array<Range, 26> kRanges = {{
    {"tokens_per_rank", 1, 400, "#"},
    {"context", 1, 60'000, "#"},
    {"hidden_size", 1'000, 9'000, "#"},
    {"top_k", 1, 12, "#"},
    {"experts", 16, 512, "#"},
    {"moe_layers", 1, 80, "#"},
    {"model.dense_layers", 0, 10, "#"},
    {"model.moe_intermediate_size", 256, 4'096, "#"},
    {"redundant_experts", 0, 64, "#"},
    {"straggler_factor", 0.9, 2, ""},
    {"comm_straggler_factor", 1, 2, ""},
    {"off_domain_fraction", 0, 1.1, ""},
    {"serving_efficiency", 5, 110, "%"},
    {"slo.tpot", 20, 120, "ms"},
    {"expert_time_per_token", 0.01, 1, "us"},
    {"attention_time.fixed", 1, 500, "us"},
    {"gpus_per_domain", 1, 64, "#"},
    {"gpu.hbm_bandwidth", 1'000, 8'000, "GB/s"},
    {"gpu.hbm_efficiency", 0.1, 1.1, ""},
    {"gpu.memory", 50, 200, "GB"},
    {"gpu.sms", 100, 200, "#"},
    {"kernels.LL.dispatch.latency", 1, 100, "us"},
    {"kernels.LL.combine.bandwidth.scale_out", 10, 200, "GB/s"},
    {"kernels.HT.dispatch.bandwidth.scale_up.cap", 50, 900, "GB/s"},
    {"search.max_chunks", 1, 128, "#"},
    {"search.tolerance", 0, 0.3, ""},
}};

/// Values of a key that optimize takes, and one that it may refuse.
std::vector<std::string> drawn(const Range& range, Draw& draw) {
  std::vector<std::string> values;
  for (int at = 0; at < 8; ++at) {
    const double value = draw.uniform(range.low, range.high);
    const bool whole = std::string(range.unit) == "#";
    values.push_back(whole ? std::to_string(static_cast<int>(value))
                           : fmt::format("{:.4f}{}", value, range.unit));
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

TEST_SUITE("plan/sweep") {
  TEST_CASE("a row is what optimize --set finds, whatever key and value") {
    Draw draw(11);
    int equal = 0;
    int refused = 0;
    for (const Range& range : kRanges) {
      std::string axis = std::string(range.key) + "=";
      std::string expected;
      for (const std::string& value : drawn(range, draw)) {
        CAPTURE(range.key);
        CAPTURE(value);
        std::string said;
        try {
          expected += row_of_optimize(range.key, value);
          axis += (axis.ends_with('=') ? "" : ",") + value;
          ++equal;
        } catch (const InputError& error) {
          said = error.what();
        }
        if (said.empty()) continue;
        ++refused;
        if (said.starts_with("--set")) said.replace(0, 5, "--axis");
        CHECK_THROWS_WITH_AS(SweptProblem(decode(), {std::string(range.key) + "=" + value}),
                             said.c_str(),
                             InputError);
      }
      CAPTURE(axis);
      if (!axis.ends_with('=')) CHECK(rows(decode(), {axis}) == expected);
    }
    CHECK(equal >= 150);
    CHECK(equal + refused >= 190);
    CHECK(refused >= 5);
  }

  TEST_CASE("two axes lie over each other as two --set do") {
    const std::string swept =
        rows(decode(), {"kernels.LL.dispatch.latency=5us,50us", "gpu.hbm_efficiency=0.4,0.9"});
    std::string one_by_one;
    for (const char* latency : {"5us", "50us"}) {
      const std::string set = std::string("kernels.LL.dispatch.latency=") + latency;
      const std::string part = rows(decode({set}), {"gpu.hbm_efficiency=0.4,0.9"});
      for (std::size_t at = 0; at < part.size();) {
        const std::size_t end = part.find('\n', at) + 1;
        one_by_one += std::string(latency) + "," + part.substr(at, end - at);
        at = end;
      }
    }
    CHECK(swept == one_by_one);
  }

  TEST_CASE("a factor scales all that stands below its key, in both directions") {
    const std::string all = rows(decode({"search.kernel=HT"}), {"kernels.HT.bandwidth=0.5x,2x"});
    const std::string half = rows(
        decode(
            {"search.kernel=HT",
             "kernels.HT.dispatch.bandwidth={scale_up: {per_sm: {8: 9.195GB/s, 16: 6.42GB/s, 32: "
             "5.735GB/s}, cap: 176.3GB/s}, scale_out: 23.465GB/s}",
             "kernels.HT.combine.bandwidth={scale_up: {per_sm: {8: 9.845GB/s, 16: 4.9675GB/s, 32: "
             "4.357GB/s}, cap: 176.5GB/s}, scale_out: 24.07GB/s}"}),
        {"search.tolerance=0.05"});
    const std::string row = half.substr(half.find(','));
    CHECK(all.substr(0, row.size() + 4) == "0.5x" + row);
    CHECK_THROWS_AS(SweptProblem(decode(), {"kernels.HT.floor=0.5x,2x"}), InputError);
  }

  TEST_CASE("rows do not depend on the number of threads") {
    const std::vector<std::string> axes = {"tokens_per_rank=1:200:40", "context=1000,9000,70000"};
    const std::string one = rows(decode(), axes, 1);
    CHECK(std::count(one.begin(), one.end(), '\n') == 120);
    CHECK(rows(decode(), axes, 2) == one);
    CHECK(rows(decode(), axes, 4) == one);
  }

  TEST_CASE("shards follow each other and leave nothing out") {
    const SweptProblem swept(decode(), {"tokens_per_rank=1:50:50"});
    std::string all;
    std::uint64_t next = 0;
    for (std::uint64_t shard = 1; shard <= 7; ++shard) {
      const PointRange part = shard_of(swept.points(), shard, 7);
      CHECK(part.first == next);
      CHECK(part.last - part.first >= 7);
      CHECK(part.last - part.first <= 8);
      next = part.last;
      all += rows(swept, {.points = part});
    }
    CHECK(next == 50);
    CHECK(all == rows(swept, {.points = {0, 50}}));
    CHECK(shard_of(3, 5, 5).first == 3);
    CHECK(shard_of(1'000'000'000'000, 1'000'000, 1'000'000).last == 1'000'000'000'000);
  }

  TEST_CASE("points that nothing is feasible at are rows of nothing") {
    CHECK(rows(decode(), {"tokens_per_rank=4096"}) == "4096,,,,,,,,,,,,,,,,,,,,,,\n");
  }

  TEST_CASE("every refused value is told before the first point") {
    try {
      const SweptProblem swept(decode(), {"top_k=8,300,301,302,303"});
      FAIL("not refused");
    } catch (const InputError& error) {
      const std::string said = error.what();
      CHECK(said.find("--axis:1:7: error: 'top_k' is 300, more than the 256 experts\n"
                      "    1 | top_k=300\n"
                      "      |       ^\n") == 0);
      CHECK(said.find("... and 1 points more are refused\n") != said.npos);
    }
  }

  TEST_CASE("axes that stand in each other's way") {
    for (const std::vector<std::string>& axes :
         {std::vector<std::string>{"context=1,2", "context=3,4"},
          {"gpu.sms=100,120", "gpu=h200-sxm"},
          {},
          {"a=1", "b=1", "c=1", "d=1"}}) {
      CHECK_THROWS_AS(SweptProblem(decode(), axes), InputError);
    }
  }

  TEST_CASE("files that the workload names are read once") {
    const Folder folder;
    const std::string counts = folder.write("counts.csv", "4,3,2,1\n1,2,3,4\n");
    const std::string text =
        "hidden_size: 1024\ntop_k: 2\nexperts: 4\nelement_bytes: 1\ntokens_per_rank: 64\n"
        "expert_load: T*k\nexpert_time_per_token: 0.5us\nsearch: {ep_width: [2, 4]}\n"
        "straggler_factor: {counts: counts.csv}\n"
        "fabric:\n  gpus_per_domain: 8\n  kernels: {LL: {latency: 12us, bandwidth: 40GB/s}}\n";
    const std::string workload = folder.write("workload.yaml", text);
    const ProblemFiles files{.workload = workload, .fabric = {}, .search = {}, .set = {}};
    const SweptProblem swept(files, {"tokens_per_rank=16,64"});
    const std::string before = rows(swept, {.points = {0, 2}});
    std::filesystem::remove(counts);
    CHECK(rows(swept, {.points = {0, 2}}) == before);
  }
}

}  // namespace
}  // namespace wideep::sweep_test
