#include "report/limit_sentences.h"

#include <doctest/doctest.h>

namespace wideep::limit_sentences_test {
namespace {

using Sentences = std::vector<std::string>;

LimitText of_width(int width) {
  const std::string alike = "HT supports EP widths 16, 32, not ";
  return {.rule = "kernel_ep_width", .message = alike + std::to_string(width), .alike = alike};
}

TEST_SUITE("report/limit_sentences") {
  TEST_CASE("a limit is what is broken, and what would lift it") {
    CHECK(sentence({.rule = "memory", .message = "EP 8 needs 2 GB of 1 GB"}) ==
          "EP 8 needs 2 GB of 1 GB.");
    CHECK(sentence({.rule = "memory", .message = "EP 8 needs 2 GB", .fix = "EP 16 fits"}) ==
          "EP 8 needs 2 GB; EP 16 fits.");
    CHECK(sentences_of({}).empty());
  }

  TEST_CASE("widths that a kernel does not run are one sentence, where the first stands") {
    const LimitText other{.rule = "memory", .message = "EP 8 needs 2 GB of 1 GB"};
    CHECK(sentences_of(std::vector{of_width(12), other, of_width(24)}) ==
          Sentences{"HT supports EP widths 16, 32, not 12, 24.", "EP 8 needs 2 GB of 1 GB."});
    CHECK(sentences_of(std::vector{of_width(12)}) ==
          Sentences{"HT supports EP widths 16, 32, not 12."});
    std::vector<LimitText> ten;
    for (int width = 1; width <= 10; ++width) ten.push_back(of_width(width));
    CHECK(sentences_of(ten) ==
          Sentences{"HT supports EP widths 16, 32, not 1, 2, 3, 4, 5, 6, 7, 8 and 2 more."});
  }

  TEST_CASE("what fits elsewhere is said once") {
    const auto memory = [](const char* message, const std::string& here) {
      const std::string there = "EP 64 fits";
      return LimitText{.rule = "memory",
                       .message = message,
                       .fix = here.empty() ? there : here + "; " + there,
                       .elsewhere = there};
    };
    CHECK(sentences_of(std::vector{memory("EP 8 needs 2 GB", "EP 8 fits no batch"),
                                   memory("EP 16 needs 3 GB", "EP 16 fits 4"),
                                   memory("EP 32 needs 4 GB", "")}) ==
          Sentences{"EP 8 needs 2 GB; EP 8 fits no batch; EP 64 fits.",
                    "EP 16 needs 3 GB; EP 16 fits 4.",
                    "EP 32 needs 4 GB."});
  }
}

}  // namespace
}  // namespace wideep::limit_sentences_test
