#include <string>

#include <doctest/doctest.h>

#include "logs/collected.h"

namespace wideep::deepep_low_latency_test {
namespace {

using doctest::Approx;
using Words = std::vector<std::string>;

const std::string kTorn = "a torn line: not all of its numbers are there";
const std::string kSmTime = "time that SMs are held, not of the wire";

CollectedLog read(const std::string& text) {
  return collect(deepep_low_latency(), text);
}

/// A result of 128 tokens, top-8, hidden 4096: 1014 copies of 4240 bytes and as many of 8192.
std::string result(const std::string& rank = "[rank 0] ") {
  return rank +
         "Dispatch bandwidth: 42.99 GB/s, avg_t=100.00 us | "
         "Combine bandwidth: 41.53 GB/s, avg_t=200.00 us";
}

const std::string kCommand =
    "+ python tests/test_low_latency.py --num-tokens 128 --hidden=4096 --num-topk 8 "
    "--num-experts 64\n";

TEST_SUITE("logs/deepep_low_latency") {
  TEST_CASE("one line is a dispatch and a combine") {
    const CollectedLog log = read(result("[rank 3] ") + "\n");
    REQUIRE(log.comm.size() == 2);
    const auto& [dispatch, run, tokens, bytes, us, line] = log.comm[0];
    CHECK(dispatch.kernel == "LL");
    CHECK(dispatch.copies == Copies::kPerExpert);
    CHECK(dispatch.direction == Direction::kDispatch);
    CHECK(dispatch.dtype == "fp8");
    CHECK(dispatch.header / unit::B == 16.0);
    CHECK(dispatch.ep_width == 0);
    CHECK(dispatch.hidden_size == 0);
    CHECK(dispatch.gate.top_k == 0);
    CHECK(run == 0);
    CHECK(tokens == 0.0);
    CHECK(bytes == Approx(4.299e6));
    CHECK(us == 100.0);
    CHECK(log.comm[1].series.direction == Direction::kCombine);
    CHECK(log.comm[1].series.dtype == "bf16");
    CHECK(log.comm[1].series.header / unit::B == 0.0);
    CHECK(log.comm[1].bytes == Approx(8.306e6));
    CHECK(log.comm[1].us == 200.0);
    CHECK(log.ranks == std::vector<int>{3});
    CHECK(log.rejected.empty());
  }

  TEST_CASE("whatever stands around a result") {
    for (const char* before : {"[1,0]<stdout>:",
                               "[pod/worker-0/main] 2025-03-01T10:00:00.123456789Z ",
                               "> **",
                               "```",
                               "node-1:123:456 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[1]",
                               "0: "}) {
      CAPTURE(before);
      const CollectedLog log = read(before + result() + "** extra\n");
      CHECK(log.comm.size() == 2);
      CHECK(log.ranks == std::vector<int>{0});
    }
    CHECK(read(result("[rank 8 ] ")).ranks == std::vector<int>{8});
    CHECK(read(result("")).comm.size() == 2);
    CHECK(read("[rank 0] Dispatch bandwidth (total): 98 GB/s, avg_t=77 us | Combine bandwidth "
               "(total): 127 GB/s, avg_t=114 us")
              .comm.size() == 2);
    CHECK(read("[rank 0] **Dispatch bandwidth**: 98 GB/s, avg_t=77 us, min_t=70 us, max_t=90 us | "
               "**Combine bandwidth**: 127 GB/s, avg_t=114 us")
              .comm.size() == 2);
  }

  TEST_CASE("two results on one line are both read") {
    const CollectedLog log = read(result("[rank 0] ") + result("[rank 1] ") + result("") + "\n");
    CHECK(log.comm.size() == 6);
    CHECK(log.ranks == std::vector<int>{0, 1});
    CHECK(log.rejected.empty());
  }

  TEST_CASE("a torn line is rejected, never misread") {
    const std::string whole = result();
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      const CollectedLog end = read(whole.substr(0, length));
      CHECK(end.comm.empty());
      // What another rank printed stands in the middle of it, and is read.
      const CollectedLog middle =
          read(whole.substr(0, length) + result("[rank 5] ") + whole.substr(length));
      CHECK(middle.comm.size() >= 2);
      for (const auto& comm : middle.comm) {
        CHECK((comm.us == 100.0 || comm.us == 200.0));
        CHECK((comm.bytes == Approx(4.299e6) || comm.bytes == Approx(8.306e6)));
      }
    }
    CHECK(read("[rank 0] Dispatch bandwidth: 42.99 GB/s, avg_t=10").rejected == Words{kTorn});
    CHECK(read(" GB/s, avg_t=10.0 us | Combine bandwidth: 41.53 GB/s, avg_t=20.00 us").rejected ==
          Words{kTorn});
    // A bandwidth that lost its first digits does not fit the other.
    CHECK(read("[rank 0] Dispatch bandwidth: 2.99 GB/s, avg_t=100.00 us | Combine bandwidth: 41.53 "
               "GB/s, avg_t=200.00 us")
              .rejected ==
          Words{"a torn line: the bytes of dispatch and combine contradict each other"});
  }

  TEST_CASE("what the line before says of the run") {
    const CollectedLog log = read(kCommand + "Allocating buffer size: 9.5 MB ...\n" + result());
    REQUIRE(log.comm.size() == 2);
    CHECK(log.taken == 3);
    for (const auto& comm : log.comm) {
      CHECK(comm.tokens == 128.0);
      CHECK(comm.series.hidden_size == 4096);
      CHECK(comm.series.gate.top_k == 8);
      CHECK(comm.series.gate.experts == 64);
    }
    // The script's own values where the command does not give them.
    const CollectedLog defaults = read(
        "python3 test_low_latency.py\n[rank 0] Dispatch bandwidth: 75.11 GB/s, avg_t=100.00 us | "
        "Combine bandwidth: 72.68 GB/s, avg_t=200.00 us");
    REQUIRE(defaults.comm.size() == 2);
    CHECK(defaults.comm[0].tokens == 128.0);
    CHECK(defaults.comm[0].series.hidden_size == 7168);
    CHECK(defaults.comm[0].series.gate.experts == 288);
    // Named on the line itself, as one fork prints.
    const CollectedLog fork = read(
        "[rank 0] num_tokens=128, hidden=4096, num_experts=64, num_topk=8, "
        "return_recv_hook=False " +
        result(""));
    REQUIRE(fork.comm.size() == 2);
    CHECK(fork.comm[0].tokens == 128.0);
    CHECK(fork.comm[0].series.gate.experts == 64);
    CHECK(fork.ranks == std::vector<int>{0});
    const CollectedLog config =
        read("[config] num_tokens=128, hidden=4096, num_topk=8\n" + result());
    REQUIRE(config.comm.size() == 2);
    CHECK(config.comm[0].tokens == 128.0);
    CHECK_FALSE(config.comm[0].series.gate.experts);
    // A traceback, a warning and prose name the script as well.
    for (const char* text : {"  File \"/x/test_low_latency.py\", line 128, in main\n",
                             "/x/python3/test_low_latency.py:12: UserWarning: python\n",
                             "as test_low_latency.py says\n"}) {
      CHECK(read(text + result()).comm.at(0).tokens == 0.0);
    }
    const CollectedLog logfmt =
        read("python test_low_latency.py --use-logfmt --hidden 4096 --num-experts 64\n" +
             std::string("[rank 0] Dispatch bandwidth: 42.99 GB/s, avg_t=100.00 us | Combine "
                         "bandwidth: 26.61 GB/s, avg_t=200.00 us"));
    REQUIRE(logfmt.comm.size() == 2);
    CHECK(logfmt.comm[1].series.dtype == "logfmt10");
    CHECK(logfmt.comm[1].tokens == 128.0);
  }

  TEST_CASE("tokens that do not fit the results are not believed") {
    const CollectedLog log = read("[config] num_tokens=4096, hidden=4096, num_topk=8\n" + result());
    REQUIRE(log.comm.size() == 2);
    CHECK(log.comm[0].tokens == 0.0);
    CHECK(log.comm[0].series.hidden_size == 0);
    CHECK(log.notes.size() == 1);
  }

  TEST_CASE("bandwidths with too few digits") {
    const std::string low =
        "[rank 0] Dispatch bandwidth: 0.12 GB/s, avg_t=30.00 us | Combine bandwidth: 0.27 GB/s, "
        "avg_t=30.00 us";
    const CollectedLog known =
        read("python test_low_latency.py --num-tokens 1 --hidden 4096 --num-experts 64\n" + low);
    REQUIRE(known.comm.size() == 2);
    CHECK(known.comm[0].bytes == Approx(8.0 * (4096 + 128 + 16)));
    CHECK(known.comm[1].bytes == Approx(8.0 * 8192));
    CHECK(read("[rank 0] Dispatch bandwidth: 0.02 GB/s, avg_t=30.00 us | Combine bandwidth: 0.04 "
               "GB/s, avg_t=30.00 us")
              .rejected == Words(2, "a bandwidth with too few digits to tell the bytes"));
    CHECK(read("[rank 0] Dispatch bandwidth: 0.00 GB/s, avg_t=30.00 us | Combine bandwidth: 0.00 "
               "GB/s, avg_t=30.00 us")
              .rejected == Words(2, "a time or a bandwidth that is not above 0"));
  }

  TEST_CASE("figures that cannot be") {
    const auto with = [](const std::string& bandwidth, const std::string& time) {
      return read("[rank 0] Dispatch bandwidth: " + bandwidth + " GB/s, avg_t=" + time +
                  " us | Combine bandwidth: " + bandwidth + " GB/s, avg_t=" + time + " us");
    };
    CHECK(with("40.00", "0.00").comm.empty());
    CHECK(with("40.00", "-5.00").comm.empty());
    CHECK(with("-40.00", "5.00").comm.empty());
    CHECK(with("nan", "5.00").rejected == Words{kTorn});
    CHECK(with("inf", "5.00").rejected == Words{kTorn});
    CHECK(with("1e999", "5.00").rejected == Words{kTorn});
    CHECK(with("0.01", "70000000.00").comm.empty());
    CHECK(with("40.00", "70000000.00").rejected == Words(2, "a time of more than a minute"));
    CHECK(read(result("[rank 99999] ")).rejected == Words{"a rank that cannot be"});
    CHECK(read(result("[rank -1] ")).ranks.empty());
  }

  TEST_CASE("lines of the test that are no measurement") {
    const CollectedLog log = read(
        "[rank 0] Dispatch + combine bandwidth: 100.00 GB/s, avg_t=300.00 us, min_t=290.00 us, "
        "max_t=310.00 us\n"
        "[rank 1] Dispatch send/recv time: 20.00 + 8.00 us | Combine send/recv time: 30.00 + 9.00 "
        "us\n"
        "[rank 2] Dispatch send/recv time: 20.00 us | Combine send/recv time: 30.00 us\n"
        "[rank 0] num_tokens=128, hidden=4096, num_experts=64, num_topk=8, return_recv_hook=True " +
        result("") + "\n");
    CHECK(log.comm.empty());
    CHECK(log.taken == 4);
    CHECK(log.skipped == Words{"both phases together", kSmTime, kSmTime, kSmTime});
    CHECK(log.ranks == std::vector<int>{0, 1, 2, 0});
    CHECK(read("memory bandwidth: 3 TB/s\nsend/recv time\n").taken == 0);
  }

  TEST_CASE("runs: a rank's lines count from the last mark") {
    const auto runs = [](const std::string& text) {
      std::vector<int> all;
      for (const auto& comm : read(text).comm) {
        if (comm.series.direction == Direction::kDispatch) all.push_back(comm.run);
      }
      return all;
    };
    const std::string zero = result("[rank 0] ") + "\n";
    const std::string one = result("[rank 1] ") + "\n";
    const std::string buffer = "Allocating buffer size: 9.5 MB ...\n";
    CHECK(runs(zero + one + zero + one) == std::vector<int>{0, 0, 1, 1});
    CHECK(runs(zero + zero + one + one) == std::vector<int>{0, 1, 0, 1});
    // Both nodes print the mark; a rank's line was lost.
    CHECK(runs(buffer + buffer + zero + one + buffer + buffer + one + zero) ==
          std::vector<int>{0, 0, 1, 1});
    CHECK(runs(zero + buffer + zero + one) == std::vector<int>{0, 1, 1});
    CHECK(runs(kCommand + zero + "# EP=16\n" + one) == std::vector<int>{0, 1});
  }

  TEST_CASE("UCCL-EP's percentiles") {
    const CollectedLog log = read(
        "[pplx][rank 0] Dispatch both p50: 210.00 us, 30.00 GB/s\n"
        "[pplx][rank 0] Dispatch send p50: 40.00 us\n"
        "[pplx][rank 0] Dispatch recv p50: 30.00 us\n"
        "[pplx][rank 0] Combine both p50: 320.00 us, 40.00 GB/s\n"
        "[pplx][rank 0] Dispatch both p50: 200.00 us, 31.50 GB/s\n"
        "[pplx][rank 1] Dispatch both p50: 200.0\n");
    REQUIRE(log.comm.size() == 3);
    CHECK(log.comm[0].series.kernel == "UCCL-LL");
    CHECK(log.comm[0].series.direction == Direction::kDispatch);
    CHECK(log.comm[0].bytes == Approx(6.3e6));
    CHECK(log.comm[0].us == 210.0);
    CHECK(log.comm[1].series.direction == Direction::kCombine);
    CHECK(log.comm[1].run == 0);
    CHECK(log.comm[2].run == 1);
    CHECK(log.skipped == Words{kSmTime, kSmTime});
    CHECK(log.rejected == Words{kTorn});
  }
}

}  // namespace
}  // namespace wideep::deepep_low_latency_test
