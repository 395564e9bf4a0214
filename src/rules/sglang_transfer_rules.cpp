// How SGLang hands caches over from prefill to decode.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

constexpr std::string_view kBackend = "disaggregation-transfer-backend";

/// fields/disagg.py: where nothing is said. mooncake_tcp is mooncake over another transport.
std::optional<std::string> backend_of(const DeployedRole& role) {
  if (unresolved(role, kBackend)) return std::nullopt;
  const std::string stated = flag_text(role, kBackend).value_or("mooncake");
  return stated == "mooncake_tcp" ? "mooncake" : stated;
}

void pd_decode_radix(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kRadix = "disaggregation-decode-enable-radix-cache";
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind != RoleKind::kDecode) return;
  const auto say = [&](std::string_view key, const std::string& what) {
    cases.push_back(
        {.message = fmt::format("{} does not go with {}: SGLang refuses to start", key, what),
         .at = place_of_flag(context, key),
         .changes = {remove_flag(key)}});
  };
  if (is_on(context.role, "enable-hierarchical-cache") && role.dcp > 1) {
    say("enable-hierarchical-cache", fmt::format("dcp-size {} on decode", role.dcp));
  }
  if (!is_on(context.role, kRadix)) return;
  if (role.algorithm) {
    say(kRadix, "the drafts of " + *role.algorithm);
  } else if (role.dcp > 1) {
    say(kRadix, fmt::format("dcp-size {}", role.dcp));
  } else if (is_on(context.role, "enable-hisparse")) {
    say(kRadix, "enable-hisparse");
  } else if (backend_of(context.role) == "fake") {
    say(kRadix, "the transfer back end fake");
  }
}

/// pd_disaggregation_hook.py@00e1106f for decode, common/conn.py@0094505d for prefill.
void dcp_backend(const RuleContext& context, RoleKind kind, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  const std::optional<std::string> backend = backend_of(context.role);
  if (context.role.kind != kind || role.dcp <= 1 || !backend) return;
  if (is_any_of(*backend, {"mooncake", "nixl"})) return;
  RuleCase found{
      .message = fmt::format(
          "{} cannot hand over a cache that dcp-size {} spreads: SGLang refuses to start",
          *backend,
          role.dcp),
      .at = place_of_flag(context, kBackend),
      .changes = {set_flag(kBackend, "nixl")}};
  if (kind == RoleKind::kPrefill) found.changes = {remove_flag("dcp-size")};
  cases.push_back(found);
}

void pd_dcp_backend(const RuleContext& context, std::vector<RuleCase>& cases) {
  dcp_backend(context, RoleKind::kDecode, cases);
}

void pd_dcp_transfer(const RuleContext& context, std::vector<RuleCase>& cases) {
  dcp_backend(context, RoleKind::kPrefill, cases);
}

void pd_mode_backend(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kStaging = "SGLANG_DISAGG_STAGING_BUFFER";
  const std::optional<std::string> backend = backend_of(context.role);
  if (!backend || context.role.kind == RoleKind::kAggregated) return;
  if (context.role.kind == RoleKind::kPrefill && *backend == "fake") {
    cases.push_back(
        {.message = "the transfer back end fake is for decode alone: SGLang asserts at start",
         .at = place_of_flag(context, kBackend),
         .changes = {set_flag(kBackend, "mooncake")}});
  }
  const Setting* const staging = variable(context.role, kStaging);
  if (staging != nullptr && truth_in(*staging) == true &&
      !is_any_of(*backend, {"mooncake", "nixl"})) {
    cases.push_back({.message = fmt::format("{} is for mooncake and nixl, and the transfer back "
                                            "end is {}: SGLang refuses to start",
                                            kStaging,
                                            *backend),
                     .at = staging->at,
                     .changes = {remove_variable(kStaging)}});
  }
  const DeployedRole* const other = other_half(context);
  if (context.role.kind != RoleKind::kDecode || other == nullptr) return;
  const std::optional<std::string> there = backend_of(*other);
  // decode takes its cache from nowhere with fake, which is how it is tried out alone.
  if (!there || *there == *backend || *there == "fake" || *backend == "fake") return;
  const bool stated = flag(context.role, kBackend) != nullptr && flag(*other, kBackend) != nullptr;
  // What reads a recipe or a graph may add it.
  const DeploymentFormat format = context.deployment.format;
  const bool may_be_added =
      !stated && (format == DeploymentFormat::kSrtSlurm || format == DeploymentFormat::kDynamo);
  RuleCase found{.message = fmt::format(
                     "caches go out by {} and are awaited by {}{}: no request is handed over{}",
                     *there,
                     *backend,
                     stated ? "" : ", mooncake being the default",
                     may_be_added ? ", unless what starts SGLang says the same in both" : ""),
                 .at = place_of_flag(context, kBackend),
                 .changes = {set_flag(kBackend, *there)}};
  if (may_be_added) found.grade = Grade::kWarning;
  cases.push_back(found);
}

/// SGLang #14800: below it prompts go through in pieces too small for the GEMM.
constexpr int kSmallChunk = 1024;

void chunk_whole_instance(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind == RoleKind::kDecode || !role.sizes_known || role.dp < 2) return;
  const auto chunk = flag_number(context.role, "chunked-prefill-size");
  if (!chunk || *chunk <= 0 || !role.chunk || *role.chunk >= kSmallChunk) return;
  // Who says what a rank takes knows the two apart.
  if (flag_number(context.role, "max-prefill-tokens") == *role.chunk) return;
  cases.push_back({.message = fmt::format("chunked-prefill-size {} is of the whole instance, and "
                                          "each of {} ranks runs {} tokens of prompts at once",
                                          *chunk,
                                          role.dp,
                                          *role.chunk),
                   .at = place_of_flag(context, "chunked-prefill-size"),
                   .changes = {set_flag("chunked-prefill-size",
                                        std::max<long long>(*chunk, kSmallChunk) * role.dp)}});
}

/// pd_disaggregation_hook.py@00e1106f.
void extra_slots(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kSlots = "disaggregation-decode-extra-slots";
  constexpr long long kFewRequests = 32;
  const SglangRole role = sglang_role(context.role);
  if (context.role.kind != RoleKind::kDecode || !role.sizes_known) return;
  const auto all = flag_number(context.role, "max-running-requests");
  if (!all || flag(context.role, kSlots) != nullptr) return;
  // Layers with a state of their own keep one for every slot; others keep next to nothing.
  const std::string model = context.model == nullptr ? std::string() : context.model->name;
  const bool states = model.starts_with("qwen3-next") || model.starts_with("qwen3.5") ||
                      model.starts_with("nemotron-3");
  const long long each = *all / context.sizes.dp_or_default();
  if (!states || each < 1 || each > kFewRequests) return;
  cases.push_back(
      {.message = fmt::format(
           "a rank runs {} requests and keeps states of {} more that are being handed over",
           each,
           2 * each),
       .at = place_of_flag(context, "max-running-requests"),
       .advice = fmt::format("--{} with a smaller number, where memory is short", kSlots)});
}

void mooncake_clique(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const forced = variable(context.role, "MC_FORCE_MNNVL");
  if (forced == nullptr || truth_in(*forced) != true || context.role.kind != RoleKind::kDecode) {
    return;
  }
  if (other_half(context) == nullptr || context.deployment.roles_share_nodes) return;
  // Boards have no NVLink between hosts to force, and are served all the same.
  const Machine* const machine = context.machine;
  if (machine == nullptr || !machine->gpus_per_domain || !machine->gpus_per_node ||
      *machine->gpus_per_domain <= *machine->gpus_per_node) {
    return;
  }
  long long gpus = 0;
  for (const DeployedRole& role : context.deployment.roles) {
    if (!role.gpus || !role.instances) return;
    gpus += static_cast<long long>(role.gpus->value) * role.instances->value;
  }
  if (gpus <= *machine->gpus_per_domain) return;
  cases.push_back({.message = fmt::format(
                       "MC_FORCE_MNNVL hands caches over by NVLink, and {} GPUs are more than the "
                       "{} that share it: pairs beyond get empty answers and no error",
                       gpus,
                       *machine->gpus_per_domain),
                   .at = forced->at,
                   .changes = {remove_variable("MC_FORCE_MNNVL")}});
}

constexpr std::string_view kTransferHook =
    "python/sglang/srt/arg_groups/pd_disaggregation_hook.py @00e1106f";

constexpr std::array kTransferRules = {
    DeploymentRule{
        .name = "sgl-pd-decode-radix",
        .grade = Grade::kError,
        .what = "The radix cache of a decode role does not run with drafts, hisparse, the back end "
                "fake or decode context parallelism, and the hierarchical cache not with the last. "
                "SGLang refuses to start. Without its flag decode has no radix cache.",
        .fix = "without --disaggregation-decode-enable-radix-cache",
        .proof = Proof::kRead,
        .source = kTransferHook,
        .versions = "read at the commit",
        .find = pd_decode_radix},
    DeploymentRule{.name = "sgl-pd-dcp-backend",
                   .grade = Grade::kError,
                   .what = "A decode role with decode context parallelism takes its cache by "
                           "mooncake or nixl alone. SGLang refuses to start.",
                   .fix = "--disaggregation-transfer-backend nixl",
                   .proof = Proof::kRead,
                   .source = kTransferHook,
                   .versions = "those with --dcp-size",
                   .find = pd_dcp_backend},
    DeploymentRule{
        .name = "sgl-pd-dcp-transfer",
        .grade = Grade::kError,
        .what = "A cache that decode context parallelism spreads is handed over only by back ends "
                "that are made for it, mooncake and nixl. SGLang raises at start.",
        .fix = "without --dcp-size on prefill, or mooncake or nixl",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/disaggregation/common/conn.py @0094505d (_check_dcp_compat)",
        .versions = "those with --dcp-size",
        .hides = {"sgl-dcp-prefill"},
        .find = pd_dcp_transfer},
    DeploymentRule{
        .name = "sgl-pd-mode-backend",
        .grade = Grade::kError,
        .what = "Both roles hand caches over by the same back end. fake is for decode alone, and "
                "the staging buffer for mooncake and nixl; SGLang refuses others at start.",
        .fix = "the same --disaggregation-transfer-backend in both roles",
        .proof = Proof::kRead,
        .source = kTransferHook,
        .versions = "all with disaggregation",
        .find = pd_mode_backend},
    DeploymentRule{
        .name = "sgl-chunk-whole-instance",
        .grade = Grade::kWarning,
        .what = "With DP attention chunked-prefill-size is of the whole instance: each rank runs "
                "that number over dp-size at once. A number meant for one rank makes chunks "
                "dp-size times too small, and prefill slow.",
        .fix = "--chunked-prefill-size of a rank's chunk times --dp-size",
        .proof = Proof::kRead,
        .source =
            "python/sglang/srt/arg_groups/parallel_hook.py @008b79d2; sgl-project/sglang #14800",
        .versions = "all with DP attention",
        .find = chunk_whole_instance},
    DeploymentRule{
        .name = "sgl-extra-slots",
        .grade = Grade::kAdvice,
        .what =
            "A decode role whose ranks run 32 requests or fewer keeps two more slots for each that "
            "is being handed over. Where layers have states of their own, every slot holds one.",
        .fix = "--disaggregation-decode-extra-slots",
        .proof = Proof::kRead,
        .source = kTransferHook,
        .versions = "read at the commit",
        .find = extra_slots},
    DeploymentRule{
        .name = "sgl-mooncake-clique",
        .grade = Grade::kWarning,
        .what = "MC_FORCE_MNNVL makes mooncake hand caches over by NVLink. Between racks there is "
                "none: nothing fails, and answers come back empty.",
        .fix = "both roles in one rack, or without MC_FORCE_MNNVL",
        .proof = Proof::kThread,
        .source = "ai-dynamo/dynamo recipes/deepseek-v4.1-flash/sglang/disagg-gb200 @0a3b3f5a",
        .versions = "all on GB200 and GB300",
        .find = mooncake_clique}};

}  // namespace

std::span<const DeploymentRule> sglang_transfer_rules() {
  return kTransferRules;
}

}  // namespace wideep
