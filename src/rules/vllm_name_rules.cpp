// Names that vLLM, or what starts it, does not know any longer.
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

/// A variable that was removed.
struct GoneVariable {
  std::string_view name;
  EngineVersion since;
  std::string_view instead;  ///< of it, what happens
};

constexpr std::array kGoneVariables = {
    GoneVariable{"VLLM_MOE_DP_CHUNK_SIZE",
                 {0, 20, 0},
                 "a rank dispatches up to --max-num-batched-tokens at once"},
    GoneVariable{"VLLM_ENABLE_MOE_DP_CHUNK",
                 {0, 20, 0},
                 "a rank dispatches up to --max-num-batched-tokens at once"},
    GoneVariable{"VLLM_FUSED_MOE_CHUNK_SIZE", {0, 17, 0}, "experts take all tokens of a step"},
    GoneVariable{"VLLM_ENABLE_FUSED_MOE_ACTIVATION_CHUNKING",
                 {0, 17, 0},
                 "experts take all tokens of a step"}};

void dead_chunk_env(const RuleContext& context, std::vector<RuleCase>& cases) {
  for (const GoneVariable& gone : kGoneVariables) {
    const Setting* const set = variable(context.role, gone.name);
    if (set == nullptr || is_before(context, gone.since)) continue;
    RuleCase found{.message = fmt::format("{} is no longer read: {}", gone.name, gone.instead),
                   .at = set->at,
                   .changes = {remove_variable(gone.name)}};
    if (gone.since == kGoneVariables.front().since && context.sizes.capacity) {
      found.message += fmt::format(", here {}", *context.sizes.capacity);
    }
    cases.push_back(std::move(found));
  }
}

/// A flag that became a key of --eplb-config.
struct EplbFlag {
  std::string_view flag;
  std::string_view key;
};

constexpr std::array kEplbFlags = {EplbFlag{"num-redundant-experts", "num_redundant_experts"},
                                   EplbFlag{"eplb-window-size", "window_size"},
                                   EplbFlag{"eplb-step-interval", "step_interval"},
                                   EplbFlag{"eplb-log-balancedness", "log_balancedness"}};

void old_eplb_flags(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  std::string names;
  std::string json;
  RuleCase found;
  const bool there = flag(role, "eplb-config") != nullptr;
  for (const EplbFlag& old : kEplbFlags) {
    const Setting* const set = flag(role, old.flag);
    if (set == nullptr) continue;
    if (names.empty()) found.at = set->at;
    names += fmt::format("{}--{}", names.empty() ? "" : ", ", old.flag);
    found.changes.push_back(remove_flag(old.flag));
    const std::string value = set->value.value_or("");
    // A JSON object that is there takes keys one by one.
    if (there && !value.empty()) {
      found.changes.push_back(set_flag(fmt::format("eplb-config.{}", old.key), value));
    }
    json += fmt::format("{}\"{}\": {}", json.empty() ? "" : ", ", old.key, value);
    if (value.empty()) found.advice = "the same as keys of --eplb-config";
  }
  if (names.empty()) return;
  if (!found.advice.empty()) found.changes.clear();
  if (!there && found.advice.empty()) {
    found.changes.push_back(set_flag("eplb-config", fmt::format("{{{}}}", json)));
  }
  found.message = fmt::format("vLLM no longer has {} and stops at its command line", names);
  cases.push_back(std::move(found));
}

void enable_microbatching(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kOld = "enable-microbatching";
  if (flag(context.role, kOld) == nullptr) return;
  RuleCase found{.message =
                     "vLLM has no --enable-microbatching and stops at its command line; it became "
                     "--enable-dbo",
                 .at = place_of_flag(context, kOld),
                 .changes = {remove_flag(kOld)}};
  if (is_on(context.role, kOld)) found.changes.push_back(set_flag("enable-dbo"));
  cases.push_back(std::move(found));
}

void interleave_name(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kOld = "dcp-kv-cache-interleave-size";
  constexpr std::string_view kNew = "cp-kv-cache-interleave-size";
  const std::optional<long long> size = flag_number(context.role, kOld);
  if (!size) return;
  const std::optional<long long> stated = flag_number(context.role, kNew);
  const bool overrides = *size > 1 && stated && *stated != *size;
  cases.push_back({.message = overrides ? fmt::format("the old dcp-kv-cache-interleave-size of {} "
                                                      "holds, not the {} of its new name",
                                                      *size,
                                                      *stated)
                                        : "dcp-kv-cache-interleave-size is to go; its new name is "
                                          "cp-kv-cache-interleave-size",
                   .at = place_of_flag(context, kOld),
                   .changes = {remove_flag(kOld), set_flag(kNew, *size)}});
}

constexpr std::array kVllmNameRules = {
    DeploymentRule{.name = "vllm-dead-chunk-env",
                   .grade = Grade::kWarning,
                   .what = "Steps are no longer dispatched in chunks of their own size, nor are "
                           "experts computed in such: the variables that set it have no effect, "
                           "and kernels make their buffers for all that a rank may batch.",
                   .fix = "--max-num-batched-tokens",
                   .proof = Proof::kThread,
                   .source = "vllm #39107, #34086",
                   .since = EngineVersion{0, 17, 0},
                   .versions = "chunks of dispatch from 0.20 on",
                   .find = dead_chunk_env},
    DeploymentRule{.name = "vllm-old-eplb-flags",
                   .grade = Grade::kError,
                   .what = "The flags of EPLB became keys of --eplb-config and were removed. vLLM "
                           "stops at its command line where it meets one.",
                   .fix = "--eplb-config '{\"num_redundant_experts\": 32}'",
                   .proof = Proof::kExcerpt,
                   .source = "vllm/engine/arg_utils.py; vllm/config/parallel.py @00193b82",
                   .since = EngineVersion{0, 12, 0},
                   .find = old_eplb_flags},
    DeploymentRule{.name = "vllm-enable-microbatching",
                   .grade = Grade::kError,
                   .what =
                       "Dual-batch overlap had this name before it was merged. vLLM stops at its "
                       "command line where it meets it.",
                   .fix = "--enable-dbo",
                   .proof = Proof::kDeduced,
                   .source = "vllm/config/parallel.py @00193b82; vllm #24117",
                   .find = enable_microbatching},
    DeploymentRule{.name = "vllm-interleave-name",
                   .grade = Grade::kAdvice,
                   .what = "cp-kv-cache-interleave-size is the name that stays. The old one still "
                           "counts above it where it is larger than 1.",
                   .fix = "--cp-kv-cache-interleave-size",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82; vllm/config/vllm.py @000fc94b",
                   .versions = "those with --cp-kv-cache-interleave-size",
                   .find = interleave_name}};

}  // namespace

std::span<const DeploymentRule> vllm_name_rules() {
  return kVllmNameRules;
}

}  // namespace wideep
