// What any role may say that costs it memory, or is of another role.
#include <array>

#include <fmt/format.h>

#include "rules/deepep_use.h"
#include "rules/expert_weights.h"
#include "rules/format_parts.h"

namespace wideep {
namespace {

void redundant_memory(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr double kWorthTelling = 1.0 / 64.0;  // of a GPU's memory
  if (context.model == nullptr || context.machine == nullptr) return;
  const ServedModel& model = *context.model;
  const auto redundant = redundant_experts(context.role, model.experts);
  if (!redundant || *redundant < 1 || !context.ep_width || *context.ep_width < 1) return;
  const auto expert = expert_bytes_of(context);
  if (!expert || !model.moe_layers || !context.machine->memory) return;
  const double more = 1.0 * *redundant / *context.ep_width;
  const double bytes = more * *model.moe_layers * *expert;
  // More than a GPU has is no such role's: its width is told otherwise.
  const double memory = *context.machine->memory;
  if (bytes < kWorthTelling * memory || bytes > memory) return;
  const std::string_view key =
      context.role.engine == ServingEngine::kVllm     ? "eplb-config.num_redundant_experts"
      : context.role.engine == ServingEngine::kSglang ? "ep-num-redundant-experts"
                                                      : "moe_config.load_balancer.num_slots";
  cases.push_back(
      {.message = fmt::format("{} redundant experts are {:g} more on each of {} ranks in "
                              "{} layers: {:.1f} GiB less for the KV cache",
                              *redundant,
                              more,
                              *context.ep_width,
                              *model.moe_layers,
                              bytes / kGiB),
       .at = place_of_flag(context, key),
       .advice = "fewer replicas, where the batch no longer fits"});
}

void prompts_too_long(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kChunked = "enable_chunked_prefill";
  const auto& prompt = context.deployment.input_tokens;
  if (context.role.engine != ServingEngine::kTrtllm || !prompt || !context.sizes.capacity) return;
  if (context.role.kind == RoleKind::kDecode || unresolved(context.role, kChunked)) return;
  if (is_on(context.role, kChunked)) return;
  if (prompt->value <= *context.sizes.capacity) return;
  cases.push_back({.message = fmt::format("prompts have {} tokens and max_num_tokens is {} without "
                                          "chunked prefill: they are refused",
                                          prompt->value,
                                          *context.sizes.capacity),
                   .at = place_of_flag(context, "max_num_tokens"),
                   .changes = {set_flag(kChunked, "true")},
                   .grade = Grade::kWarning});
}

void keys_of_other_role(const RuleContext& context, std::vector<RuleCase>& cases) {
  prompts_too_long(context, cases);
  if (context.role.kind != RoleKind::kPrefill) return;
  const auto use = deepep_use(context);
  if (context.role.engine == ServingEngine::kSglang && use && !use->normal) {
    cases.push_back({.message = "prefill sends by DeepEP's low-latency kernels, which are made for "
                                "the few tokens of decoding steps",
                     .at = place_of_flag(context, "deepep-mode"),
                     .changes = {set_flag("deepep-mode", "normal")},
                     .grade = Grade::kAdvice});
  }
  const Setting* const graphs = flag(context.role, "cuda_graph_config");
  if (context.role.engine != ServingEngine::kTrtllm || graphs == nullptr) return;
  if (!graphs->value || graphs->value == "null") return;
  cases.push_back({.message =
                       "cuda_graph_config on prefill makes graphs of decoding steps, which it "
                       "does not run",
                   .at = graphs->at,
                   .advice = "cuda_graph_config: null",
                   .grade = Grade::kAdvice});
}

constexpr std::array kFormatRole = {
    DeploymentRule{.name = "redundant-memory",
                   .grade = Grade::kAdvice,
                   .what = "Copies of experts take memory in every layer, which the KV cache then "
                           "lacks.",
                   .fix = "no more copies than the balance of load is worth",
                   .proof = Proof::kDeduced,
                   .source = "weights of an expert times layers, over the ranks",
                   .find = redundant_memory},
    DeploymentRule{.name = "pd-prefill-only-keys",
                   .grade = Grade::kWarning,
                   .what = "Keys meant for decoding slow prefill down or have no effect there, and "
                           "prompts longer than a step are refused by TensorRT-LLM unless they may "
                           "be split.",
                   .fix = "keys of each role's own work; enable_chunked_prefill: true for long "
                          "prompts",
                   .proof = Proof::kDeduced,
                   .source = "tensorrt_llm/llmapi/llm_args.py @00043967; deepseek-ai/DeepEP README",
                   .find = keys_of_other_role}};

}  // namespace

std::span<const DeploymentRule> format_role_rules() {
  return kFormatRole;
}

}  // namespace wideep
