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
  link.bandwidth = ByWidth<BytesPerSecond>::constant(unit::GBps);
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

  TEST_CASE("figures are not extrapolated, but one rank needs none") {
    CHECK(width_limit(problem(), 0, 128)->message ==
          "LL has figures for EP widths 8 to 64 only, and none are invented beyond");
    CHECK(rule_of(width_limit(problem(), 0, 4)) == "kernel_figures");
    CHECK(rule_of(width_limit(problem(), 0, 1)).empty());
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

  TEST_CASE("pieces need tokens") {
    Problem p = problem();
    p.workload.tokens = TokensPerRank{1, ExpertLoad::kPerRank, true};
    CHECK(rule_of(schedule_limit(p, {8, 0, Overlap::kDbo, 1, 0.5})) == "dbo_tokens");
    CHECK(rule_of(schedule_limit(p, {8, 0, Overlap::kChunk, 2, 0})) == "chunk_tokens");
  }

  TEST_CASE("widths default to every one that slots or max_gpus allow") {
    Problem p = problem();
    CHECK(candidate_widths(p).size() == 255);  // from 2
    p.space.max_gpus = 72;
    CHECK(candidate_widths(p).back() == 72);
    p.space.ep_widths = {8, 64, 128};
    CHECK(rule_of(width_limit(p, 0, 128)) == "max_gpus");
    p = problem();
    p.workload.experts.reset();
    CHECK(candidate_widths(p).back() == kDefaultMaxGpus);
  }
}

}  // namespace
}  // namespace wideep
