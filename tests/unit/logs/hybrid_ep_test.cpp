#include <string>

#include <doctest/doctest.h>

#include "logs/collected.h"
#include "logs/implied_tokens.h"

namespace wideep::hybrid_ep_test {
namespace {

using Words = std::vector<std::string>;

CollectedLog read(const std::string& text, CollectedLog log = {}) {
  return collect(hybrid_ep({}), text, std::move(log));
}

TEST_SUITE("logs/hybrid_ep") {
  TEST_CASE("a call over two nodes: time, and what its bytes are of") {
    // 117.44 MB are 8,192 copies of 14,336 B: 4,096 tokens to nearly 2 nodes each. 393.84 MB are
    // 27,472, 6.707 a token: 16 ranks of 4 experts, to which 8 of 64 experts are 6.743.
    const std::string text =
        "dispatch kernel (BF16)(NVL):      149.24 GB/s, avg_t=2638.9 us [min=2609.0, max=2671.0]\n"
        "dispatch (BF16):  136.54 GB/s (NVL), t: 2884.3 us [min=2884.1, max=2884.6], "
        "nvl_recv_bytes: 393.84 MB\n"
        "dispatch (BF16):  40.60 GB/s (RDMA), t: 2884.3 us [min=2884.1, max=2884.6], "
        "rdma_send_bytes: 117.11 MB\n"
        "combine:  128.92 GB/s (NVL), t: 3054.8 us [min=3054.6, max=3055.0], "
        "combine_send_bytes: 393.84 MB\n"
        "combine:  38.34 GB/s (RDMA), t: 3054.8 us [min=3054.6, max=3055.0], "
        "rdma_recv_bytes: 117.11 MB\n";
    const CollectedLog log = read(text);
    REQUIRE(log.comm.size() == 2);
    const auto& dispatch = log.comm[0];
    CHECK(dispatch.us == 2884.3);
    CHECK(dispatch.tokens == 4096.0);
    CHECK(dispatch.bytes == 4096.0 * 8 * 14336);
    CHECK(dispatch.line == 2);
    CHECK(dispatch.series.kernel == "HybridEP");
    CHECK(dispatch.series.copies == Copies::kPerDomain);
    CHECK(dispatch.series.ep_width == 16);
    CHECK(dispatch.series.gate.experts == 64);
    CHECK(dispatch.series.dtype == "bf16");
    CHECK(log.comm[1].us == 3054.8);
    CHECK(log.comm[1].series.direction == Direction::kCombine);
    CHECK(log.skipped.size() == 1);
    CHECK(log.rejected.empty());
  }

  TEST_CASE("ranks of one node are one run, whose EP width must be said") {
    // 8 x (1 - C(224, 8) / C(256, 8)) = 5.296 ranks of 7,392 B: 160.35 MB of 4,096 tokens.
    std::string text;
    for (const char* rank : {"0", "1"}) {
      text += std::string("[rank ") + rank +
              "] HybridEP dispatch torch API (FP8): 400.00 GB/s (NVL), t: 400.88 us, "
              "nvl_recv_bytes: 160.35 MB\n";
    }
    const CollectedLog log = read(text, of_width(8));
    REQUIRE(log.comm.size() == 2);
    CHECK(log.comm[0].run == log.comm[1].run);
    CHECK(log.comm[0].tokens == 4096.0);
    CHECK(log.comm[0].bytes == 4096.0 * 8 * 7392);
    CHECK(log.comm[0].series.gate.experts == 256);
    CHECK(read(text).rejected == Words(2, "nothing says the EP width of its bytes: --ep N does"));
  }

  TEST_CASE("torn lines") {
    CHECK(read("combine: 38.34 GB/s (NVL), t: 3054.8 us, combine_send_bytes:", of_width(8))
              .rejected.size() == 1);
    CHECK(
        read("combine: 38 GB/s (RDMA), t: 3.0 us, rdma_recv_bytes: 11 MB", of_width(8)).rejected ==
        Words{"the bytes of one tier without the other's"});
    CHECK(read("combine: 38.34 GB/s\n").taken == 0);
  }
}

TEST_SUITE("logs/implied_tokens") {
  TEST_CASE("powers of two within 1 %, else the nearest whole number") {
    CHECK(implied_tokens(4100.3) == 4096);
    CHECK(implied_tokens(4060.0) == 4096);
    CHECK(implied_tokens(3000.4) == 3000);
    CHECK(implied_tokens(0.2) == 0);
    CHECK(implied_tokens(1e12) == 0);
  }

  TEST_CASE("the EP width at which ranks and nodes relate so") {
    // Top-8 of very many experts: 16 (1 - (15/16)^8) = 6.45 ranks and 2 (1 - (1/2)^8) = 1.992
    // nodes.
    CHECK(implied_width({.ranks = 6.45, .nodes = 1.992}, 8) == 16);
    CHECK(implied_width({.ranks = 7.18, .nodes = 3.6}, 8) == 32);
    CHECK(implied_width({.ranks = 6.45, .nodes = 0.0}, 8) == 0);
    CHECK(implied_width({.ranks = 20.0, .nodes = 1.0}, 8) == 0);
  }
}

}  // namespace
}  // namespace wideep::hybrid_ep_test
