// The KV cache of vLLM, and connectors that move it.
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

void expandable_segments(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "PYTORCH_CUDA_ALLOC_CONF";
  const std::optional<std::string> allocator = variable_text(context.role, kVariable);
  if (!allocator || allocator->find("expandable_segments:True") == std::string::npos) return;
  if (!has_connector(context.role)) return;
  for (const std::string_view safe : {"enable-cumem-allocator", "enable-sleep-mode"}) {
    if (!switched_off(context.role, safe)) return;
  }
  cases.push_back({.message = "expandable segments may move the KV cache away from where its "
                              "connector registered it: vLLM refuses to start",
                   .at = place_of_variable(context, kVariable),
                   .changes = {set_flag("enable-cumem-allocator")}});
}

void nvfp4_kv_mla(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<std::string> type = flag_text(context.role, "kv-cache-dtype");
  if (!type || !type->starts_with("nvfp4") || type->ends_with("_ds_mla")) return;
  if (context.model == nullptr || context.model->mla != true) return;
  cases.push_back({.message = fmt::format("{} keeps a latent cache, for which there is no {}: vLLM "
                                          "refuses it",
                                          context.model->name,
                                          *type),
                   .at = place_of_flag(context, "kv-cache-dtype"),
                   .changes = {set_flag("kv-cache-dtype", "fp8")}});
}

void kv_role_extra(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kRouted = "enable-return-routed-experts";
  const DeployedRole& role = context.role;
  if (!is_on(role, kRouted)) return;
  std::string with;
  if (has_connector(role)) {
    with = "a KV connector";
  } else if (vllm_size(role, kDcpFlag).value_or(1) > 1 ||
             vllm_size(role, kPcpFlag).value_or(1) > 1) {
    with = "context parallelism";
  } else if (vllm_size(role, "pipeline-parallel-size").value_or(1) > 1) {
    with = "pipeline parallelism";
  } else {
    return;
  }
  cases.push_back({.message = "--enable-return-routed-experts does not go with " + with +
                              ": vLLM refuses to start",
                   .at = place_of_flag(context, kRouted),
                   .changes = {remove_flag(kRouted)}});
}

/// Engines that look for one another's blocks.
long long engines_of(const RuleContext& context) {
  long long engines = 0;
  for (const DeployedRole& role : context.deployment.roles) {
    if (!transfers_by(role, "MooncakeStore")) continue;
    const int instances = role.instances ? role.instances->value : 1;
    engines += 1LL * instances * vllm_dp(role).value_or(1);
  }
  return engines;
}

void mooncake_hash_seed(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kSeed = "PYTHONHASHSEED";
  if (!transfers_by(context.role, "MooncakeStore") || engines_of(context) < 2) return;
  const Setting* const seed = variable(context.role, kSeed);
  if (seed != nullptr && seed->value != "random") return;
  cases.push_back(
      {.message = fmt::format("each of {} engines hashes blocks with a seed of its own, "
                              "so that none finds another's in the store",
                              engines_of(context)),
       .at = seed == nullptr ? place_of_flag(context, "kv-transfer-config") : seed->at,
       .changes = {set_variable(kSeed, "0")}});
}

constexpr std::array kVllmCacheRules = {
    DeploymentRule{.name = "vllm-expandable-segments",
                   .grade = Grade::kError,
                   .what = "PyTorch's expandable segments may give an address other memory while "
                           "the engine runs, and a transfer then reads the wrong one. vLLM refuses "
                           "them with any KV connector unless its own allocator holds the cache.",
                   .fix = "--enable-cumem-allocator, or no expandable_segments:True",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with --enable-cumem-allocator",
                   .find = expandable_segments},
    DeploymentRule{.name = "vllm-nvfp4-kv-mla",
                   .grade = Grade::kError,
                   .what = "An NVFP4 KV cache is laid out by heads, which multi-head latent "
                           "attention does not have. vLLM refuses it but for nvfp4_ds_mla.",
                   .fix = "--kv-cache-dtype fp8, auto, or nvfp4_ds_mla with sparse attention",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with --kv-cache-dtype nvfp4",
                   .find = nvfp4_kv_mla},
    DeploymentRule{.name = "vllm-kv-role-extra",
                   .grade = Grade::kError,
                   .what =
                       "Which experts a token went to is kept beside its KV cache, on the ranks "
                       "that computed it. vLLM refuses to return it with a KV connector, "
                       "context parallelism or pipeline parallelism.",
                   .fix = "no --enable-return-routed-experts",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with --enable-return-routed-experts",
                   .find = kv_role_extra},
    DeploymentRule{.name = "vllm-mooncake-hash-seed",
                   .grade = Grade::kWarning,
                   .what = "Blocks lie in Mooncake's store under hashes of Python, whose seed is "
                           "another in every process unless it is fixed. Engines with different "
                           "seeds never find each other's blocks, and nothing tells.",
                   .fix = "PYTHONHASHSEED=0 everywhere",
                   .proof = Proof::kDeduced,
                   .source = "SemiAnalysisAI/InferenceX @843c6254, recipes of deepseek-v4",
                   .versions = "those with MooncakeStoreConnector",
                   .find = mooncake_hash_seed}};

}  // namespace

std::span<const DeploymentRule> vllm_cache_rules() {
  return kVllmCacheRules;
}

}  // namespace wideep
