#include "units/quantity.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "units/format_quantity.h"
#include "units/parse_quantity.h"

namespace wideep::quantity_test {
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

  TEST_CASE("every prefix, decimal and binary") {
    const std::vector<std::pair<std::string, double>> prefixes = {{"", 1.0},
                                                                  {"k", 1e3},
                                                                  {"M", 1e6},
                                                                  {"G", 1e9},
                                                                  {"T", 1e12},
                                                                  {"P", 1e15},
                                                                  {"Ki", 1024.0},
                                                                  {"Mi", 1048576.0},
                                                                  {"Gi", 1073741824.0},
                                                                  {"Ti", 1099511627776.0}};
    for (const auto& each : prefixes) {
      const std::string& prefix = each.first;
      const double factor = each.second;
      CAPTURE(prefix);
      CHECK(parse_quantity<Bytes>("3" + prefix + "B") == Bytes(3.0 * factor));
      CHECK(parse_quantity<BytesPerSecond>("16" + prefix + "b/s") == BytesPerSecond(2.0 * factor));
      const bool decimal = !prefix.ends_with('i');
      CHECK(parse_quantity<Flop>("3" + prefix + "FLOP").has_value() == decimal);
      CHECK(parse_quantity<FlopPerSecond>("3" + prefix + "FLOP/s").has_value() == decimal);
    }
    CHECK(parse_quantity<Seconds>("-0us")->base() == 0.0);
    CHECK_FALSE(std::signbit(parse_quantity<Seconds>("-0us")->base()));
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

  TEST_CASE("the example that a message gives is one that is read") {
    const auto example = []<class Q>(const char* what, Q value) {
      const std::string text(expected_quantity<Q>());
      CAPTURE(text);
      CHECK(text.starts_with(std::string(what) + " with its unit, such as "));
      const std::size_t from =
          std::string(what).size() + std::string(" with its unit, such as ").size();
      CHECK(parse_quantity<Q>(text.substr(from, text.find(' ', from) - from)) == value);
    };
    example("a time", 12.0 * unit::us);
    example("a size", Bytes(7168.0));
    example("a bandwidth", 40.0 * unit::GBps);
    example("a count of operations", Flop(88e6));
    example("a rate of operations", FlopPerSecond(1979e12));
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

  TEST_CASE("two values get the digits that tell them apart") {
    using Texts = std::pair<std::string, std::string>;
    CHECK(format_apart(Seconds(2.5), Seconds(2.0)) == Texts("2.5 s", "2 s"));
    CHECK(format_apart(Seconds(2.00004), Seconds(2.0)) == Texts("2.00004 s", "2 s"));
    CHECK(format_apart(Seconds(0.9999999), Seconds(1.0)) == Texts("999.9999 ms", "1 s"));
    CHECK(format_apart(Seconds(2.0), Seconds(2.0)) == Texts("2 s", "2 s"));
    CHECK(format_apart(Seconds(0.0), Seconds(1e-6)) == Texts("0 us", "1 us"));
    CHECK(format_apart(Bytes(85.900001e9), Bytes(85.9e9)) == Texts("85.900001 GB", "85.9 GB"));
    CHECK(format_apart(2.0000001, 2.0) == Texts("2.0000001", "2"));
    CHECK(format_apart(12'345.0, 12'000.0) == Texts("12,345", "12,000"));
    const Texts next = format_apart(Seconds(1.0), Seconds(std::nextafter(1.0, 2.0)));
    CHECK(next.first != next.second);
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
    CHECK(format(Seconds(1.2344e-3)) == "1.234 ms");
    CHECK(format(Seconds(-2.5e-6)) == "-2.5 us");
    CHECK(format(Bytes(12.0)) == "12 B");
    CHECK(format(Bytes(1500.0)) == "1.5 kB");
    CHECK(format(Bytes(2e12)) == "2 TB");
    CHECK(format(Bytes(3e15)) == "3 PB");
    CHECK(format(FlopPerSecond(989e12)) == "989 TFLOP/s");
    CHECK(format_number(0.0) == "0");
    CHECK(format_number(0.00123456) == "0.001235");
    CHECK(format_number(999.4) == "999.4");
    CHECK(format_number(1000.0) == "1,000");
    CHECK(format_number(-1234.4) == "-1,234");
    CHECK(format_count(1e6) == "1,000,000");
    CHECK(format_percent(1.0) == "100.0%");
    CHECK(format_percent(0.00049) == "0.0%");
  }

  TEST_CASE("what is printed is read back") {
    for (const double value : {1e-9, 3.25e-5, 0.125, 4.0, 999.0}) {
      CHECK(parse_quantity<Seconds>(format(Seconds(value)))->base() == Approx(value));
      CHECK(parse_quantity<Bytes>(format(Bytes(value * 1e9)))->base() == Approx(value * 1e9));
    }
  }
}

}  // namespace
}  // namespace wideep::quantity_test
