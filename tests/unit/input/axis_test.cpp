#include "input/axis.h"

#include <vector>

#include <doctest/doctest.h>

namespace wideep::axis_test {
namespace {

std::vector<std::string> values_of(const Axis& axis) {
  std::vector<std::string> values;
  for (std::uint64_t at = 0; at < axis.count; ++at) values.push_back(axis.text_of(at));
  return values;
}

using Values = std::vector<std::string>;

Values read(const std::string& text) {
  const Source source{.name = "--axis", .text = text};
  Findings findings;
  const Axis axis = read_axis(source, findings);
  findings.throw_if_any();
  return values_of(axis);
}

/// What is said of an axis that is wrong.
std::string said_of(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_SUITE("input/axis") {
  TEST_CASE("values that are listed") {
    CHECK(read("tokens_per_rank=1,8,64") == Values{"1", "8", "64"});
    CHECK(read("slo.tpot=10ms") == Values{"10ms"});
    CHECK(read("search.split=half,free") == Values{"half", "free"});
  }

  TEST_CASE("evenly spaced, both ends included") {
    CHECK(read("slo.tpot=10ms:100ms:10") ==
          Values{"10ms", "20ms", "30ms", "40ms", "50ms", "60ms", "70ms", "80ms", "90ms", "100ms"});
    CHECK(read("straggler_factor=1:1.3:4") == Values{"1", "1.1", "1.2", "1.3"});
    CHECK(read("serving_efficiency=50%:100%:3") == Values{"50%", "75%", "100%"});
    CHECK(read("context=4096:4096:1") == Values{"4096"});
  }

  TEST_CASE("ends in two units of one dimension") {
    CHECK(read("slo.tpot=500us:1ms:3") == Values{"500us", "750us", "1000us"});
    CHECK(read("gpu.memory=1GiB:1536MiB:2") == Values{"1GiB", "1.5GiB"});
  }

  TEST_CASE("geometric, and powers of two") {
    CHECK(read("context=100:10000:log3") == Values{"100", "1000", "10000"});
    CHECK(read("kernels.LL.latency=1us:2us:log3") == Values{"1us", "1.41421us", "2us"});
    CHECK(read("tokens_per_rank=1:16:log2") == Values{"1", "2", "4", "8", "16"});
    CHECK(read("tokens_per_rank=100:1000:log2") == Values{"128", "256", "512"});
  }

  TEST_CASE("factors of what the input has") {
    const Source source{.name = "--axis", .text = "kernels.HT.bandwidth=0.5x:2x:4"};
    Findings findings;
    const Axis axis = read_axis(source, findings);
    CHECK(axis.relative);
    CHECK(values_of(axis) == Values{"0.5", "1", "1.5", "2"});
    CHECK(read("context=1x,2x") == Values{"1", "2"});
    CHECK(said_of("context=1x,2") ==
          "--axis:1:9: error: some values are factors and some are not\n"
          "    1 | context=1x,2\n"
          "      |         ^\n"
          "      = help: write x after all or none\n");
  }

  TEST_CASE("a million million values take no room") {
    const Source source{.name = "--axis", .text = "context=1:2:1000000000000"};
    Findings findings;
    const Axis axis = read_axis(source, findings);
    CHECK_FALSE(findings.any());
    CHECK(axis.count == 1'000'000'000'000U);
    CHECK(axis.text_of(999'999'999'999U) == "2");
  }

  TEST_CASE("rounded to whole numbers, each once") {
    const Source source{.name = "--axis", .text = "tokens_per_rank=1:10:log9"};
    Findings findings;
    const Axis axis = rounded(read_axis(source, findings), source, findings);
    CHECK(values_of(axis) == Values{"1", "2", "3", "4", "6", "7", "10"});
    const Source many{.name = "--axis", .text = "tokens_per_rank=1:3:11"};
    rounded(read_axis(many, findings), many, findings);
    REQUIRE(findings.placed().size() == 1);
    CHECK(
        findings.placed()[0].message ==
        "'tokens_per_rank' takes whole numbers, of which there are 3 from LOW to HIGH, fewer than "
        "11 points");
  }

  TEST_CASE("faults, each at its place") {
    CHECK(said_of("tokens_per_rank") ==
          "--axis:1:1: error: write --axis KEY=LOW:HIGH:N or --axis KEY=A,B,C\n"
          "    1 | tokens_per_rank\n"
          "      | ^\n");
    CHECK(said_of("context=1:64:log") ==
          "--axis:1:14: error: 'log' is neither a number of points, N, nor logN or log2\n"
          "    1 | context=1:64:log\n"
          "      |              ^\n"
          "      = help: did you mean 'log2'?\n");
    CHECK(said_of("context=1:64") ==
          "--axis:1:9: error: a range is LOW:HIGH:N, LOW:HIGH:logN or LOW:HIGH:log2\n"
          "    1 | context=1:64\n"
          "      |         ^\n"
          "      = help: N is the number of points, 2 for both ends alone\n");
    CHECK(said_of("slo.tpot=10:100ms:10") ==
          "--axis:1:13: error: LOW is in '' and HIGH in 'ms'\n"
          "    1 | slo.tpot=10:100ms:10\n"
          "      |             ^\n"
          "      = help: give both the same unit\n");
    for (const char* text : {"context=",
                             "context=1,,2",
                             "context=1,1",
                             "context=[1]",
                             "context=null",
                             "context=9:1:3",
                             "context=0:8:log2",
                             "context=3:3.5:log2",
                             "context=1:8:1",
                             "context=a:8:3",
                             "context=1:8:3:4"}) {
      CAPTURE(text);
      CHECK_FALSE(said_of(text).empty());
    }
  }
}

}  // namespace
}  // namespace wideep::axis_test
