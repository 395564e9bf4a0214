#include "units/quantity.h"

#include <doctest/doctest.h>

#include "units/format_quantity.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

using doctest::Approx;

template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};

static_assert(Addable<Seconds, Seconds>);
static_assert(!Addable<Seconds, Bytes>);
static_assert(!Addable<BytesPerSecond, FlopPerSecond>);
static_assert(std::is_same_v<decltype(Bytes() / BytesPerSecond()), Seconds>);
static_assert(std::is_same_v<decltype(Seconds() / Seconds()), double>);

TEST_SUITE("units") {
  TEST_CASE("a bit is an eighth of a byte, and Ki is not k") {
    CHECK(parse_quantity<BytesPerSecond>("400Gb/s") == 50.0 * unit::GBps);
    CHECK(parse_quantity<BytesPerSecond>("1GiB/s")->base() == 1073741824.0);
    CHECK(parse_quantity<Bytes>("1KiB") == 1024.0 * unit::B);
    CHECK(parse_quantity<Bytes>("1 kB") == 1000.0 * unit::B);
    CHECK(parse_quantity<Bytes>("16Kib") == 2048.0 * unit::B);
    CHECK(parse_quantity<Bytes>("7168B") == 7168.0 * unit::B);
  }

  TEST_CASE("times and flop rates") {
    CHECK(parse_quantity<Seconds>("12us")->base() == Approx(12e-6));
    CHECK(parse_quantity<Seconds>("1.5 ms")->base() == Approx(1.5e-3));
    CHECK(parse_quantity<Seconds>("250ns")->base() == Approx(250e-9));
    CHECK(parse_quantity<Seconds>("0s") == Seconds(0.0));
    CHECK(parse_quantity<FlopPerSecond>("1979TFLOP/s")->base() == Approx(1.979e15));
    CHECK(parse_quantity<Flop>("88MFLOP")->base() == Approx(88e6));
  }

  TEST_CASE("what has no unit, or another dimension's, or no end, is refused") {
    for (const char* text : {"5",
                             "5GB",
                             "us",
                             "nanus",
                             "infus",
                             "5 us ",
                             "5  us",
                             "",
                             "1e999us",
                             "5Us",
                             "5kis",
                             "0x5us",
                             "5,5us"}) {
      CAPTURE(text);
      CHECK_FALSE(parse_quantity<Seconds>(text).has_value());
    }
    CHECK_FALSE(parse_quantity<BytesPerSecond>("40GB").has_value());
    CHECK_FALSE(parse_quantity<BytesPerSecond>("400Gbps").has_value());
    CHECK_FALSE(parse_quantity<FlopPerSecond>("5KiFLOP/s").has_value());
  }

  TEST_CASE("shares and plain numbers") {
    CHECK(*parse_share("1%") == Approx(0.01));
    CHECK(*parse_share("85 %") == Approx(0.85));
    CHECK(*parse_share("0.85") == Approx(0.85));
    CHECK_FALSE(parse_share("1%%").has_value());
    CHECK_FALSE(parse_number("nan").has_value());
    CHECK_FALSE(parse_number("1 2").has_value());
    CHECK(*parse_number("-1e3") == -1000.0);
  }

  TEST_CASE("quantities are printed with four digits and the prefix that fits") {
    CHECK(format(312.44 * unit::us) == "312.4 us");
    CHECK(format(Seconds(0.9999996)) == "1 s");
    CHECK(format(Seconds(999.96e-6)) == "1 ms");
    CHECK(format(Seconds(0.0)) == "0 us");
    CHECK(format(Seconds(31.5e-9)) == "31.5 ns");
    CHECK(format(Bytes(7586000)) == "7.586 MB");
    CHECK(format(BytesPerSecond(46.8e9)) == "46.8 GB/s");
    CHECK(format_number(35.791) == "35.79");
    CHECK(format_number(6535.4) == "6,535");
    CHECK(format_count(16384) == "16,384");
    CHECK(format_count(-1234567) == "-1,234,567");
    CHECK(format_count(999) == "999");
    CHECK(format_percent(0.2213) == "22.1%");
  }

  TEST_CASE("what is printed is read back") {
    for (const double value : {1e-9, 3.25e-5, 0.125, 4.0, 999.0}) {
      CHECK(parse_quantity<Seconds>(format(Seconds(value)))->base() == Approx(value));
      CHECK(parse_quantity<Bytes>(format(Bytes(value * 1e9)))->base() == Approx(value * 1e9));
    }
  }
}

}  // namespace
}  // namespace wideep
