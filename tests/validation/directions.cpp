// Comparisons of two settings: is the predicted change of the published sign?
#include <fmt/format.h>

#include "deployment.h"
#include "outcome.h"

namespace wideep::validation {
namespace {

/// Two settings and what the second is published to gain over the first, as a share.
struct Comparison {
  const char* source;
  const char* question;
  const char* published;
  bool gains;
  Deployment first;
  Deployment second;
};

Deployment with(Deployment base, Overlap overlap) {
  base.overlap = overlap;
  return base;
}
Deployment with_tokens(Deployment base, int tokens) {
  base.tokens = tokens;
  return base;
}
Deployment with_width(Deployment base, int ep_width) {
  base.ep_width = ep_width;
  return base;
}
Deployment with_kernel(Deployment base, const char* kernel) {
  base.kernel = kernel;
  base.sms = std::string_view(kernel) == "LL" ? 0 : base.sms;
  return base;
}
Deployment fused(Deployment base) {
  base.kernel = "MegaMoE";
  base.overlap = Overlap::kFused;
  base.sms = 0;
  return base;
}
Deployment with_straggler(Deployment base, double straggler) {
  base.straggler = straggler;
  return base;
}

Deployment named(const char* name) {
  for (const Case& one : cases()) {
    if (std::string(one.deployment.name) == name) return one.deployment;
  }
  throw std::runtime_error(fmt::format("no deployment is called {}", name));
}

std::vector<Comparison> comparisons() {
  constexpr auto kNone = Overlap::kNone;
  constexpr auto kDbo = Overlap::kDbo;
  const Deployment decode{.name = "SGLang decode",
                          .fabric = "h100-ib400",
                          .kernel = "LL",
                          .ep_width = 72,
                          .tokens = 256,
                          .context = 2'050,
                          .straggler = kBalancedByReplicas,
                          .set = {"redundant_experts=32", "model.kv_dtype=bf16"}};
  Deployment drafting = decode;  // 128 requests of twice the context
  drafting.context = 4'050;
  drafting.set.emplace_back("mtp={draft_tokens: 1, accepted: 1}");
  const Deployment prefill = named("SGLang, H100 prefill, prompts of 4,096");
  const Deployment small{.name = "SGLang prefill",
                         .fabric = "h200-ib400",
                         .kernel = "HT",
                         .ep_width = 8,
                         .sms = 20,
                         .tokens = 4'096,
                         .context = 256,
                         .prefill = true,
                         .straggler = kBalancedByReplicas};
  const Deployment gb200 = named("SGLang, GB200 decode, NVFP4, 1,408 requests");
  const Deployment gb200_bf16 = named("SGLang, GB200 decode, BF16 attention, 1,408 requests");
  const Deployment vllm = named("vLLM, H200 decode, EP 32, 256 requests");
  const Deployment vllm_prefill = named("vLLM, H200 prefill, EP 16");
  // 32 requests a GPU is the batch of the recipe for EP 32 (TensorRT-LLM, max_batch_size).
  Deployment trtllm = with_tokens(named("vLLM, GB200 decode, NVFP4, 1,000 + 1,000"), 32);
  const Deployment unfused{.name = "SGLang decode, DeepSeek-V4-Pro",
                           .fabric = "gb200-nvl72",
                           .kernel = "LL",
                           .ep_width = 8,
                           .tokens = 128,
                           .context = 4'096,
                           .set = {"model=deepseek-v4-pro"}};
  Deployment unfused_prompts = with_tokens(with_kernel(unfused, "HT"), 8'192);
  unfused_prompts.prefill = true;
  unfused_prompts.sms = 24;
  const Deployment eager{.name = "SGLang decode",
                         .fabric = "h20-ib400",
                         .kernel = "HT",
                         .ep_width = 8,
                         .sms = 20,
                         .tokens = 16,
                         .context = 1'500,
                         .set = {"engine=sglang", "search.overlap=none"}};
  const Deployment h20{.name = "SGLang decode",
                       .fabric = "h20-4x-ib400",
                       .kernel = "LL",
                       .ep_width = 16,
                       .tokens = 32,
                       .context = 4'864,
                       .straggler = kBalancedByReplicas};
  Deployment by_load = with_width(decode, 64);
  by_load.set = {"model.kv_dtype=bf16", "straggler_factor={zipf: 0.614}"};
  Deployment with_replicas = decode;
  with_replicas.set.emplace_back("straggler_factor={zipf: 0.614, placement: balanced}");
  return {
      {"SGLang, May 2025",
       "H100 decode, EP 72, 32 tokens: two-batch overlap?",
       "-27 %",
       false,
       with_tokens(decode, 32),
       with(with_tokens(decode, 32), kDbo)},
      {"SGLang, May 2025",
       "H100 decode, EP 72, 256 tokens: two-batch overlap?",
       "+25.5 %",
       true,
       decode,
       with(decode, kDbo)},
      {"SGLang, May 2025",
       "the same with a drafted token, 128 requests?",
       "+35 %",
       true,
       drafting,
       with(drafting, kDbo)},
      {"SGLang, May 2025",
       "H100 prefill, EP 32, 8,192 tokens: two-batch overlap?",
       "+27 to +35 %",
       true,
       with(with_tokens(prefill, 8'192), kNone),
       with_tokens(prefill, 8'192)},
      {"SGLang, May 2025",
       "16,384 tokens overlapped or 8,192 not?",
       "+40.5 %",
       true,
       with(with_tokens(prefill, 8'192), kNone),
       prefill},
      {"SGLang PR 4068",
       "H200 prefill, EP 8, prompts of 256: two-batch overlap?",
       "-70 %",
       false,
       small,
       with(small, kDbo)},
      {"SGLang, June 2025",
       "GB200 decode, EP 48, 768 tokens: two-batch overlap?",
       "turned off",
       false,
       with_tokens(gb200, 768),
       with(with_tokens(gb200, 768), kDbo)},
      {"SGLang, September 2025",
       "GB200 decode: 1,408 requests or 768?",
       "-10 %",
       false,
       gb200,
       with_tokens(gb200, 768)},
      {"SGLang, September 2025",
       "GB200 decode: NVFP4 experts and FP8 attention?",
       "+47 %",
       true,
       gb200_bf16,
       gb200},
      {"SGLang, May 2025",
       "H100 prefill, EP 32: routing made even?",
       "+18 %",
       true,
       prefill,
       named("SGLang, H100 prefill, even routing")},
      {"SGLang, May 2025",
       "H100 prefill, EP 32: 32 replicas by EPLB?",
       "+49 %",
       true,
       with_straggler(prefill, kWithoutReplicas),
       prefill},
      {"SGLang, May 2025",
       "H100 decode, EP 72: 32 replicas by EPLB?",
       "+154 %",
       true,
       with_straggler(decode, kWithoutReplicas),
       decode},
      {"vLLM, December 2025",
       "H200 decode, 256 requests: EP 32 or EP 72?",
       "-5 %",
       false,
       vllm,
       with_width(vllm, 72)},
      {"vLLM, December 2025",
       "H200 decode, 256 requests: EP 72 or EP 96?",
       "-5 %",
       false,
       with_width(vllm, 72),
       with_width(vllm, 96)},
      {"vLLM, December 2025",
       "H200 decode, EP 32: dual-batch overlap (and more)?",
       "+45 %",
       true,
       with(vllm, kNone),
       vllm},
      {"vLLM, December 2025",
       "H200 prefill: EP 8 or EP 16?",
       "+8 %",
       true,
       with_width(vllm_prefill, 8),
       vllm_prefill},
      {"vLLM, December 2025",
       "H200 prefill: EP 16 or EP 32?",
       "-27 %",
       false,
       vllm_prefill,
       with_width(vllm_prefill, 32)},
      {"TensorRT-LLM, October 2025",
       "GB200 decode: EP 8 or EP 32?",
       "up to +80 %",
       true,
       with_width(trtllm, 8),
       with_width(trtllm, 32)},
      {"NVIDIA AIConfigurator, tables",
       "GB200, EP 8, 128 tokens, DeepSeek-V4-Pro: fused, or LL?",
       "no gain",
       false,
       unfused,
       fused(unfused)},
      {"NVIDIA AIConfigurator, tables",
       "GB200, EP 8, 8,192 tokens of prompts: fused, or HT?",
       "+69 %",
       true,
       unfused_prompts,
       fused(unfused_prompts)},
      {"SGLang PR 5068",
       "H20 decode, EP 8: LL in graphs, or HT without?",
       "+64 %",
       true,
       eager,
       with_kernel(eager, "LL")},
      {"SGLang PR 9660",
       "H20 decode, EP 16, 32 requests: single-batch overlap?",
       "+6 %",
       true,
       h20,
       with(h20, Overlap::kSbo)},
      {"Ant Group, September 2025",
       "H20 decode, EP 16, 32 requests: two-batch overlap?",
       "no gain",
       false,
       h20,
       with(h20, kDbo)},
      {"SGLang, May 2025",
       "H100 decode: EP 64, or EP 72 with 32 replicas placed by load?",
       "EP 72 is run",
       true,
       by_load,
       with_replicas},
  };
}

}  // namespace

std::vector<Direction> directions() {
  std::vector<Direction> found;
  for (const Comparison& one : comparisons()) {
    const double first = run(one.first).tokens_per_gpu_per_second;
    const double second = run(one.second).tokens_per_gpu_per_second;
    const double change = second / first - 1.0;
    found.push_back({.source = one.source,
                     .question = one.question,
                     .published = one.published,
                     .predicted = fmt::format("{:+.0f} %", 100.0 * change),
                     .right = (change > 0.0) == one.gains});
  }
  return found;
}

}  // namespace wideep::validation
