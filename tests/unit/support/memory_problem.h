#pragma once

#include "model/problem.h"
#include "support/random_problem.h"

namespace wideep {

/// 128 requests of 8 choices among 256 experts of 2 GB on GPUs of 80 GB; kernel 0 has no buffers, 1
/// those of DeepEP LL, 2 those of DeepEP HT.
inline Problem memory_problem() {
  constexpr double kGB = 1e9;
  constexpr double kMB = 1e6;
  Problem p;
  Workload& w = p.workload;
  w.model.hidden_size = 7168;
  w.model.top_k = 8;
  w.model.experts = 256;
  w.traffic.tokens = TokensPerRank{128, ExpertLoad::kPerRank, true};
  w.traffic.context = 1000;
  w.figures.footprint = Footprint{.slot = Bytes(2 * kGB),
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
  p.fabric.kernels[1].library = Library::kDeepEpLl;
  p.fabric.kernels[2].buffer = BufferRule::kDeepEpHt;
  p.fabric.kernels[2].sms = {20};
  p.fabric.gpus_per_domain = 8;
  p.fabric.gpu = Gpu{};
  p.fabric.gpu->sms = 132;
  p.fabric.gpu->memory = Bytes(80 * kGB);
  p.fabric.gpu->memory_reserved = Bytes(4 * kGB);
  return p;
}

inline void set_tokens(Problem& p, int tokens) {
  auto given = p.workload.traffic.tokens;
  const auto* per_rank = std::get_if<TokensPerRank>(&given);
  p.workload.traffic.tokens = TokensPerRank{
      tokens, per_rank != nullptr ? per_rank->expert_load : ExpertLoad::kPerRank, true};
}

/// A random problem with buffers and a footprint of any size, and a choice in it.
struct MemoryCase {
  Problem problem;
  Config config;
};

inline MemoryCase draw_memory(ProblemSource& source) {
  MemoryCase c{source.next(), {}};
  Problem& p = c.problem;
  Workload& w = p.workload;
  w.traffic.phase = source.chance(0.3) ? Phase::kPrefill : Phase::kDecode;
  w.traffic.context = source.whole(1, 20'000);
  w.model.experts = source.whole(1, 512);
  w.serving.redundant_experts = source.chance(0.5) ? 0 : source.whole(1, 64);
  if (w.traffic.phase == Phase::kDecode && source.chance(0.3)) {
    w.traffic.drafting.tokens = source.whole(1, 3);
    w.traffic.drafting.accepted = source.uniform(0.0, w.traffic.drafting.tokens);
  }
  const auto bytes = [&](double low, double high) { return Bytes(source.log_uniform(low, high)); };
  w.figures.footprint = Footprint{.slot = bytes(1e6, 1e10),
                                  .replicated = bytes(1e6, 1e10),
                                  .embeddings = bytes(1e6, 1e10),
                                  .sequence = bytes(1e4, 1e9),
                                  .per_token = bytes(1e4, 1e7),
                                  .per_routed = bytes(1e4, 1e6),
                                  .logits = bytes(1e4, 1e6)};
  if (!p.fabric.gpu) p.fabric.gpu = Gpu{};
  p.fabric.gpu->memory = bytes(1e10, 3e11);
  p.fabric.gpu->memory_reserved = 0.1 * source.uniform(0.0, 1.0) * *p.fabric.gpu->memory;
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

}  // namespace wideep
