// Context parallelism of SGLang: prompts over ranks in prefill, the cache over ranks in decode.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

/// parallel_hook.py@008b79d2, handle_context_parallelism: the first half.
void attention_product(const RuleContext& context,
                       const SglangRole& role,
                       std::vector<RuleCase>& cases) {
  const int dp = context.sizes.dp_or_default();
  if (role.cp <= 1 || role.tp % (dp * role.cp) == 0) return;
  const std::string ranks = dp > 1 ? fmt::format("dp-size {} x attn-cp-size {}", dp, role.cp)
                                   : fmt::format("attn-cp-size {}", role.cp);
  RuleCase found{.message = fmt::format(
                     "tp-size {} is no multiple of {}: SGLang asserts at start", role.tp, ranks),
                 .at = place_of_flag(context, "attn-cp-size")};
  if (role.tp % dp == 0) {
    int fits = std::min(role.cp, role.tp / dp);
    while (role.tp / dp % fits != 0) --fits;
    found.changes = {set_flag("attn-cp-size", fits)};
  } else {
    found.advice = "--tp-size that is a multiple of --dp-size x --attn-cp-size";
  }
  cases.push_back(found);
}

/// The second half: groups that each hold all experts.
void expert_product(const RuleContext& context,
                    const SglangRole& role,
                    std::vector<RuleCase>& cases) {
  const auto groups = flag_number(context.role, "moe-dp-size");
  if (!groups || *groups <= 1 || !context.ep_width) return;
  const long long ep = *context.ep_width;
  std::string fault;
  if (role.tp % *groups != 0) {
    fault = fmt::format("tp-size {} is no multiple of moe-dp-size {}", role.tp, *groups);
  } else if (ep * *groups > role.tp || (ep > 1 && ep * *groups != role.tp)) {
    fault = fmt::format("{} expert ranks x moe-dp-size {} are {}, and tp-size is {}",
                        ep,
                        *groups,
                        ep * *groups,
                        role.tp);
  } else if (role.pp > 1) {
    fault = fmt::format("moe-dp-size {} does not run with pp-size {}", *groups, role.pp);
  } else if (*groups != role.cp) {
    fault = fmt::format("moe-dp-size {} is neither 1 nor attn-cp-size {}", *groups, role.cp);
  }
  if (fault.empty()) return;
  cases.push_back({.message = fault + ": SGLang asserts at start",
                   .at = place_of_flag(context, "moe-dp-size"),
                   .changes = {set_flag("moe-dp-size", 1)}});
}

void cp_product(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.sizes_known) return;
  attention_product(context, role, cases);
  expert_product(context, role, cases);
}

void cp_strategy_missing(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!is_on(context.role, "enable-prefill-cp") || unresolved(context.role, "cp-strategy")) return;
  const std::string model = context.model == nullptr ? std::string() : context.model->name;
  const bool mimo = model.starts_with("mimo-v2");
  const std::string_view wanted = mimo ? "zigzag" : "interleave";
  const std::optional<std::string> stated = flag_text(context.role, "cp-strategy");
  RuleCase found{.message = {},
                 .at = place_of_flag(context, stated ? "cp-strategy" : "enable-prefill-cp"),
                 .changes = {set_flag("cp-strategy", wanted)}};
  if (!stated) {
    found.message =
        "prompts are spread over ranks without a cp-strategy that says how: SGLang refuses to "
        "start";
  } else if (model == "deepseek-v3.2" && *stated == "zigzag") {
    found.message =
        "DeepSeek-V3.2 takes the cp-strategy interleave alone, and zigzag is set: SGLang refuses "
        "to start";
  } else if (mimo && *stated != wanted) {
    found.message = fmt::format(
        "MiMo-V2 takes the cp-strategy zigzag alone, and {} is set: SGLang refuses to start",
        *stated);
  } else {
    return;
  }
  cases.push_back(found);
}

/// parallel_hook.py@008b79d2, handle_dcp_validation.
void dcp_comm(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.sizes_known) return;
  const std::string backend = flag_text(context.role, "dcp-comm-backend").value_or("");
  const bool exchanges = is_any_of(backend, {"a2a", "fi_a2a"});
  if (exchanges && role.dcp <= 1) {
    cases.push_back(
        {.message = fmt::format("dcp-comm-backend {} is set, and dcp-size is 1, so that there is "
                                "nothing to exchange: SGLang refuses to start",
                                backend),
         .at = place_of_flag(context, "dcp-comm-backend"),
         .changes = {remove_flag("dcp-comm-backend")}});
  }
  const Machine* const machine = context.machine;
  const bool board = machine != nullptr && machine->gpus_per_domain && machine->gpus_per_node &&
                     *machine->gpus_per_domain <= *machine->gpus_per_node;
  if (backend == "fi_a2a" && role.dcp > 1 && board) {
    cases.push_back(
        {.message = fmt::format("dcp-comm-backend fi_a2a needs NVLink between hosts, and that of "
                                "{} ends at the host: the runner fails at start",
                                machine->name),
         .at = place_of_flag(context, "dcp-comm-backend"),
         .changes = {set_flag("dcp-comm-backend", "a2a")}});
  }
  if (!is_on(context.role, "dcp-replicate-q-proj") || (role.dcp > 1 && backend != "ag_rs")) return;
  cases.push_back(
      {.message = fmt::format("dcp-replicate-q-proj goes with dcp-comm-backend a2a or fi_a2a and "
                              "dcp-size above 1, and they are {} and {}: SGLang refuses to start",
                              backend.empty() ? "not set" : backend,
                              role.dcp),
       .at = place_of_flag(context, "dcp-replicate-q-proj"),
       .changes = {remove_flag("dcp-replicate-q-proj")}});
}

void dcp_prefill(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind != RoleKind::kPrefill || role.dcp <= 1) return;
  const DeployedRole* const decode = other_half(context);
  const bool told = decode != nullptr && !unresolved(*decode, "dcp-size");
  const int there = told ? sglang_role(*decode).dcp : role.dcp;
  RuleCase found{.message = fmt::format(
                     "dcp-size {} on prefill adds exchanges and saves no time there", role.dcp),
                 .at = place_of_flag(context, "dcp-size"),
                 .changes = {remove_flag("dcp-size")},
                 .grade = Grade::kAdvice};
  if (there != role.dcp) {
    found.grade = Grade::kWarning;
    found.message = fmt::format(
        "dcp-size is {} on prefill and {} on decode, and a prefill that has it works with the same "
        "on decode alone",
        role.dcp,
        there);
  }
  cases.push_back(found);
}

constexpr std::string_view kContextParallelHook =
    "python/sglang/srt/arg_groups/parallel_hook.py @008b79d2";

constexpr std::array kContextRules = {
    DeploymentRule{
        .name = "sgl-cp-product",
        .grade = Grade::kError,
        .what =
            "tp-size is the whole instance, so that dp-size x attn-cp-size has to divide it, and "
            "moe-dp-size times the expert ranks has to be it. moe-dp-size above 1 runs without "
            "pipeline stages and equals attn-cp-size. SGLang asserts all of it at start.",
        .fix = "sizes whose products divide --tp-size",
        .proof = Proof::kRead,
        .source = kContextParallelHook,
        .versions = "those with attn-cp-size and moe-dp-size",
        .find = cp_product},
    DeploymentRule{
        .name = "sgl-cp-strategy-missing",
        .grade = Grade::kError,
        .what = "Context parallelism of prompts needs a layout: interleave for DeepSeek-V3.2, "
                "zigzag for MiMo-V2. SGLang has no default for it and refuses to start.",
        .fix = "--cp-strategy interleave, or zigzag for MiMo-V2",
        .proof = Proof::kRead,
        .source = kContextParallelHook,
        .versions = "those with --enable-prefill-cp",
        .find = cp_strategy_missing},
    DeploymentRule{.name = "sgl-dcp-comm",
                   .grade = Grade::kError,
                   .what = "The exchanges a2a and fi_a2a of decode context parallelism, and the "
                           "copied query projection that goes with them, need dcp-size above 1; "
                           "fi_a2a needs NVLink between hosts as well. SGLang refuses to start.",
                   .fix = "--dcp-comm-backend a2a outside of NVL72, or without it",
                   .proof = Proof::kRead,
                   .source = kContextParallelHook,
                   .versions = "those with --dcp-comm-backend",
                   .hides = {"flashinfer-a2a-needs-mnnvl"},
                   .find = dcp_comm},
    DeploymentRule{
        .name = "sgl-dcp-prefill",
        .grade = Grade::kWarning,
        .what = "Decode context parallelism on a prefill server works where decode has the same "
                "layout, and even there it adds communication and makes prefill no faster.",
        .fix = "--dcp-size on decode alone",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/pd_disaggregation_hook.py @00e1106f",
        .versions = "those with --dcp-size",
        .find = dcp_prefill}};

}  // namespace

std::span<const DeploymentRule> sglang_context_rules() {
  return kContextRules;
}

}  // namespace wideep
