#include "model/memory.h"

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "model/kernel_buffers.h"
#include "model/limits.h"
#include "support/memory_problem.h"

namespace wideep::memory_test {
namespace {

using doctest::Approx;

constexpr unsigned kSeed = 5'161;
constexpr double kGB = 1e9;
constexpr double kMB = 1e6;

MemoryUse use_of(const Problem& p, const Config& config) {
  const auto use = memory_use(p, asked(p, config));
  REQUIRE(use);
  return *use;
}

TEST_SUITE("model/memory") {
  TEST_CASE("every part of a rank's memory, by hand") {
    const Problem p = memory_problem();
    const MemoryUse use = use_of(p, {.ep_width = 32});
    CHECK(use.expert_weights == Bytes(16 * kGB));  // 8 of 256 slots
    CHECK(use.other_weights == Bytes(14 * kGB));
    CHECK(use.cache / Bytes(kGB) == Approx(12.8));  // of 128 sequences
    CHECK(use.buffers == Bytes(0.0));
    // 128 tokens of 1 MB and logits of 0.5 MB, 1024 routed ones of 0.1 MB.
    CHECK(use.activations / Bytes(kMB) == Approx(128 + 64 + 102.4));
    CHECK(use.reserved == Bytes(4 * kGB));
    CHECK(use.capacity == Bytes(80 * kGB));
    CHECK(use.total() / Bytes(kGB) == Approx(47.0944));
    CHECK(use.fits());
  }

  TEST_CASE("each kernel's own buffers, which one rank does not need") {
    Problem p = memory_problem();
    // LL keeps a row for every expert and token of its capacity, 256 * 256, whatever arrives.
    const MemoryUse ll = use_of(p, {.ep_width = 32, .kernel = 1});
    CHECK(ll.buffers == low_latency_buffer(256, 7168, 256));
    CHECK(ll.activations / Bytes(kMB) == Approx(128 + 64 + 6'553.6));
    const MemoryUse ht = use_of(p, {.ep_width = 32, .kernel = 2, .sms = 20});
    CHECK(ht.buffers ==
          normal_buffer({.ep_width = 32, .domains = 4, .sms = 20, .hidden = 7168}).total());
    CHECK(ht.activations == use_of(p, {.ep_width = 32}).activations);
    for (const std::size_t kernel : p.space.kernels) {
      const MemoryUse alone = use_of(p, {.ep_width = 1, .kernel = kernel, .sms = 20});
      CHECK(alone.buffers == Bytes(0.0));
      CHECK(alone.activations == use_of(p, {.ep_width = 1}).activations);
    }
    // A domain that holds the whole group needs no RDMA.
    p.fabric.gpus_per_domain = 72;
    CHECK(use_of(p, {.ep_width = 32, .kernel = 2, .sms = 20}).buffers ==
          normal_buffer({.ep_width = 32, .domains = 1, .sms = 20, .hidden = 7168}).total());
    // Domains that the last ranks do not fill count whole: 48 on 36 are two.
    p.fabric.gpus_per_domain = 36;
    CHECK(use_of(p, {.ep_width = 48, .kernel = 2, .sms = 20}).buffers ==
          normal_buffer({.ep_width = 48, .domains = 2, .sms = 20, .hidden = 7168}).total());
  }

  TEST_CASE("LL's buffers and expert rows follow the dispatch capacity") {
    Problem p = memory_problem();
    const Config config{.ep_width = 32, .kernel = 1};
    const auto buffers = [&](int tokens) {
      set_tokens(p, tokens);
      return use_of(p, config).buffers;
    };
    // Not stated, it is 256, and the batch where that is larger.
    CHECK(buffers(1) == low_latency_buffer(256, 7168, 256));
    CHECK(buffers(256) == low_latency_buffer(256, 7168, 256));
    CHECK(buffers(257) == low_latency_buffer(256, 7168, 257));
    // A kernel's limit bounds it, from 128 on.
    p.fabric.kernels[1].limits.max_tokens_per_rank = 200;
    CHECK(buffers(1) == low_latency_buffer(256, 7168, 200));
    CHECK(buffers(1000) == low_latency_buffer(256, 7168, 200));
    p.fabric.kernels[1].limits.max_tokens_per_rank = 32;
    CHECK(buffers(1000) == low_latency_buffer(256, 7168, 128));
    // Stated, it is what is stated.
    p.workload.serving.dispatch_capacity = 1024;
    CHECK(buffers(1) == low_latency_buffer(256, 7168, 1024));
    CHECK(buffers(2000) == low_latency_buffer(256, 7168, 1024));
    CHECK(use_of(p, config).activations / Bytes(kMB) == Approx(2000 + 1000 + 256 * 1024 * 0.1));
    p.workload.serving.dispatch_capacity = 64;
    CHECK(buffers(1) == low_latency_buffer(256, 7168, 64));
    p.workload.serving.redundant_experts = 32;
    CHECK(buffers(1) == low_latency_buffer(288, 7168, 64));
    // It is none of other kernels' business.
    CHECK(use_of(p, {.ep_width = 32}).buffers == Bytes(0.0));
  }

  TEST_CASE("redundant slots, two pieces, stragglers, drafts and prompts") {
    Problem p = memory_problem();
    p.workload.serving.redundant_experts = 1;  // 257 on 32 ranks: 9 on the fullest
    CHECK(use_of(p, {.ep_width = 32}).expert_weights == Bytes(18 * kGB));
    p = memory_problem();
    // Half of the routed tokens at a time: 51.2 MB.
    for (const Overlap overlap : {Overlap::kChunk, Overlap::kDbo}) {
      CHECK(use_of(p, {.ep_width = 32, .overlap = overlap, .chunks = 2}).activations / Bytes(kMB) ==
            Approx(128 + 64 + 51.2));
    }
    p.workload.traffic.straggler.source = ByWidth<double>::constant(1.5);
    CHECK(use_of(p, {.ep_width = 32}).activations / Bytes(kMB) == Approx(128 + 64 + 153.6));
    // 129 tokens in pairs are 65 requests.
    p.workload.traffic.drafting = {.tokens = 1, .accepted = 0.8};
    set_tokens(p, 129);
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(6.5));
    // Prompts: 4000 tokens are 4 of 1000, each with logits for its last token; 500 still keep one.
    p = memory_problem();
    p.workload.traffic.phase = Phase::kPrefill;
    set_tokens(p, 4000);
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(0.4));
    CHECK(use_of(p, {.ep_width = 32}).activations / Bytes(kMB) == Approx(4000 + 3200 + 2.0));
    set_tokens(p, 500);
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(0.1));
    // Without a cache that is known there is none.
    p.workload.figures.footprint->sequence.reset();
    CHECK(use_of(p, {.ep_width = 32}).cache == Bytes(0.0));
    // A batch for all ranks is dealt out: ceil(4097 / 32) = 129.
    p = memory_problem();
    p.workload.traffic.tokens = GlobalTokens{4097};
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(12.9));
  }

  TEST_CASE("nothing is said where the GPU or the model says too little") {
    Problem p = memory_problem();
    CHECK(memory_unknown(p).empty());
    const Config narrow{.ep_width = 2};
    CHECK(memory_limit(p, asked(p, narrow)));
    p.fabric.gpu->memory.reset();
    CHECK(memory_unknown(p) == "the fabric's gpu.memory is not known");
    CHECK_FALSE(memory_use(p, asked(p, narrow)));
    CHECK_FALSE(memory_limit(p, asked(p, narrow)));
    p.fabric.gpu.reset();
    CHECK(memory_unknown(p) == "the fabric's gpu.memory is not known");
    CHECK_FALSE(memory_use(p, asked(p, narrow)));
    p = memory_problem();
    p.workload.figures.footprint.reset();
    CHECK(memory_unknown(p) == "the model does not say what its weights are");
    CHECK_FALSE(memory_use(p, asked(p, narrow)));
    CHECK_FALSE(memory_limit(p, asked(p, narrow)));
  }

  TEST_CASE("parts add up, grow with tokens and weights shrink with width") {
    ProblemSource source(kSeed, {.max_tokens = 65'536});
    CAPTURE(kSeed);
    for (int at = 0; at < 300; ++at) {
      CAPTURE(at);
      MemoryCase c = draw_memory(source);
      const MemoryUse use = use_of(c.problem, c.config);
      const Bytes sum = use.expert_weights + use.other_weights + use.cache + use.buffers +
                        use.activations + use.reserved;
      CHECK(use.total() / sum == Approx(1.0).epsilon(1e-12));
      CHECK(use.fits() == (use.total() <= use.capacity));
      CHECK(memory_limit(c.problem, asked(c.problem, c.config)).has_value() == !use.fits());
      // More tokens take no less of anything.
      Problem more = c.problem;
      const int tokens = tokens_per_rank(c.problem.workload, c.config.ep_width);
      set_tokens(more, tokens + source.whole(1, 1000));
      const MemoryUse larger = use_of(more, c.config);
      CHECK(larger.cache >= use.cache);
      CHECK(larger.buffers >= use.buffers);
      CHECK(larger.activations >= use.activations);
      CHECK(larger.expert_weights == use.expert_weights);
      CHECK(larger.other_weights == use.other_weights);
      CHECK(larger.total() > use.total());
      // A wider group has no more of the weights; what else it needs without buffers is as much or
      // less, at the same batch and straggler factor.
      for (Kernel& kernel : more.fabric.kernels) kernel.buffer = BufferRule::kNone;
      Config wider = c.config;
      wider.ep_width = c.config.ep_width * source.whole(2, 4);
      const MemoryUse before = use_of(more, c.config);
      const MemoryUse after = use_of(more, wider);
      CHECK(after.expert_weights <= before.expert_weights);
      CHECK(after.total() <= before.total());
    }
  }
}

}  // namespace
}  // namespace wideep::memory_test
