#include "plan/erlang.h"

#include <doctest/doctest.h>

#include "plan/time_law.h"

namespace wideep::erlang_test {
namespace {

using doctest::Approx;

TEST_SUITE("plan/erlang") {
  TEST_CASE("Erlang's formulas by hand") {
    // One server: B = a / (1 + a), C = a. Two at a = 1: B = (1/2) / (1 + 1 + 1/2) = 1/5, C = (1/5)
    // / (1 - 1/2 4/5) = 1/3.
    CHECK(erlang_b(1, 0.5) == Approx(1.0 / 3.0));
    CHECK(erlang_c(1, 0.5) == Approx(0.5));
    CHECK(erlang_b(2, 1.0) == Approx(0.2));
    CHECK(erlang_c(2, 1.0) == Approx(1.0 / 3.0));
    // As in tables.
    CHECK(erlang_b(10, 8.0) == Approx(0.1217).epsilon(1e-3));
    CHECK(erlang_c(10, 8.0) == Approx(0.4092).epsilon(1e-3));
  }

  TEST_CASE("a number of servers need not be whole: between its neighbours") {
    for (const double servers : {0.5, 1.3, 4.7, 20.5}) {
      CAPTURE(servers);
      const double load = 0.8 * servers;
      CHECK(erlang_b(servers, load) < erlang_b(servers - 0.2, load));
      CHECK(erlang_b(servers, load) > erlang_b(servers + 0.2, load));
    }
    CHECK(erlang_b(3.0 - 1e-9, 2.0) == Approx(erlang_b(3.0, 2.0)));
  }

  TEST_CASE("of many servers the limit takes over") {
    for (const double utilization : {0.9, 0.95, 0.99}) {
      CAPTURE(utilization);
      CHECK(erlang_c(256.5, 256.5 * utilization) ==
            Approx(erlang_c(256.0, 256.0 * utilization)).epsilon(0.05));
    }
    CHECK(erlang_c(5000.0, 500.0) < 1e-100);
  }

  TEST_CASE(
      "service of one length: half the wait at one server, nearly all with many at low load") {
    CHECK(constant_service_factor(1, 0.3) == Approx(0.5));
    CHECK(constant_service_factor(1, 0.9) == Approx(0.5));
    // Two at 0.5: 1/2 (1 + 0.5 (sqrt(14) - 2) / 16) = 0.5272; M/M/2 waits 1/3, so M/D/2 0.1757 of a
    // service (0.1767 exactly, by Crommelin).
    CHECK(constant_service_factor(2, 0.5) * erlang_c(2, 1.0) == Approx(0.1757).epsilon(1e-3));
    CHECK(constant_service_factor(100, 0.01) == Approx(1.0));
  }
}

TEST_SUITE("plan/time_law") {
  TEST_CASE("percentiles of an exponential law, of a point and of both") {
    // ln 20 = 2.996 of its mean.
    const Seconds one(1.0);
    const TimePart exponential{1.0, Seconds(2.0), one, one * one};
    CHECK(quantile({exponential}, 0.95).base() == Approx(2.0 + 2.996).epsilon(0.01));
    CHECK(quantile({{1.0, Seconds(2.0), {}, {}}}, 0.95).base() == Approx(2.0).epsilon(0.003));
    // A tenth waits: half of these beyond the 95th percentile, ln 2 of their mean.
    TimePart tenth = exponential;
    tenth.weight = 0.1;
    CHECK(quantile({{0.9, Seconds(2.0), {}, {}}, tenth}, 0.95).base() ==
          Approx(2.0 + 0.693).epsilon(0.01));
    tenth.weight = 0.04;
    CHECK(quantile({{0.96, Seconds(2.0), {}, {}}, tenth}, 0.95).base() ==
          Approx(2.0).epsilon(0.003));
  }
}

}  // namespace
}  // namespace wideep::erlang_test
