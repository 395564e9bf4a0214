#include "model/kernel_buffers.h"

#include <array>
#include <cmath>
#include <optional>

#include <doctest/doctest.h>

#include "model/limits.h"
#include "support/asked.h"
#include "support/limit_words.h"
#include "support/rule_messages.h"

namespace wideep::kernel_buffers_test {
namespace {

using doctest::Approx;

constexpr double kGB = 1e9;
constexpr double kMB = 1e6;

/// 8 choices among 448 slots of 5120 elements; kernel 0 is DeepEP LL, 1 HT.
Problem problem(int tokens) {
  Problem p;
  p.workload.model.hidden_size = 5120;
  p.workload.model.top_k = 8;
  p.workload.model.experts = 384;
  p.workload.serving.redundant_experts = 64;
  p.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
  p.fabric.gpus_per_domain = 8;
  LinkPhase link;
  link.latency = ByWidth<Seconds>::constant(unit::us);
  link.bandwidth = Bandwidth::constant(unit::GBps);
  for (const char* name : {"LL", "HT"}) {
    p.fabric.kernels.push_back({.name = name, .dispatch = link, .combine = link, .limits = {}});
  }
  p.fabric.kernels[0].buffer = BufferRule::kDeepEpLl;
  p.fabric.kernels[1].buffer = BufferRule::kDeepEpHt;
  return p;
}

TEST_SUITE("model/kernel_buffers") {
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
        return normal_buffer(
            {.ep_width = row.ep_width, .domains = row.ep_width / 8, .sms = sms, .hidden = 7168});
      };
      CHECK(size(20).nvlink / Bytes(kMB) == Approx(row.nvlink_20).epsilon(0.01));
      CHECK(size(20).rdma / Bytes(kMB) == Approx(row.rdma_20).epsilon(0.01));
      CHECK(size(24).nvlink / Bytes(kMB) == Approx(row.nvlink_24).epsilon(0.01));
      CHECK(size(24).rdma / Bytes(kMB) == Approx(row.rdma_24).epsilon(0.01));
    }
    // 10 channels of 8 ranks, each 20 B and 256 rows of 14,336 + 8 + 1024 + 512 + 512 B.
    CHECK(normal_buffer({.ep_width = 8, .domains = 1, .sms = 20, .hidden = 7168}).total() ==
          Bytes(80.0 * (20 + 256 * 16'392.0)));
    // EP 32: 80 * (44 + 288 rows), and 40 times 144 B and twice 128 rows with 16 B more.
    CHECK(normal_buffer({.ep_width = 32, .domains = 4, .sms = 20, .hidden = 7168}).total() ==
          Bytes(80.0 * (44 + 288 * 16'392.0) + 40.0 * (144 + 256 * 16'408.0)));
  }

  TEST_CASE("DeepEP refuses low-latency buffers of 32 GiB") {
    // 4 * 448 rows of 10,400 B a token: 1843.6 tokens make 32 GiB, 1840 is the last multiple of 4.
    Problem p = problem(2048);
    const Config config{.ep_width = 16};
    const auto limit = words(p, buffer_limit(p, with_tokens(config, 2048)));
    REQUIRE(limit);
    CHECK(limit->rule == "buffer_limit");
    CHECK(limit->message ==
          "LL's buffers for 2,048 tokens per rank take 35.55 GiB, and DeepEP refuses 32 GiB: at "
          "most 1,840 tokens (31.94 GiB)");
    CHECK(limit->fix == "dispatch_capacity: 1840 with transfers no larger, by chunk or dbo");
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens(config, 1840))));
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens(config, 1843))));  // all below 32 GiB is taken
    CHECK(words(p, buffer_limit(p, with_tokens(config, 1844))));
    // A capacity that is stated decides, whatever the batch.
    p.workload.serving.dispatch_capacity = 1840;
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens(config, 2048))));
    p.workload.serving.dispatch_capacity = 2000;
    CHECK(words(p, buffer_limit(p, with_tokens(config, 128)))->fix == "dispatch_capacity: 1840");
    // DeepSeek-V3 takes 2304 tokens, Kimi-K2 with its 384 experts 1536.
    p.workload.model.hidden_size = 7168;
    p.workload.serving.redundant_experts = 0;
    p.workload.model.experts = 256;
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens(config, 1))));
    p.workload.serving.dispatch_capacity = 4096;
    CHECK(words(p, buffer_limit(p, with_tokens(config, 1)))->fix == "dispatch_capacity: 2304");
    p.workload.model.experts = 384;
    CHECK(words(p, buffer_limit(p, with_tokens(config, 1)))->fix == "dispatch_capacity: 1536");
    // Nothing is sent by one rank, and without experts the slots are not known.
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens({.ep_width = 1}, 1))));
    p.workload.model.experts.reset();
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens(config, 1))));
  }

  TEST_CASE("and normal ones of 2 GiB") {
    // 48 SMs pass it at EP 144, 96 at EP 96 (rank tables of hidden size 7168).
    Problem p = problem(4096);
    p.workload.model.hidden_size = 7168;
    const auto limit = [&](int width, int sms) {
      return words(
          p, buffer_limit(p, with_tokens({.ep_width = width, .kernel = 1, .sms = sms}, 4096)));
    };
    CHECK_FALSE(limit(32, 96));
    CHECK_FALSE(limit(128, 48));
    CHECK_FALSE(limit(96, 48));
    REQUIRE(limit(144, 48));
    // 24 channels of 8 ranks: 156 B and 720 rows of 16,392 B, 2.266 GB; 45.48 SMs make 2 GiB.
    CHECK(limit(144, 48)->message ==
          "HT's NVLink buffer at EP 144 on 48 SMs takes 2.11 GiB, and DeepEP refuses 2 GiB: at "
          "most 44 SMs");
    CHECK_FALSE(limit(144, 44));
    CHECK(limit(144, 46));
    CHECK(limit(96, 96));
  }

  TEST_CASE("large capacities need deep queue pairs, and builds that take them") {
    const auto said = [](int tokens, const Config& config) {
      return messages_of(kernel_rules(), "buffer_needs", problem(tokens), config);
    };
    const auto notes = [&](int tokens) { return said(tokens, {.ep_width = 16}); };
    CHECK(notes(511).empty());  // 2 (511 + 1) = 1024, the default
    CHECK(notes(512) == std::vector<std::string>{
                            "LL's buffers for 512 tokens per rank need NVSHMEM_QP_DEPTH=1026 "
                            "(default 1,024)"});
    CHECK(notes(1024).front().ends_with("(default 1,024)"));
    CHECK(notes(1025).front().ends_with(
        "and SGLang and older builds of DeepEP refuse more than 1,024"));
    CHECK(said(4096, {.ep_width = 16, .kernel = 1, .sms = 20}).empty());
  }

  TEST_CASE("a capacity is stated, or made for the batch and for what is usual") {
    Problem p = problem(1);
    const auto capacity = [&](int tokens) {
      return dispatch_capacity(p, with_tokens({.ep_width = 16}, tokens));
    };
    CHECK(capacity(10) == 256);
    CHECK(capacity(256) == 256);
    CHECK(capacity(301) == 301);
    std::optional<int>& most = p.fabric.kernels[0].limits.max_tokens_per_rank;
    most = 200;
    CHECK(capacity(10) == 200);
    CHECK(capacity(1'000) == 200);
    most = 64;  // fewer than buffers are made for
    CHECK(capacity(10) == 128);
    most = 512;
    CHECK(capacity(10) == 256);
    p.workload.serving.dispatch_capacity = 77;
    CHECK(capacity(1'000) == 77);
    CHECK_FALSE(dispatch_capacity(p, with_tokens({.ep_width = 1}, 10)));
    CHECK_FALSE(dispatch_capacity(p, with_tokens({.ep_width = 16, .kernel = 1, .sms = 20}, 10)));
    CHECK(kernel_buffers(p, with_tokens({.ep_width = 16}, 10)) ==
          low_latency_buffer(448, 5120, 77));
    CHECK(kernel_buffers(p, with_tokens({.ep_width = 1}, 10)) == Bytes(0.0));
    p.fabric.kernels[0].buffer = BufferRule::kNone;
    CHECK(kernel_buffers(p, with_tokens({.ep_width = 16}, 10)) == Bytes(0.0));
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens({.ep_width = 16}, 1000000))));
  }

  TEST_CASE("where not even the smallest buffers are taken, none is offered") {
    // 4 * 4096 rows of 66,560 B a token: 31.5 tokens make 32 GiB, and 128 are the fewest.
    Problem p = problem(1);
    p.workload.model.hidden_size = 32'768;
    p.workload.model.experts = 4'096 - 64;
    p.workload.serving.dispatch_capacity = 128;
    const auto limit = words(p, buffer_limit(p, with_tokens({.ep_width = 16}, 1)));
    REQUIRE(limit);
    CHECK(limit->message.ends_with(", and DeepEP refuses 32 GiB"));
    CHECK(limit->fix.empty());
    // Of 1,024 slots 126, and of 960 134, the last multiple of 4 below which is 132.
    p.workload.model.experts = 1'024 - 64;
    CHECK(words(p, buffer_limit(p, with_tokens({.ep_width = 16}, 1)))->fix.empty());
    p.workload.model.experts = 960 - 64;
    p.workload.serving.dispatch_capacity = 256;
    CHECK(words(p, buffer_limit(p, with_tokens({.ep_width = 16}, 1)))->fix ==
          "dispatch_capacity: 132");
    CHECK(words(p, buffer_limit(p, with_tokens({.ep_width = 16}, 133)))->fix ==
          "dispatch_capacity: 132 with transfers no larger, by chunk or dbo");
    CHECK(words(p, buffer_limit(p, with_tokens({.ep_width = 16}, 132)))->fix ==
          "dispatch_capacity: 132");
  }

  TEST_CASE("a few small experts take millions of tokens") {
    // 4 slots of 64 elements: 520 B sent and 576 B received a token, twice, and 384 B.
    Problem p = problem(1);
    p.workload.model.hidden_size = 64;
    p.workload.model.experts = 4;
    p.workload.serving.redundant_experts = 0;
    p.workload.serving.dispatch_capacity = 16'777'216;
    CHECK(words(p, buffer_limit(p, with_tokens({.ep_width = 4}, 1)))->fix ==
          "dispatch_capacity: 15675060");
    p.workload.serving.dispatch_capacity = 15675060;
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens({.ep_width = 4}, 1))));
  }

  TEST_CASE("between many domains RDMA's buffer is the larger one") {
    // 24 channels of 32 domains: 144 B and twice 132 rows of 16,408 B: 3.327 GB, of which 30.98 SMs
    // make 2 GiB.
    Problem p = problem(4096);
    p.workload.model.hidden_size = 7168;
    const auto limit = [&](int sms) {
      return words(p,
                   buffer_limit(p, with_tokens({.ep_width = 256, .kernel = 1, .sms = sms}, 4096)));
    };
    REQUIRE(limit(48));
    CHECK(limit(48)->message ==
          "HT's RDMA buffer at EP 256 on 48 SMs takes 3.098 GiB, and DeepEP refuses 2 GiB: at most "
          "30 SMs");
    CHECK_FALSE(limit(30));
    CHECK(limit(32));
    // One channel of rows of 262,072 B is 2.214 GB: no number of SMs is few enough.
    p.workload.model.hidden_size = 130'000;
    REQUIRE(limit(2));
    CHECK(limit(2)->message ==
          "HT's RDMA buffer at EP 256 on 2 SMs takes 2.062 GiB, and DeepEP refuses 2 GiB");
    CHECK_FALSE(words(p, buffer_limit(p, with_tokens({.ep_width = 1, .kernel = 1, .sms = 48}, 1))));
  }
}

}  // namespace
}  // namespace wideep::kernel_buffers_test
