#include "model/transfers.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "model/limits.h"
#include "support/asked.h"
#include "support/limit_words.h"

namespace wideep::transfers_test {
namespace {

/// A kernel that takes 100 tokens in one transfer, up to 4 chunks.
Problem problem() {
  Problem p;
  p.fabric.kernels = {{.name = "LL", .dispatch = {}, .combine = {}, .limits = {}}};
  p.fabric.kernels[0].limits.max_tokens_per_rank = 100;
  p.space.kernels = {0};
  p.space.max_chunks = 4;
  return p;
}

/// The largest batch of up to 2,000 tokens that can be sent; so can every smaller one of `least`.
int most_sent(const Problem& p, Overlap overlap, int least) {
  int most = 0;
  int sent = 0;
  for (int tokens = 1; tokens <= 2'000; ++tokens) {
    if (!can_send(p, with_tokens({.ep_width = 8, .overlap = overlap}, tokens))) continue;
    most = tokens;
    ++sent;
  }
  CHECK(sent == std::max(0, most - least + 1));
  return most;
}

TEST_SUITE("model/transfers") {
  TEST_CASE("the kernel and a stated capacity bound a transfer, whichever is less") {
    Problem p = problem();
    const Config config{.ep_width = 8};
    CHECK(most_in_transfer(p, config) == 100);
    CHECK_FALSE(most_in_transfer(p, {.ep_width = 1}));  // nothing is sent
    p.workload.serving.dispatch_capacity = 60;
    CHECK(most_in_transfer(p, config) == 100);  // this kernel's buffers are made for none
    p.fabric.kernels[0].buffer = BufferRule::kDeepEpLl;
    CHECK(most_in_transfer(p, config) == 60);
    p.workload.serving.dispatch_capacity = 160;
    CHECK(most_in_transfer(p, config) == 100);
    p.fabric.kernels[0].limits.max_tokens_per_rank.reset();
    CHECK(most_in_transfer(p, config) == 160);
    p.workload.serving.dispatch_capacity.reset();
    CHECK_FALSE(most_in_transfer(p, config));
  }

  TEST_CASE("a transfer may be as large as the limit") {
    CHECK_FALSE(exceeds_transfer_limit(100, 100.0));
    CHECK_FALSE(exceeds_transfer_limit(100, 100.0 + 1e-12));  // as a division may leave it
    CHECK(exceeds_transfer_limit(100, 100.0 + 1.0 / 64));
    CHECK_FALSE(exceeds_transfer_limit(std::nullopt, 1e9));
  }

  TEST_CASE("who is to blame, the kernel first") {
    Problem p = problem();
    p.fabric.kernels[0].buffer = BufferRule::kDeepEpLl;
    // One transfer of a batch, or chunks of it.
    const auto limit = [&](int tokens, int chunks = 1) {
      const Overlap overlap = chunks == 1 ? Overlap::kNone : Overlap::kChunk;
      const Config config{.ep_width = 8, .overlap = overlap, .chunks = chunks, .tokens = tokens};
      return transfer_limit(p, config);
    };
    CHECK_FALSE(limit(100));
    CHECK(limit(1234)->kind == LimitKind::kMaxTokensPerRank);
    CHECK(std::get<double>(limit(1234)->asked) == 1234.0);
    CHECK(std::get<double>(limit(1234)->allowed) == 100.0);
    CHECK(words(p, limit(1234))->message ==
          "LL takes at most 100 tokens per rank in one transfer, not 1,234");
    CHECK(words(p, limit(150))->rule == "max_tokens_per_rank");
    CHECK(words(p, limit(150))->fix.empty());
    p.workload.serving.dispatch_capacity = 60;
    CHECK_FALSE(limit(60));
    const auto refused = words(p, limit(125, 2));
    REQUIRE(refused);
    CHECK(refused->rule == "dispatch_capacity");
    CHECK(refused->message ==
          "LL's buffers are made for 60 tokens per rank in one transfer, not 62.5");
    CHECK(refused->fix == "dispatch_capacity: 63");
  }

  TEST_CASE("without overlap one transfer, with chunks as many as there may be") {
    Problem p = problem();
    CHECK(most_sent(p, Overlap::kNone, 1) == 100);
    CHECK(most_sent(p, Overlap::kChunk, 2) == 400);
    CHECK_FALSE(can_send(p, with_tokens({.ep_width = 8, .overlap = Overlap::kChunk}, 1)));
    // 50 chunks of a token each, but no more than there are tokens.
    p.fabric.kernels[0].limits.max_tokens_per_rank = 1;
    p.space.max_chunks = 50;
    CHECK(most_sent(p, Overlap::kChunk, 2) == 50);
    p.space.max_chunks = 1;
    CHECK(most_sent(p, Overlap::kChunk, 2) == 0);
    p = problem();
    p.space.timing = Timing::kSteadyState;
    CHECK(most_sent(p, Overlap::kChunk, 2) == 0);
    CHECK(most_sent(p, Overlap::kNone, 1) == 100);
  }

  TEST_CASE("two micro-batches send once more than there are chunks, halves as often") {
    Problem p = problem();
    CHECK(most_sent(p, Overlap::kDbo, 2) == 500);
    CHECK_FALSE(can_send(p, with_tokens({.ep_width = 8, .overlap = Overlap::kDbo}, 1)));
    p.space.half_split = true;  // 201 in three transfers and 200 in two
    CHECK(most_sent(p, Overlap::kDbo, 2) == 401);
    p.space.max_chunks = 1;  // one of each; of 199 tokens 100 come first
    CHECK(most_sent(p, Overlap::kDbo, 2) == 200);
    // Halves of 100.5 tokens exist under steady_state alone, and exceed the limit there.
    p.space.timing = Timing::kSteadyState;
    p.space.half_split = false;
    CHECK(most_sent(p, Overlap::kDbo, 2) == 200);
    p.fabric.kernels[0].limits.max_tokens_per_rank.reset();
    CHECK(most_sent(p, Overlap::kDbo, 2) == 2'000);
    CHECK_FALSE(can_send(p, with_tokens({.ep_width = 8, .overlap = Overlap::kDbo}, 1)));
  }
}

}  // namespace
}  // namespace wideep::transfers_test
