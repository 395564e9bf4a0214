#include "model/limits.h"

#include <doctest/doctest.h>

#include "model/coverage.h"
#include "model/widths.h"
#include "support/limit_words.h"
#include "support/limits_problem.h"

namespace wideep::limits_test {
namespace {

std::string rule_of(const std::optional<LimitText>& limit) {
  return limit ? std::string(limit->rule) : "";
}

TEST_SUITE("model/limits") {
  TEST_CASE("experts and redundant experts are dealt out evenly") {
    Problem p = limits_problem();
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 32}))).empty());
    CHECK(words(p, width_limit(p, {.ep_width = 24}))->message ==
          "256 expert slots are not divisible by EP width 24");
    CHECK(words(p, width_limit(p, {.ep_width = 24}))->fix ==
          "redundant_experts: 8 would make them so");
    p.workload.serving.redundant_experts = 32;
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 24}))).empty());
    p.workload.model.experts.reset();
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 23}))).empty());
  }

  TEST_CASE("a kernel refuses widths, hidden sizes and top-k that it is not built for") {
    Problem p = limits_problem();
    KernelLimits& limits = p.fabric.kernels[0].limits;
    limits.ep_widths = {8, 16};
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 32}))) == "kernel_ep_width");
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 16}))).empty());
    limits.max_top_k = 7;
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 16}))) == "kernel_top_k");
    limits.hidden_sizes = {2048, 7168};
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 16}))) == "kernel_hidden_size");
  }

  TEST_CASE("bandwidths are not extrapolated, but one rank needs none") {
    Problem p = limits_problem();
    p.fabric.kernels[0].dispatch.bandwidth.cap =
        ByWidth<BytesPerSecond>{{{8, unit::GBps}, {64, unit::GBps}}, false};
    CHECK(words(p, width_limit(p, {.ep_width = 128}))->message ==
          "LL has bandwidths for EP widths 8 to 64 only, and none are invented beyond");
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 4}))) == "kernel_figures");
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 1}))).empty());
  }

  TEST_CASE("a refusal says what is taken and what was asked for") {
    Problem p = limits_problem();
    KernelLimits& limits = p.fabric.kernels[0].limits;
    limits.ep_widths = {8, 16};
    CHECK(words(p, width_limit(p, {.ep_width = 32}))->message ==
          "LL supports EP widths 8, 16, not 32");
    limits.hidden_sizes = {2048, 7168};
    CHECK(words(p, width_limit(p, {.ep_width = 16}))->message ==
          "LL is built for hidden sizes 2048, 7168, not 2880");
    limits.hidden_sizes = {2880};
    CHECK_FALSE(words(p, width_limit(p, {.ep_width = 16})));
    limits.max_top_k = 7;
    CHECK(words(p, width_limit(p, {.ep_width = 16}))->message == "LL takes top_k up to 7, not 8");
    limits.max_top_k = 8;
    CHECK_FALSE(words(p, width_limit(p, {.ep_width = 16})));
    p.space.max_gpus = 8;
    CHECK(words(p, width_limit(p, {.ep_width = 16}))->message ==
          "EP width 16 is above max_gpus, 8");
    CHECK_FALSE(words(p, width_limit(p, {.ep_width = 8})));
    // 288 slots, 32 of them redundant, on 64 ranks: 32 more fill them.
    p.workload.serving.redundant_experts = 32;
    p.space.max_gpus.reset();
    CHECK(words(p, width_limit(p, {.ep_width = 64}))->fix.empty());  // LL does not run there
    limits.ep_widths.push_back(64);
    CHECK(words(p, width_limit(p, {.ep_width = 64}))->fix ==
          "redundant_experts: 64 would make them so");
  }

  TEST_CASE("every table of bandwidths narrows the widths that a kernel has figures for") {
    Problem p = limits_problem();
    Kernel& kernel = p.fabric.kernels[0];
    const auto table = [](int low, int high) {
      return ByWidth<BytesPerSecond>{{{low, unit::GBps}, {high, unit::GBps}}, false};
    };
    const auto widths = [&] { return words(p, width_limit(p, {.ep_width = 256}))->message; };
    const std::string only = " only, and none are invented beyond";
    kernel.combine.bandwidth.cap = table(2, 128);
    CHECK(widths() == "LL has bandwidths for EP widths 2 to 128" + only);
    kernel.dispatch.bandwidth.per_sm = table(4, 64);
    CHECK(widths() == "LL has bandwidths for EP widths 4 to 64" + only);
    kernel.dispatch.scale_out = Bandwidth{.cap = table(8, 128), .per_sm = {}};
    CHECK(widths() == "LL has bandwidths for EP widths 8 to 64" + only);
    CHECK(has_figures(kernel, 8));
    CHECK(has_figures(kernel, 64));
    CHECK_FALSE(has_figures(kernel, 4));
    CHECK_FALSE(has_figures(kernel, 65));
    CHECK(has_figures(kernel, 1));
    kernel.combine.scale_out = Bandwidth{.cap = table(64, 64), .per_sm = {}};
    CHECK(widths() == "LL has bandwidths for EP widths 64" + only);
    kernel.combine.scale_out = Bandwidth{.cap = table(128, 128), .per_sm = {}};
    CHECK(widths() == "LL has no EP width that all its tables of bandwidths cover");
  }

  TEST_CASE("floors count among latencies, and one rank has neither") {
    Problem p = limits_problem();
    CHECK(words(p, search_limit(p, {.ep_width = 128}))->message ==
          "LL has latencies for EP widths 8 to 64 only");
    CHECK(words(p, search_limit(p, {.ep_width = 128}))->fix ==
          "list the width in search.ep_width to price it with the nearest one's");
    CHECK_FALSE(words(p, search_limit(p, {.ep_width = 1})));
    p.fabric.kernels[0].combine.floor = {{{16, unit::us}, {32, unit::us}}, false};
    CHECK(words(p, search_limit(p, {.ep_width = 64}))->message ==
          "LL has latencies for EP widths 16 to 32 only");
    CHECK_FALSE(words(p, search_limit(p, {.ep_width = 16})));
    p.space.max_gpus = 64;  // a limit of the width comes first
    CHECK(rule_of(words(p, search_limit(p, {.ep_width = 128}))) == "max_gpus");
  }

  TEST_CASE("limits of the width are told from those of the question") {
    for (const LimitKind kind : {LimitKind::kMaxGpus,
                                 LimitKind::kExpertsDivide,
                                 LimitKind::kKernelEpWidth,
                                 LimitKind::kKernelFigures,
                                 LimitKind::kKernelLatencies}) {
      CAPTURE(rule_of(kind));
      CHECK(is_of_width(kind));
    }
    for (const LimitKind kind : {LimitKind::kKernelHiddenSize,
                                 LimitKind::kKernelTopK,
                                 LimitKind::kMemory,
                                 LimitKind::kTpot}) {
      CAPTURE(rule_of(kind));
      CHECK_FALSE(is_of_width(kind));
    }
  }

  TEST_CASE("a limit says what was asked for and what is allowed, in numbers") {
    Problem p = limits_problem();
    KernelLimits& limits = p.fabric.kernels[0].limits;
    const auto check =
        [](const std::optional<BrokenLimit>& limit, LimitKind kind, double asked, double allowed) {
          REQUIRE(limit);
          CHECK(limit->kind == kind);
          CHECK(std::get<double>(limit->asked) == asked);
          CHECK(std::get<double>(limit->allowed) == allowed);
        };
    p.workload.serving.redundant_experts = 16;  // 272 slots: 288 are the next that 32 divide
    check(width_limit(p, {.ep_width = 32}), LimitKind::kExpertsDivide, 16, 32);
    p.workload.serving.redundant_experts = 0;
    check(search_limit(p, {.ep_width = 128}), LimitKind::kKernelLatencies, 128, 64);
    check(search_limit(p, {.ep_width = 4}), LimitKind::kKernelLatencies, 4, 8);
    limits.max_top_k = 7;
    check(width_limit(p, {.ep_width = 32}), LimitKind::kKernelTopK, 8, 7);
    limits.hidden_sizes = {2048, 7168, 4096};
    check(width_limit(p, {.ep_width = 32}), LimitKind::kKernelHiddenSize, 2880, 2048);
    limits.ep_widths = {8, 16, 64};
    check(width_limit(p, {.ep_width = 32}), LimitKind::kKernelEpWidth, 32, 16);
    p.space.max_gpus = 24;
    check(width_limit(p, {.ep_width = 32}), LimitKind::kMaxGpus, 32, 24);
    p = limits_problem();
    const Config one{.ep_width = 8, .overlap = Overlap::kDbo, .first_tokens = 1, .tokens = 1};
    check(schedule_limit(p, one), LimitKind::kDboTokens, 1, 2);
    const Config chunks{.ep_width = 8, .overlap = Overlap::kChunk, .chunks = 9, .tokens = 7};
    check(schedule_limit(p, chunks), LimitKind::kChunkTokens, 9, 7);
    CHECK(schedule_limit(p, chunks)->config == chunks);
  }

  TEST_CASE("beyond its latencies a kernel is priced where the width was asked for, and said so") {
    Problem p = limits_problem();
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 128}))).empty());
    CHECK(rule_of(words(p, search_limit(p, {.ep_width = 128}))) == "kernel_latencies");
    CHECK(rule_of(words(p, search_limit(p, {.ep_width = 64}))).empty());
    p.space.ep_widths = {128};
    CHECK(rule_of(words(p, search_limit(p, {.ep_width = 128}))).empty());
  }

  TEST_CASE("the transfer limit counts tokens in one transfer, not in the batch") {
    Problem p = limits_problem();
    p.fabric.kernels[0].limits.max_tokens_per_rank = 128;
    const auto rule = [&](Overlap overlap, int chunks, double first) {
      return rule_of(words(p, schedule_limit(p, asked(p, {8, 0, overlap, chunks, first}))));
    };
    CHECK(rule(Overlap::kNone, 1, 0) == "max_tokens_per_rank");
    CHECK(rule(Overlap::kChunk, 2, 0) == "max_tokens_per_rank");  // 150
    CHECK(rule(Overlap::kChunk, 3, 0).empty());                   // 100
    CHECK(rule(Overlap::kDbo, 1, 150) == "max_tokens_per_rank");
    CHECK(rule(Overlap::kDbo, 3, 150).empty());  // two transfers of 75 each
  }

  TEST_CASE("a stated dispatch capacity bounds a transfer of the kernel whose buffers it makes") {
    Problem p = limits_problem();
    p.workload.serving.dispatch_capacity = 100;
    const auto limit = [&](Overlap overlap, int chunks, double first) {
      return words(p, schedule_limit(p, asked(p, {8, 0, overlap, chunks, first})));
    };
    CHECK_FALSE(limit(Overlap::kNone, 1, 0));  // this kernel has no such buffers
    p.fabric.kernels[0].buffer = BufferRule::kDeepEpLl;
    REQUIRE(limit(Overlap::kNone, 1, 0));
    CHECK(limit(Overlap::kNone, 1, 0)->rule == "dispatch_capacity");
    CHECK(limit(Overlap::kNone, 1, 0)->message ==
          "LL's buffers are made for 100 tokens per rank in one transfer, not 300");
    CHECK(limit(Overlap::kNone, 1, 0)->fix == "dispatch_capacity: 300");
    CHECK(limit(Overlap::kDbo, 1, 150)->fix == "dispatch_capacity: 150");
    CHECK_FALSE(limit(Overlap::kChunk, 3, 0));
    // The kernel's own limit comes first, and cannot be lifted by a larger capacity.
    p.fabric.kernels[0].limits.max_tokens_per_rank = 64;
    CHECK(limit(Overlap::kNone, 1, 0)->rule == "max_tokens_per_rank");
    CHECK(limit(Overlap::kChunk, 3, 0)->rule == "max_tokens_per_rank");
    p.workload.serving.dispatch_capacity = 1'000;
    CHECK(limit(Overlap::kChunk, 3, 0)->rule == "max_tokens_per_rank");
    CHECK_FALSE(limit(Overlap::kChunk, 5, 0));
  }

  TEST_CASE("pieces need tokens") {
    Problem p = limits_problem();
    p.workload.traffic.tokens = TokensPerRank{1, ExpertLoad::kPerRank, true};
    CHECK(rule_of(words(p, schedule_limit(p, asked(p, {8, 0, Overlap::kDbo, 1, 0.5})))) ==
          "dbo_tokens");
    CHECK(rule_of(words(p, schedule_limit(p, asked(p, {8, 0, Overlap::kChunk, 2, 0})))) ==
          "chunk_tokens");
  }

  TEST_CASE("widths default to every one that slots and max_gpus allow") {
    Problem p = limits_problem();
    CHECK(candidate_widths(p) == std::vector<int>{2, 4, 8, 16, 32, 64, 128, 256});
    p.space.max_gpus = 72;
    CHECK(candidate_widths(p).back() == 64);
    p.workload.model.experts =
        127;  // a prime number: none divides it, and all are listed for a reason
    CHECK(candidate_widths(p).size() == 71);
    p.workload.model.experts = 65'536;
    p.workload.serving.redundant_experts = 65'536;
    p.space.max_gpus.reset();
    CHECK(candidate_widths(p).back() == 16'384);
    p = limits_problem();
    p.space.max_gpus = 72;
    p.space.ep_widths = {8, 64, 128};
    CHECK(rule_of(words(p, width_limit(p, {.ep_width = 128}))) == "max_gpus");
    p = limits_problem();
    p.workload.model.experts.reset();
    CHECK(candidate_widths(p).back() == kDefaultMaxGpus);
  }

  TEST_CASE("two tokens are enough for dbo, and a chunk needs one") {
    Problem p = limits_problem();
    const auto limit = [&](int tokens, Overlap overlap, int chunks) {
      p.workload.traffic.tokens = TokensPerRank{tokens, ExpertLoad::kPerRank, true};
      return words(p,
                   schedule_limit(
                       p, asked(p, {8, 0, overlap, chunks, overlap == Overlap::kDbo ? 1.0 : 0.0})));
    };
    CHECK(limit(1, Overlap::kDbo, 1)->message == "dbo needs at least 2 tokens per rank to split");
    CHECK_FALSE(limit(2, Overlap::kDbo, 1));
    CHECK(limit(2'000, Overlap::kChunk, 2'001)->message ==
          "2001 chunks are more than the 2,000 tokens per rank");
    CHECK_FALSE(limit(2'000, Overlap::kChunk, 2'000));
  }
}

}  // namespace
}  // namespace wideep::limits_test
