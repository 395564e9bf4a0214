#include "model/memory.h"

#include <array>
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "support/random_problem.h"

namespace wideep {
namespace {

using doctest::Approx;

constexpr unsigned kSeed = 5'161;
constexpr double kGB = 1e9;
constexpr double kMB = 1e6;

/// 128 requests of 8 choices among 256 experts of 2 GB on GPUs of 80 GB; kernel 0 has no buffers, 1
/// those of DeepEP LL, 2 those of DeepEP HT.
Problem problem() {
  Problem p;
  Workload& w = p.workload;
  w.hidden_size = 7168;
  w.top_k = 8;
  w.experts = 256;
  w.tokens = TokensPerRank{128, ExpertLoad::kPerRank, true};
  w.context = 1000;
  w.footprint = Footprint{.slot = Bytes(2 * kGB),
                          .replicated = Bytes(10 * kGB),
                          .embeddings = Bytes(4 * kGB),
                          .sequence = Bytes(0.1 * kGB),
                          .per_token = Bytes(1 * kMB),
                          .per_routed = Bytes(0.1 * kMB),
                          .logits = Bytes(0.5 * kMB)};
  LinkPhase link;
  link.latency = ByWidth<Seconds>::constant(unit::us);
  link.bandwidth = Bandwidth::constant(unit::GBps);
  for (const char* name : {"A", "LL", "HT"}) {
    p.fabric.kernels.push_back({.name = name, .dispatch = link, .combine = link, .limits = {}});
    p.space.kernels.push_back(p.space.kernels.size());
  }
  p.fabric.kernels[1].buffer = BufferRule::kDeepEpLl;
  p.fabric.kernels[2].buffer = BufferRule::kDeepEpHt;
  p.fabric.kernels[2].sms = {20};
  p.fabric.gpus_per_domain = 8;
  p.fabric.gpu = Gpu{};
  p.fabric.gpu->sms = 132;
  p.fabric.gpu->memory = Bytes(80 * kGB);
  p.fabric.gpu->memory_reserved = Bytes(4 * kGB);
  return p;
}

MemoryUse use_of(const Problem& p, const Config& config) {
  const auto use = memory_use(p, config);
  REQUIRE(use);
  return *use;
}

void set_tokens(Problem& p, int tokens) {
  auto given = p.workload.tokens;
  const auto* per_rank = std::get_if<TokensPerRank>(&given);
  p.workload.tokens = TokensPerRank{
      tokens, per_rank != nullptr ? per_rank->expert_load : ExpertLoad::kPerRank, true};
}

/// A random problem with buffers and a footprint of any size, and a choice in it.
struct Case {
  Problem problem;
  Config config;
};

Case draw(ProblemSource& source) {
  Case c{source.next(), {}};
  Problem& p = c.problem;
  Workload& w = p.workload;
  w.phase = source.chance(0.3) ? Phase::kPrefill : Phase::kDecode;
  w.context = source.whole(1, 20'000);
  w.experts = source.whole(1, 512);
  w.redundant_experts = source.chance(0.5) ? 0 : source.whole(1, 64);
  if (w.phase == Phase::kDecode && source.chance(0.3)) {
    w.drafting.tokens = source.whole(1, 3);
    w.drafting.accepted = source.uniform(0.0, w.drafting.tokens);
  }
  const auto bytes = [&](double low, double high) { return Bytes(source.log_uniform(low, high)); };
  w.footprint = Footprint{.slot = bytes(1e6, 1e10),
                          .replicated = bytes(1e6, 1e10),
                          .embeddings = bytes(1e6, 1e10),
                          .sequence = bytes(1e4, 1e9),
                          .per_token = bytes(1e4, 1e7),
                          .per_routed = bytes(1e4, 1e6),
                          .logits = bytes(1e4, 1e6)};
  if (!p.fabric.gpu) p.fabric.gpu = Gpu{};
  p.fabric.gpu->memory = bytes(1e10, 3e11);
  p.fabric.gpu->memory_reserved = 0.1 * source.uniform(0.0, 1.0) * p.fabric.gpu->memory;
  for (Kernel& kernel : p.fabric.kernels) {
    kernel.buffer = static_cast<BufferRule>(source.whole(0, 2));
    if (kernel.buffer == BufferRule::kDeepEpHt) kernel.sms = {20, 24};
  }
  const int kernel = source.whole(0, static_cast<int>(p.fabric.kernels.size()) - 1);
  c.config.kernel = static_cast<std::size_t>(kernel);
  c.config.ep_width = p.space.ep_widths.front();
  c.config.overlap = source.chance(0.5) ? Overlap::kNone : Overlap::kDbo;
  const Kernel& chosen = p.fabric.kernels[c.config.kernel];
  c.config.sms = chosen.sms.empty() ? 0 : chosen.sms.back();
  return c;
}

TEST_SUITE("model/memory") {
  TEST_CASE("the low-latency buffers are those that DeepEP asks for, byte for byte") {
    // A row sent 16 + 14,336 B, one returned 224 + 14,336 B, of which 256 * 128 each way, twice:
    // 4 * 477,102,080 + 2 * 1024 of signals, and 128 more.
    CHECK(low_latency_buffer(256, 7168, 128) == Bytes(1'908'410'496.0));
    // Other published sizes, in GB.
    struct Row {
      int tokens;
      double gigabytes;
    };
    constexpr std::array<Row, 5> kRows = {
        {{64, 0.954}, {128, 1.908}, {256, 3.817}, {512, 7.634}, {1024, 15.27}}};
    for (const Row& row : kRows) {
      CAPTURE(row.tokens);
      CHECK(low_latency_buffer(256, 7168, row.tokens) / Bytes(kGB) ==
            Approx(row.gigabytes).epsilon(6e-4));
    }
    CHECK(low_latency_buffer(288, 7168, 128) / Bytes(kGB) == Approx(2.147).epsilon(3e-4));
    // 4 * 36,864 rows of 14,560 B, 2 * 1152 of signals, and 128 more.
    CHECK(low_latency_buffer(288, 7168, 128) == Bytes(4.0 * 36'864 * 14'560 + 2'304 + 128));
  }

  TEST_CASE("low-latency buffers come in whole lines of 128 B, and signals too") {
    for (const int slots : {1, 8, 31, 33, 160, 384}) {
      for (const int hidden : {2048, 2560, 4096}) {
        CAPTURE(slots);
        CAPTURE(hidden);
        const double lines = low_latency_buffer(slots, hidden, 128) / Bytes(128.0);
        CHECK(lines == std::floor(lines));
      }
    }
    // One expert and token of 128 values: 272 B sent, 260 returned: send 272, receive 272, signals
    // 128: 1344 B, in lines of which one is added 11 * 128.
    CHECK(low_latency_buffer(1, 128, 1) == Bytes(11 * 128.0));
  }

  TEST_CASE("the normal kernels' buffers are those of DeepEP's own tables") {
    // ../shared/facts/deepep.md 3.2: MB of NVLink and RDMA on 20 and on 24 SMs, nodes of 8. RDMA
    // queues are rounded up to whole sends: 140 rows of 20 at EP 16, 132 of 12 from EP 96.
    struct Row {
      int ep_width;
      double nvlink_20, rdma_20, nvlink_24, rdma_24;
    };
    constexpr std::array<Row, 10> kRows = {{{8, 336, 0, 403, 0},
                                            {16, 378, 92, 453, 110},
                                            {24, 378, 126, 453, 151},
                                            {32, 378, 168, 453, 202},
                                            {48, 378, 252, 453, 302},
                                            {64, 378, 336, 453, 403},
                                            {96, 630, 520, 755, 624},
                                            {128, 734, 693, 881, 832},
                                            {144, 944, 780, 1133, 936},
                                            {160, 944, 866, 1133, 1040}}};
    for (const Row& row : kRows) {
      CAPTURE(row.ep_width);
      const auto size = [&](int sms) {
        return normal_buffer({.ep_width = row.ep_width,
                              .domains = row.ep_width / 8,
                              .sms = sms,
                              .hidden = 7168}) /
               Bytes(kMB);
      };
      CHECK(size(20) == Approx(row.nvlink_20 + row.rdma_20).epsilon(0.01));
      CHECK(size(24) == Approx(row.nvlink_24 + row.rdma_24).epsilon(0.01));
    }
    // 10 channels of 8 ranks, each 20 B and 256 rows of 14,336 + 8 + 1024 + 512 + 512 B.
    CHECK(normal_buffer({.ep_width = 8, .domains = 1, .sms = 20, .hidden = 7168}) ==
          Bytes(80.0 * (20 + 256 * 16'392.0)));
    // EP 32: 80 * (44 + 288 rows), and 40 times 144 B and twice 128 rows with 16 B more.
    CHECK(normal_buffer({.ep_width = 32, .domains = 4, .sms = 20, .hidden = 7168}) ==
          Bytes(80.0 * (44 + 288 * 16'392.0) + 40.0 * (144 + 256 * 16'408.0)));
  }

  TEST_CASE("every part of a rank's memory, by hand") {
    const Problem p = problem();
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
    Problem p = problem();
    // LL keeps a row for every expert and token, 256 * 128, whatever arrives.
    const MemoryUse ll = use_of(p, {.ep_width = 32, .kernel = 1});
    CHECK(ll.buffers == low_latency_buffer(256, 7168, 128));
    CHECK(ll.activations / Bytes(kMB) == Approx(128 + 64 + 3'276.8));
    const MemoryUse ht = use_of(p, {.ep_width = 32, .kernel = 2, .sms = 20});
    CHECK(ht.buffers == normal_buffer({.ep_width = 32, .domains = 4, .sms = 20, .hidden = 7168}));
    CHECK(ht.activations == use_of(p, {.ep_width = 32}).activations);
    for (const std::size_t kernel : p.space.kernels) {
      const MemoryUse alone = use_of(p, {.ep_width = 1, .kernel = kernel, .sms = 20});
      CHECK(alone.buffers == Bytes(0.0));
      CHECK(alone.activations == use_of(p, {.ep_width = 1}).activations);
    }
    // A domain that holds the whole group needs no RDMA.
    p.fabric.gpus_per_domain = 72;
    CHECK(use_of(p, {.ep_width = 32, .kernel = 2, .sms = 20}).buffers ==
          normal_buffer({.ep_width = 32, .domains = 1, .sms = 20, .hidden = 7168}));
    // Domains that the last ranks do not fill count whole: 48 on 36 are two.
    p.fabric.gpus_per_domain = 36;
    CHECK(use_of(p, {.ep_width = 48, .kernel = 2, .sms = 20}).buffers ==
          normal_buffer({.ep_width = 48, .domains = 2, .sms = 20, .hidden = 7168}));
  }

  TEST_CASE("LL's buffers are for 128 tokens at least and for one transfer at most") {
    Problem p = problem();
    const Config config{.ep_width = 32, .kernel = 1};
    const auto buffers = [&](int tokens) {
      set_tokens(p, tokens);
      return use_of(p, config).buffers;
    };
    CHECK(buffers(1) == low_latency_buffer(256, 7168, 128));
    CHECK(buffers(129) == low_latency_buffer(256, 7168, 129));
    CHECK(buffers(1000) == low_latency_buffer(256, 7168, 1000));
    p.fabric.kernels[1].limits.max_tokens_per_rank = 256;
    CHECK(buffers(1000) == low_latency_buffer(256, 7168, 256));
    p.workload.redundant_experts = 32;
    CHECK(buffers(1000) == low_latency_buffer(288, 7168, 256));
  }

  TEST_CASE("redundant slots, two pieces, stragglers, drafts and prompts") {
    Problem p = problem();
    p.workload.redundant_experts = 1;  // 257 on 32 ranks: 9 on the fullest
    CHECK(use_of(p, {.ep_width = 32}).expert_weights == Bytes(18 * kGB));
    p = problem();
    // Half of the routed tokens at a time: 51.2 MB.
    for (const Overlap overlap : {Overlap::kChunk, Overlap::kDbo}) {
      CHECK(use_of(p, {.ep_width = 32, .overlap = overlap, .chunks = 2}).activations / Bytes(kMB) ==
            Approx(128 + 64 + 51.2));
    }
    p.workload.straggler.factor = ByWidth<double>::constant(1.5);
    CHECK(use_of(p, {.ep_width = 32}).activations / Bytes(kMB) == Approx(128 + 64 + 153.6));
    // 129 tokens in pairs are 65 requests.
    p.workload.drafting = {.tokens = 1, .accepted = 0.8};
    set_tokens(p, 129);
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(6.5));
    // Prompts: 4000 tokens are 4 of 1000, each with logits for its last token; 500 still keep one.
    p = problem();
    p.workload.phase = Phase::kPrefill;
    set_tokens(p, 4000);
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(0.4));
    CHECK(use_of(p, {.ep_width = 32}).activations / Bytes(kMB) == Approx(4000 + 3200 + 2.0));
    set_tokens(p, 500);
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(0.1));
    // Without a cache that is known there is none.
    p.workload.footprint->sequence.reset();
    CHECK(use_of(p, {.ep_width = 32}).cache == Bytes(0.0));
    // A batch for all ranks is dealt out: ceil(4097 / 32) = 129.
    p = problem();
    p.workload.tokens = GlobalTokens{4097};
    CHECK(use_of(p, {.ep_width = 32}).cache / Bytes(kGB) == Approx(12.9));
  }

  TEST_CASE("nothing is said where the GPU or the model says too little") {
    Problem p = problem();
    CHECK(memory_unknown(p).empty());
    const Config narrow{.ep_width = 2};
    CHECK(memory_limit(p, narrow));
    p.fabric.gpu->memory = Bytes(0.0);
    CHECK(memory_unknown(p) == "the fabric has no GPU whose memory is known (gpu.memory)");
    CHECK_FALSE(memory_use(p, narrow));
    CHECK_FALSE(memory_limit(p, narrow));
    p.fabric.gpu.reset();
    CHECK(memory_unknown(p) == "the fabric has no GPU whose memory is known (gpu.memory)");
    CHECK_FALSE(memory_use(p, narrow));
    p = problem();
    p.workload.footprint.reset();
    CHECK(memory_unknown(p) == "the model does not say what its weights are");
    CHECK_FALSE(memory_use(p, narrow));
    CHECK_FALSE(memory_limit(p, narrow));
  }

  TEST_CASE("parts add up, grow with tokens and weights shrink with width") {
    ProblemSource source(kSeed, {.max_tokens = 65'536});
    CAPTURE(kSeed);
    for (int at = 0; at < 300; ++at) {
      CAPTURE(at);
      Case c = draw(source);
      const MemoryUse use = use_of(c.problem, c.config);
      const Bytes sum = use.expert_weights + use.other_weights + use.cache + use.buffers +
                        use.activations + use.reserved;
      CHECK(use.total() / sum == Approx(1.0).epsilon(1e-12));
      CHECK(use.fits() == (use.total() <= use.capacity));
      CHECK(memory_limit(c.problem, c.config).has_value() == !use.fits());
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

  TEST_CASE("the largest batch fits and one token more does not") {
    ProblemSource source(kSeed + 1, {.max_tokens = 4096});
    CAPTURE(kSeed);
    int none = 0;
    int some = 0;
    for (int at = 0; at < 400; ++at) {
      CAPTURE(at);
      Case c = draw(source);
      const int most = largest_fitting_tokens(c.problem, c.config);
      CAPTURE(most);
      REQUIRE(most >= 0);
      ++(most > 0 ? some : none);
      const auto fits = [&](int tokens) {
        Problem at_tokens = c.problem;
        set_tokens(at_tokens, tokens);
        return use_of(at_tokens, c.config).fits();
      };
      if (most > 0) CHECK(fits(most));
      CHECK_FALSE(fits(most + 1));
    }
    CHECK(some > 100);
    CHECK(none > 10);
  }

  TEST_CASE("what does not fit is named by its largest parts, with what would fit") {
    Problem p = problem();
    CHECK_FALSE(memory_limit(p, {.ep_width = 32}));
    // EP 4: 128 + 14 + 12.8 + 0.2944 + 4 GB; only weights of experts are a tenth of that. EP 16
    // needs 32 of them, 63.1 GB in all.
    const auto limit = memory_limit(p, {.ep_width = 4});
    REQUIRE(limit);
    CHECK(limit->rule == kMemoryRule);
    CHECK(limit->message == "EP 4 with A needs 159.1 GB of 80 GB: expert weights 128 GB");
    CHECK(limit->fix == "EP 4 fits no batch; EP 16 with A fits the whole batch");
    // 400 requests on 100 GB: a request takes 102.3 MB. EP 8 has 18 GB left for them, EP 16 50.
    p.fabric.gpu->memory = Bytes(100 * kGB);
    set_tokens(p, 400);
    const auto batch = memory_limit(p, {.ep_width = 8});
    REQUIRE(batch);
    CHECK(batch->message ==
          "EP 8 with A needs 122.9 GB of 100 GB: expert weights 64 GB, KV cache 40 GB, "
          "other weights 14 GB");
    CHECK(batch->fix ==
          "EP 8 with A fits with 175 requests per rank; EP 16 with A fits the whole batch");
    // 1000 fit nowhere; EP 256 has 80 GB left.
    set_tokens(p, 1000);
    CHECK(memory_limit(p, {.ep_width = 8})->fix ==
          "EP 8 with A fits with 175 requests per rank; EP 256 with A fits with 782 requests per "
          "rank");
    CHECK(memory_limit(p, {.ep_width = 256})->fix ==
          "EP 256 with A fits with 782 requests per rank");
    CHECK(largest_fitting_tokens(p, {.ep_width = 8}) == 175);
    // The KV cache comes first where it is largest.
    CHECK(memory_limit(p, {.ep_width = 64})
              ->message.find("GB of 100 GB: KV cache 100 GB, other weights 14 GB") !=
          std::string::npos);
    // A width above max_gpus is no way out.
    p.space.max_gpus = 32;
    CHECK(memory_limit(p, {.ep_width = 8})->fix ==
          "EP 8 with A fits with 175 requests per rank; EP 32 with A fits with 645 requests per "
          "rank");
  }

  TEST_CASE("a batch is counted in requests at decode and in tokens at prefill") {
    Workload w;
    CHECK(batch_text(w, 1) == "1 request per rank");
    CHECK(batch_text(w, 1024) == "1,024 requests per rank");
    w.drafting.tokens = 3;
    CHECK(batch_text(w, 1024) == "256 requests per rank");
    w.drafting.tokens = 0;
    w.phase = Phase::kPrefill;
    CHECK(batch_text(w, 4096) == "4,096 tokens per rank");
    CHECK(batch_text(w, 1) == "1 token per rank");
  }
}

}  // namespace
}  // namespace wideep
