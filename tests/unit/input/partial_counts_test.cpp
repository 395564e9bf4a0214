#include "input/partial_counts.h"

#include <doctest/doctest.h>

namespace wideep::partial_counts_test {
namespace {

/// So many tokens on experts `first` up to `end` of so many, in each of three layers.
ExpertCounts block(std::size_t experts, std::size_t first, std::size_t end, double tokens) {
  ExpertCounts counts;
  counts.layers.assign(3, std::vector<double>(experts, 0.0));
  for (auto& layer : counts.layers) {
    for (std::size_t at = first; at < end; ++at) layer[at] = tokens + static_cast<double>(at);
  }
  return counts;
}

TEST_SUITE("input/partial_counts") {
  TEST_CASE("the experts of one rank, of a node, of the last rank") {
    CHECK(why_partial(block(256, 0, 16, 46'000)) ==
          "only experts 0 to 15 of 256 have tokens, 46000 and more each: these counts are of one "
          "rank or some, and say nothing of the others");
    CHECK_FALSE(why_partial(block(256, 128, 256, 500)).empty());
    CHECK_FALSE(why_partial(block(288, 279, 288, 500)).empty());
    CHECK_FALSE(why_partial(block(64, 5, 6, 500)).empty());
  }

  TEST_CASE("a rank with an expert that got nothing") {
    ExpertCounts counts = block(256, 16, 32, 900);
    counts.layers[1][16] = 0.0;
    CHECK_FALSE(why_partial(counts).empty());
  }

  TEST_CASE("scattered experts of one rank, others in each layer") {
    ExpertCounts counts = block(128, 0, 0, 0.0);
    for (std::size_t layer = 0; layer < 3; ++layer) {
      for (std::size_t at = 0; at < 16; ++at) {
        counts.layers[layer][(7 * at + 31 * layer) % 128] = 400.0;
      }
    }
    CHECK(why_partial(counts).starts_with("only 16 experts of 128 have tokens, 400 and more"));
  }

  TEST_CASE("sound counts") {
    CHECK(why_partial(block(256, 0, 256, 100)).empty());
    // Three quarters are no part of ranks, nor is a block that begins anywhere.
    CHECK(why_partial(block(256, 0, 192, 100)).empty());
    // A few tokens leave most experts without any.
    CHECK(why_partial(block(256, 0, 16, 1)).empty());
    ExpertCounts few = block(64, 0, 0, 0.0);
    for (auto& layer : few.layers) layer[3] = layer[17] = layer[40] = 2.0;
    CHECK(why_partial(few).empty());
    // Written down by hand.
    CHECK(why_partial(block(4, 0, 1, 100)).empty());
    // A skewed gate: a long tail, but a tail.
    ExpertCounts skewed = block(64, 0, 0, 0.0);
    for (auto& layer : skewed.layers) {
      for (std::size_t at = 0; at < 40; ++at) {
        layer[at] = 10'000.0 / static_cast<double>(at * at + 1);
      }
    }
    CHECK(why_partial(skewed).empty());
  }
}

}  // namespace
}  // namespace wideep::partial_counts_test
