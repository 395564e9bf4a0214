// Tokens of one rank that a decode step of SGLang sends, against what its dispatch is made for.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

constexpr std::string_view kLowLatency = "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK";

/// environ.py.
constexpr int kDefaultTokens = 128;

/// deepep.py@003a81bf, from DeepEP's internode_ll.cu: counts of one rank end at this tag.
constexpr int kMostTokens = 1024;

/// kv_cache_configurator.py, resolve_max_num_reqs: requests of a rank where nothing is said.
constexpr int kDefaultPool = 2048;

int over(int number, int parts) {
  return (number + parts - 1) / parts;
}

/// Whether a role's decode steps go through DeepEP's low-latency kernels.
bool decodes_by_low_latency(const RuleContext& context, const SglangRole& role) {
  if (!role.sizes_known || !role.all2all || *role.all2all != "deepep") return false;
  if (unresolved(context.role, "deepep-mode")) return false;
  return context.role.kind != RoleKind::kPrefill &&
         flag_text(context.role, "deepep-mode") != "normal";
}

/// Tokens of a rank over those that share attention, which send a part each.
int sent(const SglangRole& role, int requests) {
  return over(requests * *role.tokens_per_request, role.attn_tp);
}

std::vector<Change> changes_for(const SglangRole& role, int needed) {
  if (needed <= kMostTokens) return {set_variable(kLowLatency, needed)};
  const int requests = kMostTokens * role.attn_tp / *role.tokens_per_request;
  std::vector<Change> changes = {
      set_variable(kLowLatency, kMostTokens),
      set_flag("max-running-requests", static_cast<long long>(requests) * role.dp)};
  return changes;
}

/// "128 requests of one rank with 4 tokens each are 512 tokens".
std::string sends(const SglangRole& role, int requests) {
  const int each = *role.tokens_per_request;
  const std::string with = each > 1 ? fmt::format(" with {} tokens each", each) : "";
  if (role.attn_tp == 1) {
    return fmt::format(
        "{} requests of one rank{} are {} tokens", requests, with, sent(role, requests));
  }
  return fmt::format("{} requests of {} ranks that share attention{} are {} tokens of each",
                     requests,
                     role.attn_tp,
                     with,
                     sent(role, requests));
}

/// Prompts through kernels that are made for decode.
void prefill_by_low_latency(const RuleContext& context,
                            const SglangRole& role,
                            int capacity,
                            std::vector<RuleCase>& cases) {
  if (context.role.kind == RoleKind::kDecode || !role.chunk || *role.chunk == 0) return;
  if (flag_text(context.role, "deepep-mode") != "low_latency") return;
  const int tokens = over(*role.chunk, role.attn_tp);
  if (tokens <= capacity) return;
  const bool cutedsl = role.runner == "flashinfer_cutedsl";
  RuleCase found{.message = fmt::format("prefill sends {} tokens of one rank at once, above the {} "
                                        "that low-latency dispatch is made for: the kernel asserts",
                                        tokens,
                                        capacity),
                 .at = place_of_flag(context, "deepep-mode")};
  if (cutedsl) {
    found.changes = {set_flag("chunked-prefill-size",
                              static_cast<long long>(capacity) * role.attn_tp * role.dp)};
  } else {
    const bool prefill = context.role.kind == RoleKind::kPrefill;
    found.changes = {set_flag("deepep-mode", prefill ? "normal" : "auto")};
  }
  cases.push_back(found);
}

/// What a step sends at most, and what says so.
struct Step {
  int requests = 0;  ///< of the largest graph, or of the pool where that is smaller
  int pool = 0;      ///< of the pool, which steps without a graph may reach
  const Setting* at = nullptr;
};

std::optional<Step> step_of(const RuleContext& context, const SglangRole& role) {
  if (!role.tokens_per_request || unresolved(context.role, "max-running-requests")) return {};
  if (role.graph_at != nullptr && !role.graph) return {};
  if (!role.pool && !role.graph) return {};
  const bool graphs = role.graph && !role.graphs_off;
  Step step{.requests = role.pool.value_or(kDefaultPool),
            .pool = role.pool.value_or(0),
            .at = flag(context.role, "max-running-requests")};
  if (graphs && *role.graph < step.requests) {
    step.requests = *role.graph;
    step.at = role.graph_at;
  }
  return step;
}

/// srt-slurm #42 and #44: tuning runs a step of the whole pool, whatever graphs are captured.
bool tunes(const RuleContext& context, const SglangRole& role) {
  return role.runner == "flashinfer_cutedsl" &&
         flag(context.role, "disable-flashinfer-autotune") == nullptr;
}

void ll_capacity(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  const std::optional<int> capacity = sglang_capacity(context.role, kLowLatency, kDefaultTokens);
  if (!role.sizes_known || role.all2all != "deepep" || !capacity) return;
  prefill_by_low_latency(context, role, *capacity, cases);
  const std::optional<Step> step = step_of(context, role);
  if (!decodes_by_low_latency(context, role) || !step) return;
  const bool stated = variable(context.role, kLowLatency) != nullptr;
  const auto offered = offered_per_rank(context, role.dp);
  const bool is_spared = offered && *offered <= step->requests;
  const std::string made =
      fmt::format("the {} that dispatch is made for{}", *capacity, stated ? "" : ", the default");
  const Place at = stated                ? place_of_variable(context, kLowLatency)
                   : step->at != nullptr ? step->at->at
                                         : context.role.at;
  if (sent(role, step->requests) > *capacity) {
    cases.push_back({.message = fmt::format(
                         "{}, above {}: the kernel asserts", sends(role, step->requests), made),
                     .at = at,
                     .changes = changes_for(role, sent(role, step->requests))});
  } else if (sent(role, step->pool) > *capacity && !tunes(context, role) && !is_spared) {
    cases.push_back({.message = fmt::format("graphs end at {} requests, but more may run: {}, "
                                            "above {}, and the kernel asserts when they do",
                                            step->requests,
                                            sends(role, step->pool),
                                            made),
                     .at = at,
                     .changes = changes_for(role, sent(role, step->pool)),
                     .grade = Grade::kWarning});
  }
}

void ll_capacity_autotune(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  const std::optional<int> capacity = sglang_capacity(context.role, kLowLatency, kDefaultTokens);
  if (!decodes_by_low_latency(context, role) || !capacity || !role.pool) return;
  if (!tunes(context, role) || !role.tokens_per_request) return;
  const int each = *role.tokens_per_request;
  const std::optional<Step> step = step_of(context, role);
  if (!step || sent(role, step->requests) > *capacity || sent(role, *role.pool) <= *capacity) {
    return;
  }
  cases.push_back(
      {.message = fmt::format("tuning at start runs all requests that fit: {}, above the {} that "
                              "dispatch is made for, and the kernel asserts",
                              sends(role, *role.pool),
                              *capacity),
       .at = place_of_flag(context, "moe-runner-backend"),
       .changes = {set_flag("max-running-requests",
                            static_cast<long long>(*capacity) * role.attn_tp / each * role.dp)}});
}

void ll_capacity_1024(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  const std::optional<int> capacity = sglang_capacity(context.role, kLowLatency, 0);
  if (role.all2all != "deepep" || !capacity || *capacity <= kMostTokens) return;
  RuleCase found{.message = fmt::format("dispatch for {} tokens per rank is above the {} that "
                                        "low-latency kernels can count: SGLang asserts at start",
                                        *capacity,
                                        kMostTokens),
                 .at = place_of_variable(context, kLowLatency),
                 .changes = {set_variable(kLowLatency, kMostTokens)}};
  if (context.machine != nullptr && context.machine->name.starts_with("gb")) {
    found.grade = Grade::kWarning;
    found.message += ", unless its DeepEP is the fork for NVL72";
  }
  cases.push_back(found);
}

constexpr std::array kCapacityRules = {
    DeploymentRule{
        .name = "sgl-ll-capacity",
        .grade = Grade::kError,
        .what = "DeepEP's low-latency dispatch is made for so many tokens of each rank, 128 unless "
                "its variable says otherwise. A rank sends its requests times the tokens that each "
                "has verified: as many as max-running-requests over dp-size, or as the largest "
                "graph where that is smaller. Above it the kernel asserts in warm-up, capture or "
                "under load; SGLang does not check it at start.",
        .fix = "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK for what a rank sends, or fewer "
               "requests",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/layers/moe/token_dispatcher/deepep.py @003a81bf; "
                  "deepseek-ai/DeepEP csrc/legacy/buffer.hpp @dd758ca; sgl-project/sglang #14171",
        .versions = "all with deepep",
        .hides = {"pd-prefill-only-keys"},
        .find = ll_capacity},
    DeploymentRule{
        .name = "sgl-ll-capacity-autotune",
        .grade = Grade::kWarning,
        .what = "Tuning of FlashInfer's kernels at start runs one step of all requests that a rank "
                "has room for, even where graphs and load stay below it. That step goes through "
                "low-latency dispatch and fails where it is made for fewer tokens.",
        .fix = "fewer --max-running-requests",
        .proof = Proof::kThread,
        .source = "NVIDIA/srt-slurm #42, #44; sgl-project/sglang #12306",
        .versions = "those with flashinfer_cutedsl",
        .find = ll_capacity_autotune},
    DeploymentRule{.name = "sgl-ll-capacity-1024",
                   .grade = Grade::kError,
                   .what = "Low-latency kernels mark the end of a rank's tokens with 1,024, so "
                           "that dispatch can be made for no more. SGLang asserts it when the "
                           "first layer is built, in normal mode too.",
                   .fix = "SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK of 1024 at most",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/layers/moe/token_dispatcher/deepep.py @003a81bf",
                   .versions = "read at the commit; forks for NVL72 run more",
                   .find = ll_capacity_1024}};

}  // namespace

std::span<const DeploymentRule> sglang_capacity_rules() {
  return kCapacityRules;
}

}  // namespace wideep
