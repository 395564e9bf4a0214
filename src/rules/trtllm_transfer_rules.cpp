// What TensorRT-LLM's roles must agree on to hand over the KV cache, and slots of its balancer.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

constexpr std::string_view kTrtllmTransfer = "cache_transceiver_config";
constexpr std::string_view kTrtllmBackendOfTransfer = "cache_transceiver_config.backend";
constexpr std::string_view kTrtllmBalancer = "moe_config.load_balancer";
constexpr std::string_view kTrtllmSlots = "moe_config.load_balancer.num_slots";

bool trtllm_transfers(const DeployedRole& role) {
  const Setting* const config = flag(role, kTrtllmTransfer);
  return config != nullptr && config->value != "null";
}

/// A key that both roles state with values that differ.
void trtllm_differs(const RuleContext& context,
                    const DeployedRole& prefill,
                    std::string_view key,
                    std::string_view then,
                    std::vector<RuleCase>& cases) {
  const auto here = flag_text(context.role, key);
  const auto there = flag_text(prefill, key);
  if (!here || !there || *here == *there) return;
  RuleCase found{
      .message = fmt::format("{} is {} here and {} on prefill: {}", key, *here, *there, then),
      .at = place_of_flag(context, key),
      .changes = {set_flag(key, *there)}};
  if (key != kTrtllmBackendOfTransfer) found.grade = Grade::kWarning;
  cases.push_back(std::move(found));
}

void trtllm_transfer_buffer(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kBuffer = "cache_transceiver_config.max_tokens_in_buffer";
  const auto tokens = flag_number(context.role, kBuffer);
  if (!tokens || !context.deployment.input_tokens) return;
  const int prompt = context.deployment.input_tokens->value;
  if (*tokens >= prompt) return;
  cases.push_back({.message = fmt::format("prompts have {} tokens, and the transfer buffer holds "
                                          "{}: their cache is sent in pieces, or not at all",
                                          prompt,
                                          *tokens),
                   .at = place_of_flag(context, kBuffer),
                   .changes = {set_flag(kBuffer, prompt)},
                   .grade = Grade::kWarning});
}

void trtllm_handover(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (context.role.kind == RoleKind::kAggregated) return;
  const bool decode = context.role.kind == RoleKind::kDecode;
  const DeployedRole* const other =
      role_of_kind(context, decode ? RoleKind::kPrefill : RoleKind::kDecode);
  if (other == nullptr) return;
  if (!trtllm_transfers(context.role)) {
    cases.push_back(
        {.message = fmt::format("{} has no cache_transceiver_config: it {} no KV cache",
                                name_of(context.role.kind),
                                decode ? "takes" : "hands over"),
         .at = context.role.at,
         .changes = {set_flag(kTrtllmBackendOfTransfer,
                              flag_text(*other, kTrtllmBackendOfTransfer).value_or("DEFAULT"))}});
    return;
  }
  trtllm_transfer_buffer(context, cases);
  if (!decode || !trtllm_transfers(*other)) return;
  trtllm_differs(
      context, *other, "cache_transceiver_config.backend", "they do not find each other", cases);
  constexpr std::string_view kLayout = "the cache that comes has another layout";
  trtllm_differs(context, *other, "kv_cache_config.dtype", kLayout, cases);
  trtllm_differs(context, *other, "kv_cache_config.tokens_per_block", kLayout, cases);
}

void trtllm_early_token(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kKey = "enable_early_first_token_response";
  if (flag_truth(context.role, kKey) != true || !trtllm_transfers(context.role)) return;
  cases.push_back({.message =
                       "enable_early_first_token_response is switched off where the KV cache "
                       "is handed over",
                   .at = place_of_flag(context, kKey),
                   .changes = {remove_flag(kKey)}});
}

/// The fewest slots for those experts, or for those stated, that ranks share evenly.
long long trtllm_even_slots(const RuleContext& context, long long slots, int ranks) {
  const long long experts =
      context.model == nullptr ? 0 : static_cast<long long>(context.model->experts.value_or(0));
  const long long least = std::max({slots, experts, 1LL});
  return (least + ranks - 1) / ranks * ranks;
}

void trtllm_listed_slots(const RuleContext& context,
                         long long slots,
                         std::vector<RuleCase>& cases) {
  const std::string inside = std::string(kTrtllmBalancer) + ".initial_global_assignments.";
  for (const Setting& setting : context.role.flags.all) {
    if (!setting.key.starts_with(inside)) continue;
    const auto listed = numbers_in(setting);
    if (!listed || static_cast<long long>(listed->size()) == slots) continue;
    cases.push_back(
        {.message = fmt::format("layer {} has {} experts listed for {} slots: the model "
                                "does not load",
                                setting.key.substr(inside.size()),
                                listed->size(),
                                slots),
         .at = setting.at,
         .advice = fmt::format("one expert for each of the {} slots", slots)});
    return;
  }
}

void trtllm_slots(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const balancer = flag(context.role, kTrtllmBalancer);
  if (balancer == nullptr || !balancer->value || balancer->value == "null") return;
  if (flag_text(context.role, "load_format") == "GMS") {
    cases.push_back({.message = "load_format GMS maps weights of another process, which a load "
                                "balancer cannot move: it is refused",
                     .at = place_of_flag(context, "load_format"),
                     .changes = {remove_flag("load_format")}});
  }
  // A file's name: what it holds is not known here.
  if (!balancer->value->starts_with('{')) return;
  const auto layout = trtllm_layout(context.role);
  const int ranks = layout ? layout->ep : 1;
  if (flag(context.role, kTrtllmSlots) == nullptr) {
    const bool known = context.model != nullptr && context.model->experts && layout;
    const std::string least = known
                                  ? fmt::format("{}, or more", trtllm_even_slots(context, 0, ranks))
                                  : "at least the experts, a multiple of moe_expert_parallel_size";
    cases.push_back({.message = "the load balancer has no num_slots: TensorRT-LLM asserts at start",
                     .at = balancer->at,
                     .advice = "num_slots: " + least});
    return;
  }
  const auto slots = trtllm_count(context.role, kTrtllmSlots);
  if (!slots) return;
  trtllm_listed_slots(context, *slots, cases);
  const bool few =
      context.model != nullptr && context.model->experts && *slots < *context.model->experts;
  if (!few && (!layout || *slots % ranks == 0)) return;
  const std::string why =
      few ? fmt::format(
                "are fewer than the {} experts of {}", *context.model->experts, context.model->name)
          : fmt::format("do not divide among {} ranks", ranks);
  cases.push_back(
      {.message = fmt::format("{} expert slots {}: the model does not load", *slots, why),
       .at = place_of_flag(context, kTrtllmSlots),
       .changes = {set_flag(kTrtllmSlots, trtllm_even_slots(context, *slots, ranks))}});
}

constexpr std::array kTrtllmTransferRules = {
    DeploymentRule{.name = "trt-pd-buffer",
                   .grade = Grade::kError,
                   .what =
                       "Prefill and decode hand over the KV cache through "
                       "cache_transceiver_config, which both need, with one back end, blocks of "
                       "one size and type, and a buffer for the longest prompt.",
                   .fix = "the same cache_transceiver_config, kv_cache_config.dtype and "
                          "tokens_per_block on both; max_tokens_in_buffer at least the longest "
                          "prompt",
                   .proof = Proof::kDeduced,
                   .source = kTrtllmArgs,
                   .versions = "those with cache_transceiver_config",
                   .find = trtllm_handover},
    DeploymentRule{.name = "trt-pd-early-token",
                   .grade = Grade::kAdvice,
                   .what = "enable_early_first_token_response has no effect on a server that hands "
                           "over the KV cache.",
                   .fix = "without it",
                   .source = kTrtllmArgs,
                   .versions = "those with enable_early_first_token_response",
                   .find = trtllm_early_token},
    DeploymentRule{.name = "trt-slots",
                   .grade = Grade::kError,
                   .what =
                       "The load balancer needs num_slots, at least as many as there are experts "
                       "and a multiple of the ranks, and each layer's list must name as many; it "
                       "does not go with load_format GMS.",
                   .fix = "num_slots a multiple of moe_expert_parallel_size, not below the experts",
                   .source = kTrtllmArgs,
                   .versions = "those with moe_config.load_balancer",
                   .find = trtllm_slots}};

}  // namespace

std::span<const DeploymentRule> trtllm_transfer_rules() {
  return kTrtllmTransferRules;
}

}  // namespace wideep
