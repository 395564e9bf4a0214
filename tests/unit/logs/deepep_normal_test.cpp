#include <string>

#include <doctest/doctest.h>

#include "logs/collected.h"

namespace wideep::deepep_normal_test {
namespace {

using doctest::Approx;
using Words = std::vector<std::string>;

const std::string kTorn = "a torn line: not all of its numbers are there";

CollectedLog read(const std::string& text, CollectedLog log = {}) {
  return collect(deepep_normal({}), text, std::move(log));
}

/// 256 tokens, top-4 of 64 experts, hidden 2048: 1024 copies of 2112 bytes in fp8, 4096 in bf16. On
/// 2 nodes of 8 a token reaches 1.887 nodes and 3.720 ranks, so that fp8 dispatch of 50 us receives
/// 256 * 3.720 * 2112 bytes: 40.23 GB/s.
const std::string kCommand = "python tests/test_internode.py --num-experts 64\n";
const std::string kConfig = "[config] num_tokens=256, hidden=2048, num_topk_groups=2, num_topk=4\n";
const std::string kLayout = "[layout] Kernel performance: 0.050 ms\n\n";
constexpr double kFp8Bytes = 1024.0 * 2112;
constexpr double kBf16Bytes = 1024.0 * 4096;

const std::string kSweepA =
    "[tuning] SMs 20, NVL chunk 4, RDMA chunk 8: 19.00 GB/s (RDMA), 37.46 GB/s (NVL) \n";
const std::string kA =
    "[tuning] Best dispatch (FP8): SMs 20, NVL chunk 20, RDMA chunk 28: 20.40 GB/s (RDMA), 40.23 "
    "GB/s (NVL)\n\n"
    "[tuning] Best dispatch (BF16): SMs 20, NVL chunk 20, RDMA chunk 28: 24.73 GB/s (RDMA), 48.76 "
    "GB/s (NVL)\n\n"
    "[tuning] Best combine: SMs 20, NVL chunk 4, RDMA chunk 12: 21.98 GB/s (RDMA), 43.35 GB/s "
    "(NVL)\n";
const std::string kB =
    "[tuning] Best dispatch (FP8): SMs 20, NVL chunk 20, RDMA chunk 28, transmit: 50.00 us, "
    "notify: "
    "30.50 us, BW: 20.40 GB/s (RDMA), 40.23 GB/s (NVL)\n\n"
    "[tuning] Best dispatch (BF16): SMs 20, NVL chunk 20, RDMA chunk 28, transmit: 80.00 us, "
    "notify: 30.00 us, BW: 24.73 GB/s (RDMA), 48.76 GB/s (NVL)\n\n"
    "[tuning] Best combine: SMs 20, NVL chunk 4, RDMA chunk 12, transmit: 90.00 us, notify: 31.00 "
    "us, BW: 21.98 GB/s (RDMA), 43.35 GB/s (NVL)\n";
const std::string kC =
    "[tuning] Best dispatch (FP8): SMs 20, NVL chunk 20, RDMA chunk 28: 30.5 + 50 us, 20.40 GB/s "
    "(RDMA), 40.23 GB/s (NVL)\n\n"
    "[tuning] Best dispatch (BF16): SMs 20, NVL chunk 20, RDMA chunk 28: 30 + 80 us, 24.73 GB/s "
    "(RDMA), 48.76 GB/s (NVL)\n\n"
    "[tuning] Best combine: SMs 20, NVL chunk 4, RDMA chunk 12, 31.00 + 90.00 us, 21.98 GB/s "
    "(RDMA), 43.35 GB/s (NVL)\n";

void check_three(const CollectedLog& log, double notify_fp8, double notify_bf16, double notify) {
  REQUIRE(log.comm.size() == 3);
  CHECK(log.rejected.empty());
  const auto& [fp8, bf16, combine] = std::tie(log.comm[0], log.comm[1], log.comm[2]);
  CHECK(fp8.series.dtype == "fp8");
  CHECK(fp8.series.direction == Direction::kDispatch);
  CHECK(fp8.bytes == Approx(kFp8Bytes));
  CHECK(fp8.us == Approx(50.0 + notify_fp8).epsilon(1e-3));
  CHECK(bf16.series.dtype == "bf16");
  CHECK(bf16.bytes == Approx(kBf16Bytes));
  CHECK(bf16.us == Approx(80.0 + notify_bf16).epsilon(1e-3));
  CHECK(combine.series.direction == Direction::kCombine);
  CHECK(combine.series.dtype == "bf16");
  CHECK(combine.bytes == Approx(kBf16Bytes));
  CHECK(combine.us == Approx(90.0 + notify).epsilon(1e-3));
  for (const auto& comm : log.comm) {
    CHECK(comm.tokens == 256.0);
    CHECK(comm.series.kernel == "HT");
    CHECK(comm.series.copies == Copies::kPerDomain);
    CHECK(comm.series.ep_width == 16);
    CHECK(comm.series.sms == 20);
    CHECK(comm.series.hidden_size == 2048);
    CHECK(comm.series.gate.top_k == 4);
    CHECK(comm.series.gate.experts == 64);
    CHECK(comm.series.gate.groups == 2);
    CHECK(comm.series.gate.groups_per_token == 2);
    CHECK(comm.series.gpus_per_domain == 8);
  }
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST_SUITE("logs/deepep_normal") {
  TEST_CASE("internode, all generations") {
    check_three(read(kCommand + kConfig + kLayout + kSweepA + kA), 0, 0, 0);
    check_three(read(kCommand + kConfig + kLayout + kB), 30.5, 30, 31);
    check_three(read(kCommand + kConfig + kLayout + kC), 30.5, 30, 31);
  }

  TEST_CASE("what surrounds the lines") {
    check_three(read(kCommand + kConfig + replaced(kC, "[tuning]", "[1,8]<stdout>:[tuning]")),
                30.5,
                30,
                31);
    check_three(read(kCommand + kConfig + replaced(kC, "[tuning] Best", "> **[tuning]** Best")),
                30.5,
                30,
                31);
    // Ends of lines lost.
    check_three(read(kCommand + kConfig + replaced(kC, "\n", "")), 30.5, 30, 31);
  }

  TEST_CASE("intranode, with and without time") {
    const std::string config = "[config] num_tokens=256, hidden=2048, num_topk=4\n";
    // 8 (1 - C(56, 4)/C(64, 4)) = 3.377 ranks.
    const std::string without =
        "[tuning] SMs 20, NVL chunk default: 30.00 GB/s (NVL) \n"
        "[tuning] Best dispatch (FP8): SMs 20, NVL chunk 8, 91.29 GB/s (NVL)\n"
        "[tuning] Best dispatch (BF16): SMs 20, NVL chunk default, 118.04 GB/s (NVL)\n"
        "[tuning] Best combine: SMs 20, NVL chunk 3: 88.53 GB/s (NVL)\n";
    const std::string with =
        "[tuning] Best dispatch (FP8): SMs 20, NVL chunk 8, 91.29 GB/s (NVL), t: 20.00 us\n"
        "[tuning] Best dispatch (BF16): SMs 20, NVL chunk 12, 118.04 GB/s (NVL), t: 30.00 us\n"
        "[tuning] Best combine: SMs 20, NVL chunk 3: 88.53 GB/s (NVL), t: 40.00 us\n";
    const std::string head = "python test_intranode.py --num-experts=64\n" + config;
    for (const std::string* const text : {&without, &with}) {
      const CollectedLog log = read(std::string(head).append(*text));
      REQUIRE(log.comm.size() == 3);
      CHECK(log.comm[0].us == Approx(20.0).epsilon(1e-3));
      CHECK(log.comm[1].us == Approx(30.0).epsilon(1e-3));
      CHECK(log.comm[2].us == Approx(40.0).epsilon(1e-3));
      CHECK(log.comm[0].bytes == Approx(kFp8Bytes));
      CHECK(log.comm[2].bytes == Approx(kBf16Bytes));
      CHECK(log.comm[0].series.ep_width == 8);
      CHECK(log.comm[0].series.gate.groups == 1);
      CHECK(log.notes.at(0) == "EP width 8, as DeepEP's intranode test has where nothing says");
    }
    CHECK(read(config + with, of_width(4)).comm.at(0).series.ep_width == 4);
    CollectedLog named;
    named.name = "intranode_ep4.log";
    CHECK(read(config + with, named).comm.at(0).series.ep_width == 4);
  }

  TEST_CASE("without a [config] line the tokens follow from time and bandwidth") {
    // 774.87 us x 254.65 GB/s = 197.3 MB, of 7,392 B a copy to 6.51 ranks a token: 4,096 tokens. V
    // is that of all 8 copies, 242.2 MB.
    const std::string line =
        "[tuning] Best dispatch (FP8): SMs 24, NVL chunk 16, RDMA chunk 20, transmit: 774.87 us, "
        "notify: 44.97 us, BW: 77.84 GB/s (RDMA), 254.65 GB/s (NVL)\n";
    const CollectedLog log = read(line, of_width(16));
    REQUIRE(log.comm.size() == 1);
    CHECK(log.comm[0].tokens == 4096.0);
    CHECK(log.comm[0].bytes == 4096.0 * 8 * 7392);
    CHECK(log.comm[0].us == Approx(819.84));
    CHECK(log.comm[0].series.gate.groups == 2);
    CHECK(log.notes.front() ==
          "no [config] line: 4096 tokens by time and bandwidth, hidden size 7168, top-8, as "
          "DeepEP's tests have where nothing says");
    // A command says them too: here 256 tokens of the test's top-4 and 2,048.
    const std::string command =
        "python tests/test_internode.py --num-experts 64 --num-tokens 256 --hidden 2048 "
        "--num-topk 4\n";
    check_three(read(command + kB, of_width(16)), 30.5, 30.0, 31.0);
    // Without times nothing tells them but the user.
    CHECK(read(kA, of_width(16)).rejected ==
          Words(3,
                "neither a [config] line before it nor a time says how many tokens there were: "
                "--tokens N does"));
    LogHints hints;
    hints.tokens = 512;
    const CollectedLog given = collect(deepep_normal(hints), kA, of_width(16));
    REQUIRE(given.comm.size() == 3);
    CHECK(given.comm[0].tokens == 512.0);
    CHECK(given.comm[0].bytes == 512.0 * 8 * 7392);
  }

  TEST_CASE("results of DeepEP's port to Ascend are refused by name") {
    const CollectedLog log = read(
        "[tuning] Combine 52.56 GB/s (HCCS), 13.24 GB/s (RDMA), avg_t: 8832.71 us\n", of_width(16));
    REQUIRE(log.rejected.size() == 1);
    CHECK(log.rejected[0].starts_with("a result of DeepEP's port to Ascend"));
  }

  TEST_CASE("a [config] line belongs to what follows it") {
    const std::string half = replaced(
        replaced(replaced(kB, ": 50.00", ": 25.00"), ": 80.00", ": 40.00"), ": 90.00", ": 45.00");
    const CollectedLog log =
        read(kCommand + kConfig + kB + replaced(kConfig, "=256", "=128") + half);
    REQUIRE(log.comm.size() == 6);
    CHECK(log.comm[2].tokens == 256.0);
    CHECK(log.comm[2].run == 0);
    CHECK(log.comm[3].tokens == 128.0);
    CHECK(log.comm[3].run == 1);
    CHECK(log.comm[3].bytes == Approx(kFp8Bytes / 2));
    // Two nodes print it, and their lines are one run.
    const CollectedLog nodes = read(kCommand + kConfig + kConfig + kB + kB);
    REQUIRE(nodes.comm.size() == 6);
    CHECK(nodes.comm[5].run == 0);
    CHECK(read(kB).rejected ==
          Words(3, "no [config] line before it, and nothing says the EP width: --ep N does"));
    CHECK(read("[config] num_tokens=0, hidden=2048, num_topk=4\n" + kB).comm.empty());
    CHECK(read("[config] something else\n").taken == 0);
    // Eight times the tokens cannot have been sent at that bandwidth in that time.
    CHECK(read(kCommand + replaced(kConfig, "=256", "=2048") + kB).rejected ==
          Words(3, "its bandwidth and time contradict the tokens of [config] or --tokens"));
  }

  TEST_CASE("only what the tuner chose is measured, torn lines are rejected") {
    const CollectedLog log = read(kConfig + kSweepA + kSweepA);
    CHECK(log.skipped == Words(2, "a setting that the tuner did not choose"));
    for (const std::string& text : {kA, kB, kC}) {
      const std::string line = text.substr(0, text.find('\n'));
      for (std::size_t length = line.find("Best dispatch") + 13; length < line.size(); ++length) {
        CAPTURE(length);
        const CollectedLog torn = read(kCommand + kConfig + line.substr(0, length));
        CHECK(torn.comm.empty());
        CHECK(torn.rejected == Words{kTorn});
      }
    }
    CHECK(read("Best practice: use more SMs\n").taken == 0);
  }

  TEST_CASE("EP width: stated, by the groups, by the ratio of bandwidths, by the name") {
    CHECK(read(kCommand + kConfig + kB, of_width(32)).comm.at(0).series.ep_width == 32);
    const std::string three = replaced(kConfig, "groups=2", "groups=3");
    CHECK(read(kCommand + three + kB).comm.at(0).series.ep_width == 24);
    // Chosen by hand, the groups say nothing; the name does.
    const std::string chosen = "python test_internode.py --num-experts 64 --num-topk-groups 2\n";
    CHECK(read(chosen + kConfig + kB).comm.at(0).series.ep_width == 0);
    CollectedLog named;
    named.name = "runs/ht_ep-32.log";
    CHECK(read(chosen + kConfig + kB, named).comm.at(0).series.ep_width == 32);

    // 4 of 4 nodes: D = 4 (1 - C(48, 4)/C(64, 4)) = 2.775 nodes, 32 (1 - C(62, 4)/C(64, 4))
    // = 3.8313 ranks; at 8 nodes of which a token reaches 4, more nodes.
    const auto four = [&](const std::string& scale_out) {
      const std::string line =
          "[tuning] Best dispatch (FP8): SMs 20, NVL chunk 4, RDMA chunk 8: 30 + 50 us, " +
          scale_out + " GB/s (RDMA), 42.22 GB/s (NVL)\n";
      return read(kCommand + replaced(kConfig, "groups=2", "groups=4") + line).comm.at(0).series;
    };
    CHECK(four("30.01").ep_width == 32);
    CHECK(four("30.01").gate.groups == 4);
    CHECK(four("32.50").ep_width == 0);
    CHECK(four("35.63").ep_width == 64);
    CHECK(four("35.63").gate.groups == 8);
    CHECK(four("35.63").gate.groups_per_token == 4);
  }

  TEST_CASE("figures that cannot be") {
    for (const char* time : {"0.00", "-50.00", "70000000.00"}) {
      CHECK(read(kCommand + kConfig +
                 replaced(kB, "transmit: 50.00", std::string("transmit: ") + time))
                .comm.size() == 2);
    }
    CHECK(read(kCommand + kConfig + replaced(kB, "40.23 GB/s (NVL)", "0.00 GB/s (NVL)"))
              .comm.size() == 2);
    CHECK(read(kCommand + kConfig + replaced(kB, "notify: 30.50", "notify: -30.50")).comm.size() ==
          2);
    CHECK(read("[config] num_tokens=256, hidden=2048, num_topk_groups=2, num_topk=33\n" + kB)
              .comm.empty());
    CHECK(read("python test_internode.py --num-experts 2\n" + kConfig + kB).rejected ==
          Words(3, "more experts per token than there are"));
  }

  TEST_CASE("the script's number of experts, where nothing says") {
    const CollectedLog log = read(kConfig + kB);
    CHECK(log.comm.at(0).series.gate.experts == 256);
    CHECK(log.notes.back() == "256 experts, as DeepEP's tests have where nothing says");
  }
}

}  // namespace
}  // namespace wideep::deepep_normal_test
