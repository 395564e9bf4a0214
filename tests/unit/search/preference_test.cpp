#include "search/preference.h"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "support/asked.h"

namespace wideep::preference_test {
namespace {

TEST_SUITE("search/preference") {
  TEST_CASE("each rule decides where all before it are even, against all after it") {
    // Best first; each differs from the one before in one rule for the worse, and is better in
    // every later one.
    const auto candidate = [](const Config& config, double cost) {
      return Candidate{with_tokens(config, 10), {cost}};
    };
    const auto dbo = [](int width, std::size_t kernel, int chunks, double first, int sms) {
      return Config{width, kernel, Overlap::kDbo, chunks, first, sms};
    };
    const std::vector<Candidate> ranked = {candidate({8, 2, Overlap::kNone, 1, 0.0, 24}, 9.0),
                                           candidate(dbo(8, 2, 1, 5.0, 24), 8.0),
                                           candidate(dbo(8, 2, 1, 4.0, 24), 6.0),
                                           candidate(dbo(8, 2, 1, 4.0, 24), 7.0),
                                           candidate(dbo(8, 1, 1, 4.0, 32), 7.0),
                                           candidate(dbo(8, 2, 1, 4.0, 32), 7.0),
                                           candidate(dbo(8, 0, 2, 5.0, 4), 5.0),
                                           candidate({16, 0, Overlap::kNone, 1, 0.0, 4}, 1.0)};
    for (std::size_t a = 0; a < ranked.size(); ++a) {
      for (std::size_t b = 0; b < ranked.size(); ++b) {
        CAPTURE(a);
        CAPTURE(b);
        CHECK(preferred(ranked[a], ranked[b]) == (a < b));
      }
    }
  }

  TEST_CASE("mirrored splits are even, and the smaller first micro-batch decides") {
    const Candidate left{{8, 0, Overlap::kDbo, 1, 4.0, 0, 10}, {1.0}};
    const Candidate right{{8, 0, Overlap::kDbo, 1, 6.0, 0, 10}, {1.0}};
    CHECK(preferred(left, right));
    CHECK_FALSE(preferred(right, left));
  }
}

}  // namespace
}  // namespace wideep::preference_test
