#include "logs/read_logs.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "input/diagnostic.h"
#include "support/skip.h"

namespace wideep::read_logs_test {
namespace {

using doctest::Approx;
using Words = std::vector<std::string>;

/// A file that goes with the test.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::string& text)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("wideep_logs_test_{}_{}", ::getpid(), name)) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

Measurements read(const std::string& text,
                  const LogHints& hints = {},
                  const std::string& name = "some.log") {
  const TemporaryFile file(name, text);
  return read_logs({file.path()}, hints);
}

/// The report, without the folder of the file.
std::string error_of(const std::string& text, const LogHints& hints = {}) {
  const TemporaryFile file("bad.log", text);
  try {
    read_logs({file.path()}, hints);
  } catch (const InputError& error) {
    std::string report = error.what();
    const std::string path = file.path();
    for (std::size_t at = 0; (at = report.find(path, at)) != std::string::npos;) {
      report.replace(at, path.size(), "bad.log");
    }
    return report;
  }
  return "";
}

std::string result(int rank, const std::string& dispatch_us = "100.00") {
  return "[rank " + std::to_string(rank) +
         "] Dispatch bandwidth: 42.99 GB/s, avg_t=" + dispatch_us +
         " us | Combine bandwidth: 41.53 GB/s, avg_t=200.00 us\n";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool has_note(const Measurements& all, const std::string& part) {
  return std::any_of(all.files[0].notes.begin(), all.files[0].notes.end(), [&](const auto& note) {
    return contains(note, part);
  });
}

int width_of(const Measurements& all) {
  return all.comm_series.at(0).ep_width;
}

TEST_SUITE("logs/read_logs") {
  TEST_CASE("what became of a file") {
    const Measurements all =
        read("# EP=2\nnoise\n" + result(0) + result(1, "120.00") +
             "[rank 0] Dispatch bandwidth: 42.99 GB/s, avg\n"
             "[rank 0] Dispatch + combine bandwidth: 9.00 GB/s, avg_t=1.00 us\n");
    REQUIRE(all.files.size() == 1);
    const LogFile& file = all.files[0];
    CHECK(file.lines == 6);
    CHECK(file.used == 2);
    CHECK(file.bytes == 334.0);
    CHECK(file.formats == Words{"DeepEP low-latency test"});
    REQUIRE(file.skipped.size() == 1);
    CHECK(file.skipped[0].lines == 1);
    CHECK(file.skipped[0].first_line == 6);
    REQUIRE(file.rejected.size() == 1);
    CHECK(file.rejected[0].first_line == 5);
    CHECK(file.notes == Words{"EP width 2 from line 1: '# EP=2'"});
    // Both ranks are one measurement: their medians.
    REQUIRE(all.comm.size() == 2);
    CHECK(all.comm[0].ranks == 2);
    CHECK(all.comm[0].time / unit::us == Approx(110.0));
    CHECK(all.comm[0].volume / unit::B == Approx(42.99 * 110 * 1e3));
    CHECK(all.comm[0].place.line == 3);
    CHECK(all.comm[1].time / unit::us == Approx(200.0));
    CHECK(all.comm_series.size() == 2);
  }

  TEST_CASE("SHA-256 of all bytes") {
    // printf of the text | sha256sum
    const Measurements all = read("# EP=2\n" + result(0));
    CHECK(all.files[0].sha256 ==
          "298ab669aea35ebf5616479548481d9086786fea2da7f8d864c4abdb9205f8b6");
  }

  TEST_CASE("line ends, byte order mark, colours, a last line without end") {
    std::string dos = "\xEF\xBB\xBF# EP=4\r\n" + result(0);
    dos.insert(dos.size() - 1, "\r");
    CHECK(width_of(read(dos)) == 4);
    CHECK(read(dos).comm.size() == 2);
    const std::string line = result(0);
    CHECK(read("# EP=4\n" + line.substr(0, line.size() - 1)).comm.size() == 2);
    std::string coloured = line;
    coloured.insert(coloured.find("42.99"), "\x1b[1;32m");
    coloured.insert(coloured.find(" GB/s"), "\x1b[0m");
    CHECK(read("\x1b[31m# EP=4\x1b[0m\n" + coloured).comm.size() == 2);
  }

  TEST_CASE("runs of ranks: interleaved, apart, and late") {
    std::string text = "# EP=2\n";
    for (int run = 0; run < 5; ++run) text += result(0) + result(1);
    CHECK(read(text).comm.size() == 10);
    // One rank's file behind the other's: the runs of the first are closed by then.
    text = "# EP=2\n";
    for (int rank : {0, 1}) {
      for (int run = 0; run < 5; ++run) text += result(rank);
    }
    const Measurements apart = read(text);
    int ranks = 0;
    for (const CommSample& sample : apart.comm) ranks += sample.ranks;
    CHECK(ranks == 20);
  }

  TEST_CASE("EP width: the best source") {
    const std::string ranks = result(0) + result(1) + result(2) + result(3);
    CHECK(width_of(read(ranks)) == 4);
    CHECK(read(ranks).files.front().guessed_width ==
          "EP width 4 is taken from the highest rank in the log, 3");
    // Ranks of which one is missing tell nothing.
    CHECK(width_of(read(result(0) + result(9))) == 0);
    CHECK(width_of(read(result(0))) == 0);
    CHECK(has_note(read(result(0)), "pass --ep N"));
    CHECK(width_of(read(result(0), {}, "ep16.log")) == 16);
    CHECK(has_note(read(result(0), {}, "ep16.log"), "EP width 16 from the file's name"));
    // The log of the first of two nodes.
    CHECK(width_of(read(ranks, {}, "ep16.log")) == 16);
    CHECK(width_of(read(ranks, {}, "ep2.log")) == 4);
    CHECK(width_of(read("# EP=8\n" + ranks, {}, "ep16.log")) == 8);
    LogHints hints;
    hints.ep_width = 32;
    CHECK(width_of(read(ranks, hints)) == 32);
    CHECK(width_of(read("# EP=8\n" + ranks, hints)) == 8);
    const TemporaryFile file("some.log", "# EP=8\n" + ranks);
    hints.file_ep_widths[file.path()] = 64;
    CHECK(width_of(read_logs({file.path()}, hints)) == 64);
    // From there on.
    const Measurements two = read("# EP=8\n" + result(0) + "# EP=16\n" + result(0));
    REQUIRE(two.comm_series.size() == 4);
    CHECK(two.comm_series[3].ep_width == 16);
  }

  TEST_CASE("several files share their series") {
    const TemporaryFile a("a.log", "# EP=2\n" + result(0));
    const TemporaryFile b("b.log", "# EP=2\n" + result(0) + "# EP=4\n" + result(0));
    const Measurements all = read_logs({a.path(), b.path()}, {});
    CHECK(all.files.size() == 2);
    CHECK(all.comm_series.size() == 4);
    REQUIRE(all.comm.size() == 6);
    CHECK(all.comm[2].series == all.comm[0].series);
    CHECK(all.comm[2].place.file == 1);
    CHECK(all.comm[2].place.line == 2);
  }

  TEST_CASE("several formats in one file") {
    const Measurements all = read(
        "# EP=8\n" + result(0) +
        "# Collective test starting: alltoall_perf\n"
        "     4194304        524288      half    none      -1    20.00  209.72  183.50       0\n");
    CHECK(all.files[0].formats == Words{"DeepEP low-latency test", "nccl-tests"});
    CHECK(all.comm.size() == 3);
  }

  TEST_CASE("NCCL's own lines, and results printed into the middle of them") {
    const std::string noise = "node-0:1234:1299 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[1] via P2P";
    std::string glued = noise;
    glued.insert(glued.find(" via"), result(0).substr(0, result(0).size() - 1));
    const Measurements all = read(noise + "\n# EP=2\n" + noise + "\n" + glued + "\n");
    CHECK(all.files[0].used == 1);
    CHECK(all.comm.size() == 2);
  }

  TEST_CASE("long lines are passed over") {
    const std::string noise(70'000, 'x');
    const Measurements all = read("# EP=2\n" + noise + "\n" + result(0) +
                                  std::string(500'000, 'y') + result(1) + "\n" + result(0) + noise);
    CHECK(all.files[0].lines == 7);
    REQUIRE(all.files[0].skipped.size() == 1);
    CHECK(all.files[0].skipped[0].lines == 3);
    CHECK(all.comm.size() == 4);
    // Just as long as a line may be.
    const std::string fits = std::string(65'536 - result(0).size() + 1, ' ') + result(0);
    CHECK(read("# EP=2\n" + fits + fits).comm.size() == 4);
  }

  TEST_CASE("of many measurements a bounded number is kept, always the same") {
    std::string text = "# EP=2\n";
    std::string noise;
    for (int i = 0; i < 8; ++i) {
      noise += "node-0:1234:1299 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[1] via P2P/CUMEM/read\n";
    }
    constexpr std::size_t kBytes = 60'000'000;
    while (text.size() < kBytes) text += noise + result(0) + result(1);
    const Measurements all = read(text);
    CHECK(all.comm.size() == 20'000);
    CHECK(has_note(all, "a random 20000 of"));
    CHECK(std::is_sorted(all.comm.begin(), all.comm.end(), [](const auto& a, const auto& b) {
      return a.place.line < b.place.line;
    }));
    CHECK(all.files[0].used > 130'000);
    CHECK(all.comm.back().place.line > all.files[0].lines / 10 * 9);
  }

  TEST_CASE("of many series a bounded number is kept") {
    std::string text = "# EP=2\n";
    for (int i = 0; i < 12'000; ++i) {
      text += "[config] num_tokens=128, hidden=" + std::to_string(4096 + i % 100) +
              ", num_topk=8, num_experts=" + std::to_string(64 + i) + "\n" + result(0);
    }
    const Measurements all = read(text);
    CHECK(all.comm_series.size() == 10'000);
    REQUIRE(all.files[0].rejected.size() == 1);
    CHECK(all.files[0].rejected[0].why == "more than 10,000 different series");
  }

  TEST_CASE("files that are no logs") {
    CHECK(error_of("") == "bad.log: error: the file is empty\n");
    CHECK(error_of(std::string("a\0b\n", 4)) == "bad.log: error: the file is binary, not a log\n");
    CHECK(error_of(std::string(300, '\x01')) == "bad.log: error: the file is binary, not a log\n");
    CHECK(error_of("\x1f\x8b\x08" + std::string(20, '\0')) ==
          "bad.log: error: the file is compressed: gunzip it first\n");
    CHECK(error_of("\xff\xfe" + std::string("#\0", 2)) ==
          "bad.log: error: the file is UTF-16: save it as UTF-8\n");
    CHECK(contains(error_of("a note\nof prose\n"),
                   "bad.log:1:1: error: no measurement: the file is of no known format\n"
                   "    1 | a note\n"
                   "      | ^\n"
                   "      = help: known are DeepEP low-latency test, "));
    CHECK(contains(error_of("\n\n"), "bad.log:1:1: error: no measurement"));
    CHECK(
        contains(error_of(std::string(100'000, 'x')), "1 line from line 1 on: longer than 64 KiB"));
    CHECK_THROWS_WITH_AS(read_logs({"/nowhere/x.log"}, {}),
                         "/nowhere/x.log: error: cannot read the file: No such file or directory\n",
                         InputError);
    const std::string folder = std::filesystem::temp_directory_path().string();
    CHECK_THROWS_WITH_AS(read_logs({folder}, {}),
                         (folder + ": error: this is a directory, not a file\n").c_str(),
                         InputError);
  }

  TEST_CASE("nothing but lines that are passed over") {
    CHECK(
        error_of("# EP=2\n"
                 "[rank 0] Dispatch + combine bandwidth: 9.00 GB/s, avg_t=1.00 us\n"
                 "[rank 0] Dispatch bandwidth: 9.00 GB/s, av\n"
                 "[rank 1] Dispatch + combine bandwidth: 9.00 GB/s, avg_t=1.00 us\n") ==
        "bad.log:2:1: error: no measurement in this file\n"
        "    2 | [rank 0] Dispatch + combine bandwidth: 9.00 GB/s, avg_t=1.00 us\n"
        "      | ^\n"
        "      = help: passed over were 1 line from line 3 on: a torn line: not all of its numbers "
        "are there; 2 lines from line 2 on: both phases together\n");
  }

  TEST_CASE("runs that failed") {
    for (const char* line : {"Traceback (most recent call last):",
                             "RuntimeError: CUDA error: an illegal memory access was encountered",
                             "node-0:12: NVSHMEM init error",
                             "Test NCCL failure common.cu:1000 'unhandled system error'",
                             "Segmentation fault (core dumped)",
                             "Killed",
                             "srun: error: node-0: task 3: Aborted",
                             "with exit code 137"}) {
      CAPTURE(line);
      const std::string report = error_of("# EP=2\n" + std::string(line) + "\nKilled\n");
      CHECK(contains(report, "bad.log:2:1: error: no measurement: the run failed here\n"));
      const Measurements all = read("# EP=2\n" + result(0) + line + "\n");
      CHECK(has_note(all, "line 3 tells of a failure: '" + std::string(line).substr(0, 20)));
    }
    CHECK_FALSE(has_note(read("# EP=2\n" + result(0) + "with exit code 0\n"), "failure"));
  }

  TEST_CASE("the faults of all files at once") {
    const TemporaryFile a("a.log", "");
    const TemporaryFile b("b.log", "# EP=2\n" + result(0));
    try {
      read_logs({a.path(), "/nowhere/x.log", b.path()}, {});
      FAIL("no error");
    } catch (const InputError& error) {
      CHECK(contains(error.what(), "a.log: error: the file is empty\n/nowhere/x.log: error: "));
      CHECK_FALSE(contains(error.what(), "b.log"));
    }
  }
}

/// What a line of a published log says of one sample, as scanf reads it: bytes and microseconds.
/// Bytes are 0 where the line alone does not say.
struct Printed {
  double bytes = 0.0;
  double us = 0.0;
};

Printed printed_low_latency(const char* line, bool dispatch) {
  double gbps[2] = {};           // NOLINT(modernize-avoid-c-arrays)
  double us[2] = {};             // NOLINT(modernize-avoid-c-arrays)
  const int read = std::sscanf(  // NOLINT(cert-err34-c)
      line,
      "[rank %*d] Dispatch bandwidth: %lf GB/s, avg_t=%lf us | Combine bandwidth: %lf GB/s, "
      "avg_t=%lf us",
      &gbps[0],
      &us[0],
      &gbps[1],
      &us[1]);
  REQUIRE(read == 4);
  const std::size_t at = dispatch ? 0 : 1;
  return {gbps[at] * us[at] * 1e3, us[at]};
}

Printed printed_percentile(const char* line) {
  double gbps = 0.0;
  double us = 0.0;
  const int read = std::sscanf(  // NOLINT(cert-err34-c)
      line,
      "[pplx][rank %*d] %*s both p50: %lf us, %lf GB/s",
      &us,
      &gbps);
  REQUIRE(read == 2);
  return {gbps * us * 1e3, us};
}

/// The time of a generation that prints it; 0 for the first, which does not.
Printed printed_normal(const std::string& line) {
  double one = 0.0;
  double other = 0.0;
  const std::size_t chunk = line.find("RDMA chunk");
  if (chunk == std::string::npos) return {};
  for (const char* form : {"RDMA chunk %*d: %lf + %lf us",
                           "RDMA chunk %*d, %lf + %lf us",
                           "RDMA chunk %*d, transmit: %lf us, notify: %lf us"}) {
    // NOLINTNEXTLINE(cert-err34-c,clang-diagnostic-format-nonliteral)
    if (std::sscanf(line.c_str() + chunk, form, &one, &other) == 2) return {0.0, one + other};
  }
  return {};
}

Printed printed_collective(const char* line) {
  double size = 0.0;
  double us = 0.0;
  // NOLINTNEXTLINE(cert-err34-c)
  REQUIRE(std::sscanf(line, "%lf %*f %*s %*s %*d %lf", &size, &us) == 2);
  return {size, us};
}

Printed printed_elastic(const char* line) {
  double kernel = 0.0;
  double epilogue = 0.0;
  const int read = std::sscanf(  // NOLINT(cert-err34-c)
      line,
      " * EP: %*d/%*d | dispatch: %*f GB/s (SO), %*f GB/s (SU), %lf us, %*f bytes | copy: %*f "
      "GB/s, %lf us",
      &kernel,
      &epilogue);
  REQUIRE(read == 2);
  return {0.0, kernel + epilogue};
}

Printed printed(const std::string& line, const CommSeries& series) {
  if (series.kernel == "LL") {
    return printed_low_latency(line.c_str(), series.direction == Direction::kDispatch);
  }
  if (series.kernel == "UCCL-LL") return printed_percentile(line.c_str());
  if (series.kernel == "HT") return printed_normal(line);
  return series.kernel == "V2" ? printed_elastic(line.c_str()) : printed_collective(line.c_str());
}

/// HT counts k copies of every token, whatever it sends.
double bytes_of_tokens(const CommSeries& series, double tokens) {
  const double element = series.dtype == "fp8" ? 1.03125 : 2.0;
  return tokens * series.gate.top_k * series.hidden_size * element;
}

/// What is to be read from a published log.
struct Expected {
  std::size_t samples = 0;
  int used = 0;
  std::vector<int> widths;  ///< of its series
  const char* kernel = "";
};

Words lines_of(const std::string& path) {
  std::ifstream file(path);
  Words lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void check_published(const std::string& path, const Expected& expected) {
  const Measurements found = read_logs({path}, {});
  CHECK(found.files[0].used == expected.used);
  CHECK(found.files[0].rejected.empty());
  REQUIRE(found.comm.size() == expected.samples);
  std::vector<int> widths;
  for (const CommSeries& series : found.comm_series) {
    CHECK(series.kernel == expected.kernel);
    if (std::find(widths.begin(), widths.end(), series.ep_width) == widths.end()) {
      widths.push_back(series.ep_width);
    }
  }
  CHECK(widths == expected.widths);
  const Words lines = lines_of(path);
  for (const CommSample& sample : found.comm) {
    const std::string& line = lines.at(static_cast<std::size_t>(sample.place.line) - 1);
    CAPTURE(line);
    const CommSeries& series = found.comm_series[sample.series];
    const auto [bytes, us] = printed(line, series);
    if (us > 0.0) CHECK(sample.time / unit::us == Approx(us).epsilon(1e-9));
    if (bytes > 0.0) CHECK(sample.volume / unit::B == Approx(bytes).epsilon(1e-9));
    if (series.kernel == std::string("HT")) {
      CHECK(sample.volume / unit::B == Approx(bytes_of_tokens(series, sample.tokens)));
    }
  }
}

TEST_SUITE("logs/published") {
  TEST_CASE("every sample log is read") {
    const std::string folder = std::string(WIDEEP_PUBLISHED_DIR) + "/logs/";
    if (!published_there()) return;
    const std::map<std::string, Expected> all{
        {"deepep_internode_b200_ep16_genC.log", {3, 3, {16}, "HT"}},
        {"deepep_internode_h100_ep16_genB.log", {30, 30, {16}, "HT"}},
        {"deepep_internode_h200_genA.log", {6, 6, {16, 32}, "HT"}},
        {"deepep_intranode_h20_genA.log", {3, 3, {8}, "HT"}},
        {"deepep_ll_h100_ep16.log", {26, 13, {16}, "LL"}},
        {"deepep_ll_h100_ep64.log", {26, 13, {64}, "LL"}},
        {"deepep_ll_h100_ep8.log", {28, 14, {8}, "LL"}},
        {"deepep_ll_h800_readme.log", {12, 6, {8, 16, 32, 64, 128, 256}, "LL"}},
        {"deepep_v2_elastic_gb200_ep4.log", {1, 1, {4}, "V2"}},
        {"nccl_alltoall_h100_8gpu.log", {21, 21, {8}, "NCCL"}},
        {"uccl_ep_ll_h200_ep16.log", {4, 4, {16}, "UCCL-LL"}}};
    std::size_t read = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".log") continue;
      const std::string path = entry.path().string();
      CAPTURE(path);
      const auto expected = all.find(entry.path().filename().string());
      if (expected != all.end()) {
        check_published(path, expected->second);
        ++read;
      } else {
        // Totals and times of the hook: nothing that a fit could use.
        CHECK_THROWS_AS(read_logs({path}, {}), InputError);
      }
    }
    CHECK(read == all.size());
  }

  TEST_CASE("generation A prints no time: it follows from the bytes that a rank receives") {
    const std::string path =
        std::string(WIDEEP_PUBLISHED_DIR) + "/logs/deepep_internode_h200_genA.log";
    if (!published_there()) return;
    const Measurements found = read_logs({path}, {});
    CHECK(found.comm.size() == 6);
    const Words lines = lines_of(path);
    for (const CommSample& sample : found.comm) {
      const CommSeries& series = found.comm_series[sample.series];
      const std::string& line = lines.at(static_cast<std::size_t>(sample.place.line) - 1);
      double gbps = 0.0;
      // NOLINTNEXTLINE(cert-err34-c)
      REQUIRE(std::sscanf(line.c_str() + line.find("(RDMA)"), "(RDMA), %lf GB/s", &gbps) == 1);
      const double copy = bytes_of_tokens(series, 1.0) / series.gate.top_k;
      const double ranks = gbps * 1e9 * sample.time.base() / (sample.tokens * copy);
      // docs/model.md#copies: 8 of 256 experts reach so many of 16 and of 32 ranks.
      CHECK(ranks == Approx(series.ep_width == 16 ? 6.523 : 7.267).epsilon(1e-3));
    }
  }
}

}  // namespace
}  // namespace wideep::read_logs_test
