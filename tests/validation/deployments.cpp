// Whole deployments: throughput per GPU of a prefill or decode step.
#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "deployment.h"
#include "engines/runs.h"
#include "model/ways.h"
#include "model/what_fits.h"
#include "outcome.h"
#include "published.h"

namespace wideep::validation {
namespace {

/// Engines of the May 2025 generation ran attention, dense layers and experts in FP8 or BF16 as the
/// release has them; what differs is set.
const std::vector<std::string> kReplicas = {"redundant_experts=32"};
/// On Hopper the engines' default, `auto`, keeps the cache in BF16; FlashAttention 3 takes no
/// other.
const std::vector<std::string> kHopperDecode = {"redundant_experts=32", "model.kv_dtype=bf16"};
/// NVFP4 experts with FP8 attention, over NVLink: what engines call FlashInfer or one-sided.
const std::vector<std::string> kNvfp4 = {"model.weight_dtype=nvfp4",
                                         "model.dense_weight_dtype=fp8",
                                         "dispatch_dtype=nvfp4",
                                         "kernels.NVL=trtllm-one-sided-gb200"};
const std::vector<std::string> kNvfp4LowLatency = {"model.weight_dtype=nvfp4",
                                                   "model.dense_weight_dtype=fp8",
                                                   "dispatch_dtype=nvfp4",
                                                   "redundant_experts=32"};
const std::vector<std::string> kBf16Attention = {
    "model.dense_weight_dtype=bf16", "model.kv_dtype=bf16", "redundant_experts=32"};
constexpr double kEven = 1.0;
constexpr double kReal = kBalancedByReplicas;
constexpr int kPrefillBatch = 16'384;  // of SGLang's and DeepSeek's prefill, two micro-batches
constexpr const char* kSglang = "2025-05-05-large-scale-ep";
constexpr const char* kSglangGb200 = "2025-09-25-gb200-part-2";
constexpr const char* kVllm = "2025-12-17 large-scale-serving";
constexpr const char* kVllmGb200 = "2026-02-03 dsr1-gb200-part1";

Deployment prefill_h100(const char* name, int context, double straggler) {
  return {.name = name,
          .fabric = "h100-ib400",
          .kernel = "HT",
          .overlap = Overlap::kDbo,
          .ep_width = 32,
          .sms = 24,
          .tokens = kPrefillBatch,
          .context = context,
          .prefill = true,
          .straggler = straggler,
          .set = kReplicas};
}

/// Prompts of 2,000 tokens and as many answers: a sequence holds 3,000 on average.
Deployment decode_h200(const char* name, int ep_width) {
  return {.name = name,
          .fabric = "h200-ib400",
          .kernel = "LL",
          .overlap = Overlap::kDbo,
          .ep_width = ep_width,
          .tokens = 256,
          .context = 3'000,
          .straggler = kReal,
          .set = kHopperDecode};
}

/// Steps of 8,192 tokens, vLLM's default for prefill instances; overlap is not stated.
Deployment prefill_h200(const char* name, int ep_width) {
  return {.name = name,
          .fabric = "h200-ib400",
          .kernel = "HT",
          .ep_width = ep_width,
          .sms = 20,
          .tokens = 8'192,
          .context = 2'000,
          .prefill = true,
          .straggler = kReal};
}

Deployment decode_gb200(const char* name, int context) {
  return {.name = name,
          .fabric = "gb200-nvl72",
          .kernel = "NVL",
          .ep_width = 8,
          .context = context,
          .straggler = kReal,
          .set = kNvfp4};
}

Deployment prefill_nvl(const char* name, const char* fabric, int ep_width, int context) {
  return {.name = name,
          .fabric = fabric,
          .kernel = "NVL",
          .ep_width = ep_width,
          .tokens = kPrefillBatch,
          .context = context,
          .prefill = true,
          .straggler = kReal,
          .set = kNvfp4};
}

std::vector<Case> all_cases() {
  const Deployment gb200_decode{.name = "SGLang, GB200 decode, NVFP4, 1,408 requests",
                                .fabric = "gb200-nvl72",
                                .kernel = "LL",
                                .ep_width = 48,
                                .tokens = 1'408,
                                .context = 2'050,
                                .straggler = kReal,
                                .set = kNvfp4LowLatency};
  Deployment gb200_bf16 = gb200_decode;
  gb200_bf16.name = "SGLang, GB200 decode, BF16 attention, 1,408 requests";
  gb200_bf16.set = kBf16Attention;
  Deployment kimi = prefill_h100("SGLang, Kimi-K2 on H200, prefill", 2'000, kReal);
  kimi.fabric = "h200-ib400";
  kimi.set = {"model=kimi-k2", "redundant_experts=96"};
  Deployment profile = prefill_h100("DeepSeek, H800, prefill profile, even routing", 4'096, kEven);
  profile.fabric = "h800-ib400";
  const Deployment production{.name = "DeepSeek, H800, decode in production, 88 requests",
                              .fabric = "h800-ib400",
                              .kernel = "LL",
                              .overlap = Overlap::kDbo,
                              .ep_width = 144,
                              // 14,800 tokens/s a node at 20 to 22 tokens/s a request.
                              .tokens = 88,
                              .context = 4'989,
                              .straggler = kReal,
                              .set = kHopperDecode};
  Deployment prefill_fp8 =
      prefill_nvl("SGLang, GB200 prefill, FP8 experts", "gb200-nvl72", 4, 2'000);
  prefill_fp8.kernel = "HT";
  prefill_fp8.sms = 24;
  prefill_fp8.set = {};
  return {
      {prefill_h100("SGLang, H100 prefill, prompts of 1,024", 1'024, kReal),
       {kSglang, "H100", "32", "1024", "input throughput", 8}},
      {prefill_h100("SGLang, H100 prefill, prompts of 2,048", 2'048, kReal),
       {kSglang, "H100", "32", "2048", "input throughput", 8}},
      {prefill_h100("SGLang, H100 prefill, prompts of 4,096", 4'096, kReal),
       {kSglang, "H100", "32", "4096", "input throughput", 8}},
      {prefill_h100("SGLang, H100 prefill, even routing", 4'096, kEven),
       {kSglang, "H100", "32", "4096", "simulated perfect EPLB", 8}},
      {profile, {"profile-data", "H800", "32", "4096", "input throughput", 8}},
      {production, {"day_6", "H800", "144", "4989 avg KV", "output throughput", 8}},
      {kimi, {"2025-07-20-k2", "H200", "32", "2000", "input throughput", 8}},
      {decode_h200("vLLM, H200 decode, EP 32, 256 requests", 32),
       {kVllm, "H200", "32", "2000 in/2000 out", "output throughput"}},
      {decode_h200("vLLM, H200 decode, EP 72, 256 requests", 72),
       {kVllm, "H200", "72", "2000 in/2000 out", "output throughput"}},
      {decode_h200("vLLM, H200 decode, EP 96, 256 requests", 96),
       {kVllm, "H200", "96", "2000 in/2000 out", "output throughput"}},
      {prefill_h200("vLLM, H200 prefill, EP 8", 8),
       {kVllm, "H200", "8", "2000 in/1 out", "input throughput"}},
      {prefill_h200("vLLM, H200 prefill, EP 16", 16),
       {kVllm, "H200", "16", "2000 in/1 out", "input throughput"}},
      {prefill_h200("vLLM, H200 prefill, EP 32", 32),
       {kVllm, "H200", "32", "2000 in/1 out", "input throughput"}},
      {gb200_decode, {kSglangGb200, "GB200", "48", "2000", "FP8 attn + NVFP4"}},
      {gb200_bf16, {kSglangGb200, "GB200", "48", "2000", "BF16 attn + FP8"}},
      {prefill_nvl("SGLang, GB200 prefill, NVFP4 experts", "gb200-nvl72", 2, 2'000),
       {kSglangGb200, "GB200", "2", "2000", "FP8 attn + NVFP4"}},
      {prefill_fp8, {kSglangGb200, "GB200", "4", "2000", "BF16 attn + FP8"}},
      {prefill_nvl("vLLM, GB200 prefill, NVFP4", "gb200-nvl72", 2, 2'000),
       {kVllmGb200, "GB200", "2", "2000 in", "input throughput"}},
      {decode_gb200("vLLM, GB200 decode, NVFP4, 2,000 + 2,000", 3'000),
       {kVllmGb200, "GB200", "8", "2000/2000", "output throughput"}},
      {decode_gb200("vLLM, GB200 decode, NVFP4, 2,000 + 1,000", 2'500),
       {kVllmGb200, "GB200", "8", "2000/1000", "output throughput"}},
      {decode_gb200("vLLM, GB200 decode, NVFP4, 2,000 + 100", 2'050),
       {kVllmGb200, "GB200", "8", "2000/100", "output throughput"}},
      {decode_gb200("vLLM, GB200 decode, NVFP4, 1,000 + 1,000", 1'500),
       {kVllmGb200, "GB200", "8", "1000/1000", "output throughput"}},
      {prefill_nvl("vLLM, GB300 prefill, NVFP4", "gb300-nvl72", 2, 2'000),
       {"2026-02-13 gb300", "GB300", "2", "2000 in/1 out", "throughput ceiling"}},
      {prefill_nvl("SGLang 0.5.9, four GB200, prefill, NVFP4", "gb200-nvl72", 4, 1'000),
       {"issue #22379", "GB200 x4", "4", "1000/1", "input throughput", 4}},
  };
}

bool of_hopper_training(const Case& one) {
  const std::string fabric = one.deployment.fabric;
  return fabric == "h100-ib400" || fabric == "h800-ib400";
}

std::string settings_of(const Deployment& deployment, const DeploymentResult& result) {
  const bool dbo = deployment.overlap == Overlap::kDbo;
  return fmt::format("{}: EP {}, {}{}, {:.0f} tokens, context {}",
                     deployment.name,
                     deployment.ep_width,
                     deployment.kernel,
                     dbo ? ", dbo" : "",
                     result.tokens,
                     deployment.context);
}

/// The order in which the engine that the name begins with runs a layer. vLLM has shared experts
/// beside transfers of DeepEP alone at more than 256 tokens
/// (VLLM_SHARED_EXPERTS_STREAM_TOKEN_THRESHOLD).
Schedule schedule_of(const Deployment& deployment) {
  const std::string_view name = deployment.name;
  const std::string_view kernel = deployment.kernel;
  if (deployment.overlap == Overlap::kFused) return Schedule::kInOrder;
  if (deployment.overlap == Overlap::kSbo) return Schedule::kSglangSboSm90;  // of H20
  if (name.starts_with("SGLang") || name.starts_with("DeepSeek")) {
    return deployment.prefill ? Schedule::kSglangPrefill : Schedule::kSglangDecode;
  }
  if (kernel == "NVL") return Schedule::kInOrder;
  return kernel == "LL" ? Schedule::kVllmLl : Schedule::kVllmHt;
}

}  // namespace

const std::vector<Case>& cases() {
  static const std::vector<Case> all = all_cases();
  return all;
}

DeploymentResult run(const Deployment& deployment, bool bare) {
  std::vector<std::string> set = {
      fmt::format("phase={}", deployment.prefill ? "prefill" : "decode"),
      fmt::format("context={}", deployment.context),
      fmt::format("tokens_per_rank={}", std::max(1, deployment.tokens)),
      fmt::format("straggler_factor={}", deployment.straggler),
      fmt::format("comm_straggler_factor={}", deployment.straggler)};
  if (bare) set.emplace_back("serving_efficiency=1");
  set.insert(set.end(), deployment.set.begin(), deployment.set.end());
  Problem problem = problem_on(deployment.fabric, set);
  Config config{.ep_width = deployment.ep_width,
                .kernel = kernel_of(problem, deployment.kernel),
                .overlap = deployment.overlap,
                .sms = deployment.sms,
                .schedule = schedule_of(deployment)};
  if (problem.workload.engine) {
    problem = with_engines(problem);
    config = with_way(problem, asked(problem, config));
  }
  if (deployment.tokens == 0) {
    const int most = largest_batch(problem, config).tokens;
    problem.workload.traffic.tokens = TokensPerRank{most, ExpertLoad::kPerRank, true};
  }
  DeploymentResult result;
  result.tokens = tokens_per_rank(problem.workload, config.ep_width);
  if (config.overlap == Overlap::kDbo) config.first_tokens = 0.5 * result.tokens;
  result.prediction = predict(problem, asked(problem, config));
  result.tokens_per_gpu_per_second = result.prediction.step.tokens_per_gpu_per_second;
  return result;
}

double published_rate(const PublishedRate& rate) {
  const auto has = [](const Row& row, const char* column, const char* part) {
    return row.at(column).find(part) != std::string::npos;
  };
  for (const Row& row : published("outcomes/published_e2e.csv")) {
    if (has(row, "source", rate.source) && has(row, "hardware", rate.hardware) &&
        row.at("ep") == rate.ep && row.at("context_len") == rate.context &&
        has(row, "metric", rate.metric)) {
      return number(row, "value") / rate.gpus;
    }
  }
  throw std::runtime_error(fmt::format("no published row of {} at EP {}", rate.source, rate.ep));
}

Chapter deployments() {
  constexpr double kTolerance = 0.25;
  Chapter chapter{
      .title = "Deployments",
      .about =
          "Tokens per second and GPU of a whole step. Straggler factor of experts and bytes: "
          "1.11 (TensorRT-LLM, EP 32 with replicas), 1 where routing was even. What was not "
          "published is taken as follows, and is the same in all rows of its kind: prefill "
          "steps of 8,192 tokens for vLLM on H200 and of 16,384 elsewhere, on which throughput "
          "hardly depends; of vLLM's decode on GB200 the most that memory holds, as it says; "
          "of DeepSeek's production the requests that follow from its speed per request.",
      .outcomes = {},
      .tolerance = kTolerance};
  for (const Case& one : cases()) {
    const DeploymentResult result = run(one.deployment);
    const double measured = published_rate(one.rate);
    Outcome outcome{.source = one.rate.source,
                    .settings = settings_of(one.deployment, result),
                    .published = fmt::format("{:.0f}", measured),
                    .predicted = fmt::format("{:.0f}", result.tokens_per_gpu_per_second),
                    .fitted = of_hopper_training(one)};
    outcome.errors.add(result.tokens_per_gpu_per_second, measured);
    outcome.bare = run(one.deployment, true).tokens_per_gpu_per_second / measured - 1.0;
    chapter.outcomes.push_back(outcome);
  }
  return chapter;
}

double implied_efficiency() {
  std::vector<double> shares;
  for (const Case& one : cases()) {
    if (!of_hopper_training(one)) continue;
    shares.push_back(published_rate(one.rate) /
                     run(one.deployment, true).tokens_per_gpu_per_second);
  }
  std::sort(shares.begin(), shares.end());
  const std::size_t half = shares.size() / 2;
  return shares.size() % 2 == 1 ? shares[half] : 0.5 * (shares[half - 1] + shares[half]);
}

}  // namespace wideep::validation
