#include <string>

#include <doctest/doctest.h>

#include "logs/collected.h"

namespace wideep::deepep_elastic_test {
namespace {

using doctest::Approx;
using Words = std::vector<std::string>;

CollectedLog read(const std::string& text) {
  return collect(deepep_elastic(), text);
}

const std::string kConfig =
    "Config:\n"
    " > Ranks: 2 x 8\n"
    " > Experts: 4/64\n"
    " > Tokens: 256 (max: 256), hidden: 2048\n"
    " > #SM: 12, #QPs: 17/65\n";
const std::string kCase =
    " > Testing with do_handle_copy=1, expert_alignment=128, use_fp8_dispatch=1, num_bias=0 ...\n";

/// 256 tokens to 3.720 ranks each: 2112 bytes and 48 of indices and weights.
std::string dispatch(int rank) {
  return "   * EP:   " + std::to_string(rank) +
         "/16 | dispatch: 20 GB/s (SO), 41 GB/s (SU), 50.000 us, 2057000 bytes | copy: 400 GB/s, "
         "10.250 us\n";
}
std::string combine(int rank) {
  return "   @ EP:   " + std::to_string(rank) +
         "/16 | combine: 20 GB/s (SO), 41 GB/s (SU), 90.500 us, 3910000 bytes | reduce: 400 GB/s, "
         "20.000 us\n";
}
const std::string kVariants =
    "   - EP:   0/16 | expanded dispatch: 20 GB/s (SO), 41 GB/s (SU), 50.000 us, 2057000 bytes | "
    "copy: 400 GB/s, 10.000 us\n"
    "   # EP:   0/16 | cached dispatch: 20 GB/s (SO), 41 GB/s (SU), 50.000 us, 2057000 bytes | "
    "copy: 400 GB/s, 10.000 us\n"
    "   + EP:   0/16 | reduced combine: 20 GB/s (SO), 41 GB/s (SU), 90.000 us, 3910000 bytes | "
    "reduce: 400 GB/s, 20.000 us\n";

TEST_SUITE("logs/deepep_elastic") {
  TEST_CASE("dispatch and combine with their epilogues, variants are skipped") {
    const CollectedLog log = read(kConfig + kCase + dispatch(0) + kVariants + combine(0));
    REQUIRE(log.comm.size() == 2);
    CHECK(log.skipped.size() == 3);
    CHECK(log.rejected.empty());
    const auto& first = log.comm[0];
    CHECK(first.series.kernel == "V2");
    CHECK(first.series.copies == Copies::kPerDomain);
    CHECK(first.series.direction == Direction::kDispatch);
    CHECK(first.series.ep_width == 16);
    CHECK(first.series.sms == 12);
    CHECK(first.series.hidden_size == 2048);
    CHECK(first.series.gate.top_k == 4);
    CHECK(first.series.gate.experts == 64);
    CHECK(first.series.dtype == "fp8");
    CHECK(first.series.gpus_per_domain == 8);
    CHECK(first.tokens == 256.0);
    CHECK(first.bytes == Approx(1024.0 * 2112));
    CHECK(first.us == Approx(60.25));
    CHECK(log.comm[1].series.direction == Direction::kCombine);
    CHECK(log.comm[1].series.dtype == "bf16");
    CHECK(log.comm[1].bytes == Approx(1024.0 * 4096));
    CHECK(log.comm[1].us == Approx(110.5));
    CHECK(log.ranks == std::vector<int>{0, 0});
  }

  TEST_CASE("the wire's type by the test case, or by the bytes") {
    std::string plain = kCase;
    plain.replace(plain.find("dispatch=1"), 10, "dispatch=0");
    CHECK(read(kConfig + plain + dispatch(0)).comm.at(0).series.dtype == "bf16");
    CHECK(read(kConfig + dispatch(0)).comm.at(0).series.dtype == "fp8");
    std::string twice = dispatch(0);
    twice.replace(twice.find("2057000"), 7, "3950000");
    CHECK(read(kConfig + twice).comm.at(0).series.dtype == "bf16");
    CHECK(read(kConfig + twice).comm.at(0).bytes == Approx(1024.0 * 4096));
  }

  TEST_CASE("without a Config block the bytes of the line count") {
    const CollectedLog log = read(dispatch(0));
    REQUIRE(log.comm.size() == 1);
    CHECK(log.notes.size() == 1);
    CHECK(log.comm[0].tokens == 0.0);
    CHECK(log.comm[0].series.gate.top_k == 8);
    CHECK(log.comm[0].series.gate.experts == 256);
    CHECK(log.comm[0].series.dtype.empty());
    // 16 (1 - C(240, 8)/C(256, 8)) = 6.523 distinct ranks for 8 experts.
    CHECK(log.comm[0].bytes == Approx(2057000.0 * 8 / 6.523).epsilon(1e-4));
  }

  TEST_CASE("runs") {
    const CollectedLog log = read(kConfig + kConfig + kCase + kCase + dispatch(1) + dispatch(0) +
                                  combine(0) + combine(1) + kCase + dispatch(0) + dispatch(0));
    std::vector<int> runs;
    for (const auto& comm : log.comm) runs.push_back(comm.run);
    CHECK(runs == std::vector<int>{0, 0, 0, 0, 1, 2});
  }

  TEST_CASE("glued and torn lines, prefixes") {
    std::string glued = dispatch(0) + combine(3);
    glued.erase(glued.find('\n'), 1);
    CHECK(read(kConfig + glued).comm.size() == 2);
    CHECK(read(kConfig + "[1,0]<stdout>:" + dispatch(0)).comm.size() == 1);
    const std::string line = dispatch(0);
    for (std::size_t length = line.find(" bytes |") + 8; length + 2 < line.size(); ++length) {
      CAPTURE(length);
      CHECK(read(kConfig + line.substr(0, length)).comm.empty());
    }
    CHECK(read("   * EP:  16/16 | dispatch: 20 GB/s (SO), 41 GB/s (SU), 50.000 us, 205 bytes | "
               "copy: 400 GB/s, 10.250 us\n")
              .rejected == Words{"a rank that cannot be"});
    CHECK(
        read("   * EP:   0/16 | dispatch: 20 GB/s (SO), 41 GB/s (SU), 0.000 us, 205 bytes | copy: "
             "400 GB/s, 10.250 us\n")
            .comm.empty());
    CHECK(read("a > b\n> Mode: baseline\n512 bytes | x\n").taken == 0);
  }
}

}  // namespace
}  // namespace wideep::deepep_elastic_test
