#include "model/limits.h"

#include <doctest/doctest.h>

namespace wideep {
namespace {

Problem problem() {
  Problem p;
  p.workload.hidden_size = 2880;
  p.workload.top_k = 8;
  p.workload.experts = 256;
  p.workload.tokens = TokensPerRank{300, ExpertLoad::kPerRank, true};
  LinkPhase link;
  link.latency = {{{8, unit::us}, {64, unit::us}}, false};
  link.bandwidth = Bandwidth::constant(unit::GBps);
  p.fabric.kernels = {{.name = "LL", .dispatch = link, .combine = link, .limits = {}}};
  p.space.kernels = {0};
  return p;
}

std::string rule_of(const std::optional<BrokenLimit>& limit) {
  return limit ? limit->rule : "";
}

TEST_SUITE("model/limits") {
  TEST_CASE("experts and redundant experts are dealt out evenly") {
    Problem p = problem();
    CHECK(rule_of(width_limit(p, 0, 32)).empty());
    CHECK(width_limit(p, 0, 24)->message == "256 expert slots are not divisible by EP width 24");
    CHECK(width_limit(p, 0, 24)->fix == "redundant_experts: 8 would make them so");
    p.workload.redundant_experts = 32;
    CHECK(rule_of(width_limit(p, 0, 24)).empty());
    p.workload.experts.reset();
    CHECK(rule_of(width_limit(p, 0, 23)).empty());
  }

  TEST_CASE("a kernel refuses widths, hidden sizes and top-k that it is not built for") {
    Problem p = problem();
    KernelLimits& limits = p.fabric.kernels[0].limits;
    limits.ep_widths = {8, 16};
    CHECK(rule_of(width_limit(p, 0, 32)) == "kernel_ep_width");
    CHECK(rule_of(width_limit(p, 0, 16)).empty());
    limits.max_top_k = 7;
    CHECK(rule_of(width_limit(p, 0, 16)) == "kernel_top_k");
    limits.hidden_sizes = {2048, 7168};
    CHECK(rule_of(width_limit(p, 0, 16)) == "kernel_hidden_size");
  }

  TEST_CASE("bandwidths are not extrapolated, but one rank needs none") {
    Problem p = problem();
    p.fabric.kernels[0].dispatch.bandwidth.cap =
        ByWidth<BytesPerSecond>{{{8, unit::GBps}, {64, unit::GBps}}, false};
    CHECK(width_limit(p, 0, 128)->message ==
          "LL has bandwidths for EP widths 8 to 64 only, and none are invented beyond");
    CHECK(rule_of(width_limit(p, 0, 4)) == "kernel_figures");
    CHECK(rule_of(width_limit(p, 0, 1)).empty());
  }

  TEST_CASE("beyond its latencies a kernel is priced where the width was asked for, and said so") {
    Problem p = problem();
    CHECK(rule_of(width_limit(p, 0, 128)).empty());
    CHECK(rule_of(search_limit(p, 0, 128)) == "kernel_latencies");
    CHECK(rule_of(search_limit(p, 0, 64)).empty());
    p.space.ep_widths = {128};
    CHECK(rule_of(search_limit(p, 0, 128)).empty());
    CHECK(
        beyond_range(p, {.ep_width = 128}) ==
        std::vector<std::string>{"EP 128 is beyond the fitted widths 8 to 64 of LL: its latency is "
                                 "taken as at the nearest of them"});
    CHECK(beyond_range(p, {.ep_width = 64}).empty());
  }

  TEST_CASE("what was fitted for other widths, transfers and loads is said") {
    Problem p = problem();
    Kernel& kernel = p.fabric.kernels[0];
    kernel.dispatch.latency = kernel.combine.latency = ByWidth<Seconds>::constant(unit::us);
    kernel.fitted_ep_widths = FittedRange{4, 4};
    kernel.fitted_tokens = FittedRange{1, 256};
    const auto said = [&](const Config& config) { return beyond_range(p, config); };
    CHECK(
        said({.ep_width = 4}) ==
        std::vector<std::string>{"300 tokens in a transfer are beyond the fitted 1 to 256 of LL"});
    CHECK(said({.ep_width = 8, .overlap = Overlap::kChunk, .chunks = 2}) ==
          std::vector<std::string>{"EP 8 is beyond the fitted width 4 of LL"});
    CHECK(said({.ep_width = 1}).empty());
    // 300 tokens on 4 ranks with 8 of 65,536 experts: 0.1465 tokens an expert.
    p.workload.experts = 65'536;
    p.workload.expert.weight_read = unit::us;
    kernel.fitted_tokens.reset();
    CHECK(said({.ep_width = 4}) ==
          std::vector<std::string>{
              "0.1465 tokens per expert are below the 1 from which expert figures are fitted"});
    // Of 9,604 experts each has 0.9996 tokens, of 9,600 one.
    p.workload.experts = 9'604;
    CHECK(said({.ep_width = 4}).size() == 1);
    p.workload.experts = 9'600;
    CHECK(said({.ep_width = 4}).empty());
    p.workload.experts = 65'536;
    p.workload.straggler.factor = ByWidth<double>{{{8, 1.1}, {16, 1.2}}, false};
    CHECK(said({.ep_width = 4}).size() == 2);
  }

  TEST_CASE("more or fewer SMs than were measured are said") {
    Problem p = problem();
    p.fabric.gpu = Gpu{};
    p.fabric.kernels[0].fitted_sms = FittedRange{4, 24};
    const auto said = [&](int width, int sms) {
      return beyond_range(p, {.ep_width = width, .sms = sms});
    };
    CHECK(said(8, 24).empty());
    CHECK(said(8, 4).empty());
    CHECK(said(8, 48) == std::vector<std::string>{"48 SMs are beyond the fitted 4 to 24 of LL"});
    CHECK(said(8, 2) == std::vector<std::string>{"2 SMs are beyond the fitted 4 to 24 of LL"});
    CHECK(said(8, 0).empty());   // no choice of them
    CHECK(said(1, 48).empty());  // nothing is sent
  }

  TEST_CASE("the transfer limit counts tokens in one transfer, not in the batch") {
    Problem p = problem();
    p.fabric.kernels[0].limits.max_tokens_per_rank = 128;
    const auto rule = [&](Overlap overlap, int chunks, double first) {
      return rule_of(schedule_limit(p, {8, 0, overlap, chunks, first}));
    };
    CHECK(rule(Overlap::kNone, 1, 0) == "max_tokens_per_rank");
    CHECK(rule(Overlap::kChunk, 2, 0) == "max_tokens_per_rank");  // 150
    CHECK(rule(Overlap::kChunk, 3, 0).empty());                   // 100
    CHECK(rule(Overlap::kDbo, 1, 150) == "max_tokens_per_rank");
    CHECK(rule(Overlap::kDbo, 3, 150).empty());  // two transfers of 75 each
  }

  TEST_CASE("a stated dispatch capacity bounds a transfer of the kernel whose buffers it makes") {
    Problem p = problem();
    p.workload.dispatch_capacity = 100;
    const auto limit = [&](Overlap overlap, int chunks, double first) {
      return schedule_limit(p, {8, 0, overlap, chunks, first});
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
    p.workload.dispatch_capacity = 1'000;
    CHECK(limit(Overlap::kChunk, 3, 0)->rule == "max_tokens_per_rank");
    CHECK_FALSE(limit(Overlap::kChunk, 5, 0));
  }

  TEST_CASE("pieces need tokens") {
    Problem p = problem();
    p.workload.tokens = TokensPerRank{1, ExpertLoad::kPerRank, true};
    CHECK(rule_of(schedule_limit(p, {8, 0, Overlap::kDbo, 1, 0.5})) == "dbo_tokens");
    CHECK(rule_of(schedule_limit(p, {8, 0, Overlap::kChunk, 2, 0})) == "chunk_tokens");
  }

  TEST_CASE("widths default to every one that slots and max_gpus allow") {
    Problem p = problem();
    CHECK(candidate_widths(p) == std::vector<int>{2, 4, 8, 16, 32, 64, 128, 256});
    p.space.max_gpus = 72;
    CHECK(candidate_widths(p).back() == 64);
    p.workload.experts = 127;  // a prime number: none divides it, and all are listed for a reason
    CHECK(candidate_widths(p).size() == 71);
    p.workload.experts = 65'536;
    p.workload.redundant_experts = 65'536;
    p.space.max_gpus.reset();
    CHECK(candidate_widths(p).back() == 16'384);
    p = problem();
    p.space.max_gpus = 72;
    p.space.ep_widths = {8, 64, 128};
    CHECK(rule_of(width_limit(p, 0, 128)) == "max_gpus");
    p = problem();
    p.workload.experts.reset();
    CHECK(candidate_widths(p).back() == kDefaultMaxGpus);
  }

  TEST_CASE("a straggler factor that differs from the measured one by over 1 % is told") {
    Problem p = problem();
    p.fabric.straggler_factor = ByWidth<double>::constant(1.0);
    for (const auto& [ours, told] :
         {std::pair(1.0, 0), std::pair(1.009, 0), std::pair(1.011, 1), std::pair(1.03, 1)}) {
      CAPTURE(ours);
      p.workload.straggler.factor = ByWidth<double>::constant(ours);
      CHECK(unused_measurements(p, {.ep_width = 8}).size() == static_cast<std::size_t>(told));
    }
  }
}

}  // namespace
}  // namespace wideep
