#include <string>

#include <doctest/doctest.h>

#include "logs/collected.h"

namespace wideep::nccl_tests_test {
namespace {

using Words = std::vector<std::string>;

CollectedLog read(const std::string& text, CollectedLog log = {}) {
  return collect(nccl_tests(), text, std::move(log));
}

const std::string kStart = "# Collective test starting: alltoall_perf\n";
const std::string kDevices =
    "# Using devices\n"
    "#  Rank  0 Group  0 Pid   1234 on     node-0 device  0 [0000:1b:00] NVIDIA H100 80GB HBM3\n"
    "#  Rank  3 Group  0 Pid   1237 on     node-0 device  3 [0000:1e:00] NVIDIA H100 80GB HBM3\n"
    "#  Rank  1 Group  0 Pid   1235 on     node-0 device  1 [0000:1c:00] NVIDIA H100 80GB HBM3\n";
const std::string kHeader =
    "#\n"
    "#                                                              out-of-place            "
    "in-place\n"
    "#       size         count      type   redop    root     time   algbw   busbw  #wrong     "
    "time "
    "  algbw   busbw  #wrong\n"
    "#        (B)    (elements)                               (us)  (GB/s)  (GB/s)             "
    "(us) "
    "(GB/s)  (GB/s)\n";
/// 4 ranks.
const std::string kRows =
    "        4096           512      half    none      -1    10.00    0.41    0.31       0    "
    "11.00   "
    " 0.37    0.28    N/A\n"
    "     4194304        524288      half    none      -1    20.00  209.72  157.29       0    "
    "21.00  "
    "199.73  149.80    N/A\n";
const std::string kFooter = "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 78.8\n";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

TEST_SUITE("logs/nccl_tests") {
  TEST_CASE("a header that has the time first says nothing of the columns") {
    const std::string blank_operation = "4096 512 half -1 10.00 0.41 0.31 0\n";
    const CollectedLog log = read(kStart + kDevices + "# time algbw\n" + blank_operation);
    REQUIRE(log.comm.size() == 1);
    CHECK(log.comm[0].us == doctest::Approx(10.0));
  }

  TEST_CASE("a table with its devices") {
    const CollectedLog log = read(kStart + kDevices + kHeader + kRows + kFooter);
    REQUIRE(log.comm.size() == 2);
    const auto& first = log.comm[0];
    CHECK(first.series.kernel == "NCCL");
    CHECK(first.series.copies == Copies::kPerExpert);
    CHECK(first.series.direction == Direction::kEither);
    CHECK(first.series.ep_width == 4);
    CHECK(first.series.gate.top_k == 0);
    CHECK(first.series.gpus_per_domain == 8);
    CHECK(first.tokens == 0.0);
    CHECK(first.bytes == 4096.0);
    CHECK(first.us == 10.0);
    CHECK(log.comm[1].run != first.run);
    CHECK(log.rejected.empty());
    CHECK(log.notes.empty());
  }

  TEST_CASE("ranks by size and count of a row") {
    // 4,096 B / (512 x 2 B) = 4, and 4,194,304 B / (524,288 x 2 B) = 4.
    const CollectedLog log = read(kStart + kHeader + kRows + kFooter);
    REQUIRE(log.comm.size() == 2);
    CHECK(log.comm[0].series.ep_width == 4);
    CHECK(log.comm[1].series.ep_width == 4);
    CHECK(log.notes == Words{"EP width 4 from size and count of the rows"});
    const CollectedLog other = read(kStart + kHeader + kRows, of_width(64));
    CHECK(other.comm.at(1).series.ep_width == 4);
    CHECK(other.notes == Words{"EP width 4 from size and count of the rows, not 64"});
    // 268,435,456 B / (1,048,576 x 4 B) = 64, of a version that leaves the operation blank and a
    // text that names the collective.
    const CollectedLog prose = read(
        "All-to-All result\n#  size  count  type  redop  time  algbw  busbw  error\n"
        "   268435456       1048576     float           520935    0.52    0.51  0e+00   519562    "
        "0.52    0.51  1e+00\n");
    REQUIRE(prose.comm.size() == 1);
    CHECK(prose.comm[0].series.ep_width == 64);
    CHECK(prose.comm[0].us == doctest::Approx(520935.0));
    CHECK(read("all-to-all\nbroadcast\n" + kRows).comm.size() == 2);
  }

  TEST_CASE("ranks by the bandwidths, where nothing else says") {
    // Counts that are no part of the size tell nothing.
    const std::string rows = replaced(replaced(kRows, " 512 ", " 500 "), "524288", "500000");
    const CollectedLog log = read(kStart + kHeader + rows + kFooter);
    REQUIRE(log.comm.size() == 2);
    CHECK(log.comm[0].series.ep_width == 4);
    CHECK(log.comm[0].line == 6);
    CHECK(log.notes == Words{"EP width 4 from how bus and algorithm bandwidth relate in line 7"});
    CHECK(read(kStart + kHeader + rows, of_width(64)).comm.at(1).series.ep_width == 64);
    // Without the footer too; 256 ranks print as some 250 to 262.
    CHECK(read(kStart +
               "     4194304         8191     float    none      -1    76.26   55.00   54.79 "
               "      0    76.26   55.00   54.79    N/A\n")
              .comm.at(0)
              .series.ep_width == 264);
    // Digits that do not tell.
    CHECK(read(kStart + "        4096           511      half    none      -1    10.00    0.41    "
                        "0.40       0    11.00    0.37    0.28    N/A\n")
              .comm.at(0)
              .series.ep_width == 0);
  }

  TEST_CASE("only of an all-to-all") {
    CHECK(read("# Collective test starting: sendrecv_perf\n" + kHeader + kRows).skipped ==
          Words(2, "'sendrecv_perf' is no all-to-all, all-reduce, all-gather or reduce-scatter"));
    const CollectedLog unnamed = read(kHeader + kRows);
    CHECK(unnamed.comm.empty());
    CHECK(unnamed.skipped.size() == 2);
    CollectedLog named;
    named.name = "nccl_alltoall_h100.log";
    CHECK(read(kHeader + kRows, named).comm.size() == 2);
    CHECK(read("$ ./build/alltoall_perf -b 8 -e 4M\n" + kHeader + kRows).comm.size() == 2);
    CHECK(read("mpirun -np 4 ./build/alltoall_perf -b 8 -e 4M\n" + kHeader + kRows).comm.size() ==
          2);
    CHECK(
        read(kStart + kRows + "# Collective test starting: sendrecv_perf\n" + kRows).comm.size() ==
        2);
    CHECK(read(kStart + "        4096           512      half     sum      -1    10.00    0.41    "
                        "0.31       0    11.00    0.37    0.28    N/A\n")
              .skipped == Words{"a reduction is no all-to-all"});
  }

  TEST_CASE("rows that are no measurement") {
    const auto row = [](const std::string& text) { return read(kStart + text + "\n"); };
    CHECK(row("           0             0      half    none      -1     6.10    0.00    0.00       "
              "0  "
              "   6.10    0.00    0.00    N/A")
              .skipped == Words{"nothing was sent"});
    CHECK(row("        4096           512      half    none      -1    10.00    0.41    0.31      "
              "12  "
              "  11.00    0.37    0.28    N/A")
              .rejected == Words{"the data that arrived were wrong"});
    CHECK(row("        4096           512      half    none      -1    10.00    0.41").rejected ==
          Words{"a torn row: not all of its numbers are there"});
    CHECK(
        row("     4194304        524288      half    none      -1    2.00  209.72  157.29       0")
            .rejected == Words{"its size, time and bandwidth contradict each other: a torn row"});
    CHECK(
        row("        4096           512      half    none      -1    0.00    0.41    0.31       0")
            .comm.empty());
    CHECK(read("12 34 apples and pears\n").taken == 0);
    CHECK(read(kStart + "# size count type redop root cputime algbw busbw #wrong\n" + kRows)
              .skipped == Words(2, "CPU time, not of the wire"));
  }

  TEST_CASE("columns of other versions and prefixes") {
    // Per-iteration figures after each group of columns.
    CHECK(read(kStart +
               "        4096           512      half    none      -1    10.00    0.41    "
               "0.31       0     9.50    11.00    10.90     1.20    11.00    0.37    0.28    "
               "N/A     9.50    11.00    10.90     1.20\n")
              .comm.at(0)
              .us == 10.0);
    // The first versions had no root, and printed an error.
    CHECK(
        read(
            kStart +
            "#       size         count    type   redop     time   algbw   busbw   error     time  "
            " algbw   busbw   error\n"
            "        4096           512    half    none    10.00    0.41    0.31   0e+00    11.00  "
            "  0.37    0.28   0e+00\n")
            .comm.at(0)
            .us == 10.0);
    const std::string tag = "[1,0]<stdout>:";
    CHECK(read(tag + kStart + tag + kRows).comm.size() == 2);
  }
}

}  // namespace
}  // namespace wideep::nccl_tests_test
