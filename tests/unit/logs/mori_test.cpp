#include <string>

#include <doctest/doctest.h>

#include "logs/collected.h"

namespace wideep::mori_test {
namespace {

CollectedLog read(const std::string& text, CollectedLog log = {}) {
  return collect(mori({}), text, std::move(log));
}

TEST_SUITE("logs/mori") {
  TEST_CASE("best and average of a run: the average time, the bytes of the best round") {
    // 196.81 GB/s x 974.50 us = 191.8 MB, 26,757 copies of 7,168 B: 6.53 ranks of each of 4,096
    // tokens, where 6.51 of 16 are expected; 60.00 GB/s x 974.50 us are 8,157, to 2 nodes.
    const CollectedLog log = read(
        "FP8 dispatch: best/avg RDMA bandwidth 60.00 / 55.18 XGMI bandwidth 196.81 / 181.24 GB/s | "
        "best/avg latency 974.50 / 1071.16 \xC2\xB5s\n"
        "combine: best/avg RDMA bandwidth 76.81 / 70.71 XGMI bandwidth 251.81 / 231.56 GB/s | "
        "best/avg latency 1518.81 / 1667.70 \xC2\xB5s\n");
    REQUIRE(log.comm.size() == 2);
    CHECK(log.rejected.empty());
    CHECK(log.comm[0].us == 1071.16);
    CHECK(log.comm[0].tokens == 4096.0);
    CHECK(log.comm[0].bytes == 4096.0 * 8 * 7168);
    CHECK(log.comm[0].series.ep_width == 16);
    CHECK(log.comm[0].series.dtype == "fp8");
    CHECK(log.comm[1].series.direction == Direction::kCombine);
    CHECK(log.comm[1].bytes == 4096.0 * 8 * 14336);
  }

  TEST_CASE("torn lines, and other lines with these words") {
    CHECK(
        read("dispatch: best/avg RDMA bandwidth 60.00 / 55.18 XGMI bandwidth 196.81 / 181.24 GB/s")
            .rejected.size() == 1);
    CHECK(read("best/avg latency 1 / 2\n").taken == 0);
  }
}

}  // namespace
}  // namespace wideep::mori_test
