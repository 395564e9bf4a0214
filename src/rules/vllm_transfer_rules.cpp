// Shapes of the KV cache that NIXL's connector of vLLM can hand over.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/vllm_pair.h"

namespace wideep {
namespace {

constexpr std::string_view kLayoutVariable = "VLLM_KV_CACHE_LAYOUT";

/// Models with state-space or linear layers, whose cache NIXL hands over by other rules.
bool has_state_layers(const ServedModel& model) {
  constexpr std::array<std::string_view, 4> kHybrid = {
      "qwen3-next", "qwen3.5", "nemotron", "kimi-k3"};
  return std::any_of(kHybrid.begin(), kHybrid.end(), [&](std::string_view name) {
    return model.name.starts_with(name);
  });
}

/// Tensor-parallel ranks of both sides, of a model whose KV heads are dealt out over them.
struct HeadsOverRanks {
  int heads = 1;
  int prefill = 1;
  int decode = 1;
};

std::optional<HeadsOverRanks> heads_over_ranks(const RuleContext& context, const NixlPair& pair) {
  if (context.model == nullptr || context.model->mla != false || !context.model->kv_heads) {
    return std::nullopt;
  }
  if (has_state_layers(*context.model)) return std::nullopt;
  const std::optional<int> prefill = vllm_size(*pair.prefill, "tensor-parallel-size");
  const std::optional<int> decode = vllm_size(*pair.decode, "tensor-parallel-size");
  if (!prefill || !decode) return std::nullopt;
  return HeadsOverRanks{*context.model->kv_heads, *prefill, *decode};
}

void pd_block_size(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<NixlPair> pair = nixl_pair(context);
  if (!pair) return;
  const std::optional<long long> prefill = flag_number(*pair->prefill, "block-size");
  const std::optional<long long> decode = flag_number(*pair->decode, "block-size");
  if (!prefill || !decode || *prefill == *decode) return;
  const std::optional<HeadsOverRanks> ranks = heads_over_ranks(context, *pair);
  const bool merged = ranks && ranks->prefill > ranks->decode;
  const bool hybrid = flag_truth(context.role, "disable-hybrid-kv-cache-manager") == false;
  if (!merged && !hybrid) return;
  cases.push_back(
      {.message = fmt::format(
           "blocks of {} tokens on prefill and {} on decode cannot be "
           "handed over {}: NIXL's connector asserts",
           *prefill,
           *decode,
           merged ? "from more tensor-parallel ranks to fewer" : "under the hybrid cache manager"),
       .at = place_of_flag(context, "block-size"),
       .changes = {set_flag("block-size", *prefill)},
       .grade = merged ? Grade::kError : Grade::kWarning});
}

std::optional<std::string> layout_of(const DeployedRole& role) {
  // The connector asks for this one where nothing is said.
  if (variable(role, kLayoutVariable) == nullptr) return "HND";
  return variable_text(role, kLayoutVariable);
}

void pd_layout(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<NixlPair> pair = nixl_pair(context);
  if (!pair) return;
  const std::optional<HeadsOverRanks> ranks = heads_over_ranks(context, *pair);
  const std::optional<std::string> prefill = layout_of(*pair->prefill);
  const std::optional<std::string> decode = layout_of(*pair->decode);
  if (!ranks || !prefill || !decode) return;
  const bool permutes =
      is_on(*pair->decode, "kv-transfer-config.enable_permute_local_kv") && *prefill == "HND";
  const bool split = ranks->prefill != ranks->decode && ranks->prefill < ranks->heads;
  if (permutes || (*prefill == *decode && !(split && *decode != "HND"))) return;
  RuleCase found{
      .message = *prefill == *decode
                     ? fmt::format("TP {} on prefill and {} on decode split heads, which are not "
                                   "together in layout {}: NIXL's connector refuses it",
                                   ranks->prefill,
                                   ranks->decode,
                                   *decode)
                     : fmt::format("the KV cache lies as {} on prefill and {} on decode: NIXL's "
                                   "connector refuses it",
                                   *prefill,
                                   *decode),
      .at = place_of_variable(context, kLayoutVariable)};
  if (*prefill == "HND") {
    found.changes = {set_variable(kLayoutVariable, "HND")};
  } else {
    found.advice = "VLLM_KV_CACHE_LAYOUT=HND in both roles";
  }
  cases.push_back(std::move(found));
}

void pd_tp_replicated(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<NixlPair> pair = nixl_pair(context);
  if (!pair) return;
  const std::optional<HeadsOverRanks> ranks = heads_over_ranks(context, *pair);
  if (!ranks || ranks->prefill <= ranks->decode || ranks->prefill <= ranks->heads) return;
  cases.push_back({.message = fmt::format(
                       "prefill's {} tensor-parallel ranks repeat the {} KV heads of {}, which "
                       "decode with {} cannot read: NIXL's connector asserts at the first "
                       "request",
                       ranks->prefill,
                       ranks->heads,
                       context.model->name,
                       ranks->decode),
                   .at = place_of_flag(context, "tensor-parallel-size"),
                   .advice = fmt::format("prefill with --tensor-parallel-size {} or less",
                                         std::max(ranks->decode, ranks->heads))});
}

void nixl_dcp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (!transfers_by_nixl(role)) return;
  const std::optional<int> pcp = vllm_size(role, kPcpFlag);
  const std::optional<int> dcp = vllm_size(role, kDcpFlag);
  const std::optional<int> tp = vllm_size(role, "tensor-parallel-size");
  if (pcp.value_or(1) > 1) {
    cases.push_back(
        {.message = fmt::format("NIXL hands nothing over with prefill context parallelism "
                                "of {}: vLLM asserts at start",
                                *pcp),
         .at = place_of_flag(context, kPcpFlag),
         .advice = "tensor parallelism over the same ranks"});
  }
  if (!dcp || !tp || *dcp < 2) return;
  if (context.model != nullptr && context.model->mla == false) {
    cases.push_back(
        {.message = fmt::format("{} has KV heads, and NIXL hands over a cache cut over ranks for "
                                "latent attention alone: vLLM asserts at start",
                                context.model->name),
         .at = place_of_flag(context, kDcpFlag),
         .changes = {remove_flag(kDcpFlag)}});
  } else if (*dcp != *tp) {
    cases.push_back(
        {.message = fmt::format("NIXL hands over a cache that is whole or cut over all {} "
                                "tensor-parallel ranks, not over {}: vLLM asserts at "
                                "start",
                                *tp,
                                *dcp),
         .at = place_of_flag(context, kDcpFlag),
         .changes = {set_flag(kDcpFlag, *tp)}});
  }
}

constexpr std::array kVllmTransferRules = {
    DeploymentRule{.name = "vllm-pd-block-size",
                   .grade = Grade::kError,
                   .what = "Blocks of different sizes are handed over to as many or more "
                           "tensor-parallel ranks alone, and not under the hybrid cache manager of "
                           "models whose layers keep different caches. NIXL's connector asserts at "
                           "the first request otherwise.",
                   .fix = "the same --block-size in both roles",
                   .proof = Proof::kRead,
                   .source = "vllm/distributed/kv_transfer/kv_connector/v1/nixl/base_worker.py "
                             "@00bd5131",
                   .versions = "those with NixlConnector",
                   .find = pd_block_size},
    DeploymentRule{.name = "vllm-pd-layout",
                   .grade = Grade::kError,
                   .what =
                       "Unless attention is latent, both sides keep the cache in one layout, and "
                       "with different TP in HND, where a head's keys lie together. NIXL's "
                       "connector refuses others at the first request.",
                   .fix = "VLLM_KV_CACHE_LAYOUT=HND, or nothing, in both roles",
                   .proof = Proof::kRead,
                   .source = "vllm/distributed/kv_transfer/kv_connector/v1/nixl/base_worker.py "
                             "@00bd5131",
                   .versions = "those with NixlConnector",
                   .find = pd_layout},
    DeploymentRule{
        .name = "vllm-pd-tp-replicated",
        .grade = Grade::kError,
        .what = "Where prefill has more tensor-parallel ranks than decode, a decode rank "
                "puts its heads together from several. It cannot where prefill's ranks "
                "outnumber the KV heads and repeat them; NIXL's connector asserts.",
        .fix = "no more tensor-parallel ranks on prefill than on decode, or than KV heads",
        .proof = Proof::kRead,
        .source = "vllm/distributed/kv_transfer/kv_connector/v1/nixl/base_worker.py "
                  "@00bd5131",
        .versions = "those with NixlConnector",
        .about = RuleAbout::kAttentionGroups,
        .find = pd_tp_replicated},
    DeploymentRule{.name = "vllm-nixl-dcp",
                   .grade = Grade::kError,
                   .what =
                       "NIXL's connector hands over a cache that is whole on every rank, or cut "
                       "over all tensor-parallel ones, the latter for latent attention alone. "
                       "vLLM asserts at start for other context parallelism.",
                   .fix = "--decode-context-parallel-size of 1 or --tensor-parallel-size",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with decode context parallelism over NIXL",
                   .find = nixl_dcp}};

}  // namespace

std::span<const DeploymentRule> vllm_transfer_rules() {
  return kVllmTransferRules;
}

}  // namespace wideep
