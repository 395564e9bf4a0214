#include "model/what_fits.h"

#include <doctest/doctest.h>

#include "model/limits.h"
#include "model/memory.h"
#include "support/limit_words.h"
#include "support/memory_problem.h"

namespace wideep::what_fits_test {
namespace {

constexpr double kGB = 1e9;

TEST_SUITE("model/what_fits") {
  TEST_CASE("what does not fit is named by its largest parts, with what would fit") {
    Problem p = memory_problem();
    CHECK_FALSE(words(p, memory_limit(p, asked(p, {.ep_width = 32}))));
    // EP 4: 128 + 14 + 12.8 + 0.2944 + 4 GB; only weights of experts are a tenth of that. EP 16
    // needs 32 of them, 63.1 GB in all.
    const auto limit = words(p, memory_limit(p, asked(p, {.ep_width = 4})));
    REQUIRE(limit);
    CHECK(limit->rule == "memory");
    CHECK(limit->message == "EP 4 with A needs 159.1 GB of 80 GB: expert weights 128 GB");
    CHECK(limit->fix == "EP 4 fits no batch; EP 16 with A fits the whole batch");
    // 400 requests on 100 GB: a request takes 102.3 MB, or 101.9 where half of its routed tokens
    // are there at a time, as in dbo. EP 8 has 18 GB left for them, EP 16 50.
    p.fabric.gpu->memory = Bytes(100 * kGB);
    set_tokens(p, 400);
    const auto batch = words(p, memory_limit(p, asked(p, {.ep_width = 8})));
    REQUIRE(batch);
    CHECK(batch->message ==
          "EP 8 with A needs 122.9 GB of 100 GB: expert weights 64 GB, KV cache 40 GB, "
          "other weights 14 GB");
    CHECK(batch->fix ==
          "EP 8 with A fits with 176 requests per rank; EP 16 with A fits the whole batch");
    // 1000 fit nowhere; EP 256 has 80 GB left.
    set_tokens(p, 1000);
    CHECK(words(p, memory_limit(p, asked(p, {.ep_width = 8})))->fix ==
          "EP 8 with A fits with 176 requests per rank; EP 256 with A fits with 785 requests per "
          "rank");
    CHECK(words(p, memory_limit(p, asked(p, {.ep_width = 256})))->fix ==
          "EP 256 with A fits with 785 requests per rank");
    CHECK(largest_batch(p, {.ep_width = 8}).tokens == 175);
    CHECK(largest_batch(p, {.ep_width = 8}).requests == 175);
    // The KV cache comes first where it is largest.
    CHECK(words(p, memory_limit(p, asked(p, {.ep_width = 64})))
              ->message.find("GB of 100 GB: KV cache 100 GB, other weights 14 GB") !=
          std::string::npos);
    // A width above max_gpus is no way out.
    p.space.max_gpus = 32;
    CHECK(words(p, memory_limit(p, asked(p, {.ep_width = 8})))->fix ==
          "EP 8 with A fits with 176 requests per rank; EP 32 with A fits with 647 requests per "
          "rank");
  }

  TEST_CASE("what fits is what the kernel can send, in chunks too") {
    // LL takes 32 tokens at a time. EP 4 has no room; EP 8, 64 GB of experts on 100 GB, has: its
    // buffers and rows are for 128 tokens, 1.908 GB and 3.277 GB, and a request takes 101.5 MB.
    Problem p = memory_problem();
    p.fabric.gpu->memory = Bytes(100e9);
    p.space.kernels = {1};
    p.fabric.kernels[1].limits.max_tokens_per_rank = 32;
    const auto fix = [&] {
      return words(p, memory_limit(p, asked(p, {.ep_width = 4, .kernel = 1})))->fix;
    };
    CHECK(fix() == "EP 4 fits no batch; EP 16 with LL fits the whole batch");
    const auto most = [&](Overlap overlap) {
      return largest_batch(p, {.ep_width = 8, .kernel = 1, .overlap = overlap}).tokens;
    };
    CHECK(most(Overlap::kNone) == 32);
    CHECK(most(Overlap::kChunk) == 126);  // (18 - 5.185) GB / 101.5 MB
    CHECK(most(Overlap::kDbo) == 126);
    p.space.overlaps = {Overlap::kNone};
    CHECK(fix() == "EP 4 fits no batch; EP 8 with LL fits with 32 requests per rank");
    p.space.overlaps = {Overlap::kNone, Overlap::kDbo};
    p.space.max_chunks = 1;  // two transfers
    CHECK(most(Overlap::kDbo) == 64);
    CHECK(fix() == "EP 4 fits no batch; EP 8 with LL fits with 64 requests per rank");
    p.space.max_chunks = 2;  // 32 in one and 64 in two: the split is free
    CHECK(most(Overlap::kDbo) == 96);
    p.space.half_split = true;  // 33 in two and 32 in one
    CHECK(most(Overlap::kDbo) == 65);
    p.space.timing = Timing::kSteadyState;
    CHECK(most(Overlap::kDbo) == 64);
    CHECK(most(Overlap::kChunk) == 0);
  }

  TEST_CASE("another kernel at the same width may run the whole batch") {
    // EP 16: 32 GB of experts; LL's buffers and rows for 1000 tokens take 14.9 GB and 25.6 GB more.
    Problem p = memory_problem();
    p.workload.serving.dispatch_capacity = 1000;
    const auto limit = words(p, memory_limit(p, asked(p, {.ep_width = 16, .kernel = 1})));
    REQUIRE(limit);
    CHECK(limit->fix == "EP 16 with A fits the whole batch");
  }

  TEST_CASE("a batch is of whole requests with their drafts") {
    Problem p = memory_problem();
    p.workload.traffic.drafting = {.tokens = 3, .accepted = 1.0};
    p.fabric.kernels[1].limits.max_tokens_per_rank = 7;
    p.space.kernels = {1};
    p.space.overlaps = {Overlap::kNone};
    const Config config{.ep_width = 16, .kernel = 1};
    CHECK(largest_batch(p, config).tokens == 4);
    CHECK(largest_batch(p, config).requests == 1);
    // Three tokens are no request.
    p.fabric.kernels[1].limits.max_tokens_per_rank = 3;
    CHECK(largest_batch(p, config).tokens == 0);
    CHECK(words(p, memory_limit(p, asked(p, {.ep_width = 4, .kernel = 1})))->fix ==
          "EP 4 fits no batch");
  }

  TEST_CASE("a capacity and what DeepEP refuses bound the batch too") {
    Problem p = memory_problem();
    p.fabric.gpu->memory = Bytes(1e12);
    const Config config{.ep_width = 32, .kernel = 1};
    CHECK(largest_batch(p, config).tokens == 2304);  // buffers of 32 GiB
    p.workload.serving.dispatch_capacity = 300;
    CHECK(largest_batch(p, config).tokens == 300);
    CHECK(largest_batch(p, {.ep_width = 32, .kernel = 1, .overlap = Overlap::kChunk}).tokens >
          5000);
  }

  TEST_CASE("no memory holds more than the largest batch that input takes") {
    Problem p = memory_problem();
    p.fabric.gpu->memory = Bytes(1e18);
    CHECK(largest_batch(p, {.ep_width = 8}).tokens == 16'777'216);
    p.workload.traffic.drafting = {.tokens = 3, .accepted = 1.0};
    CHECK(largest_batch(p, {.ep_width = 8}).requests == 4'194'304);
    p.workload.traffic.drafting = {.tokens = 2, .accepted = 1.0};  // a token is left over
    CHECK(largest_batch(p, {.ep_width = 8}).tokens == 16'777'215);
  }
}

}  // namespace
}  // namespace wideep::what_fits_test
