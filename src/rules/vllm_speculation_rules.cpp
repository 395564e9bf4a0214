// Speculative decoding of vLLM.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

/// As speculative-config or its short flag has it; nothing where the draft model tells.
std::optional<std::string> draft_method(const DeployedRole& role) {
  if (auto method = flag_text(role, "speculative-config.method")) return method;
  return flag_text(role, "spec-method");
}

Place place_of_method(const RuleContext& context) {
  const bool inside = flag(context.role, "speculative-config.method") != nullptr;
  return place_of_flag(context, inside ? "speculative-config.method" : "spec-method");
}

void dynamic_sd_dp(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kByBatch = "speculative-config.num_speculative_tokens_per_batch_size";
  const Setting* const by_batch = flag(context.role, kByBatch);
  if (by_batch == nullptr || by_batch->value == "null") return;
  const std::optional<int> dp = vllm_dp(context.role);
  if (dp.value_or(1) > 1) {
    cases.push_back({.message = fmt::format(
                         "drafts by batch size are switched off with {} data-parallel ranks, "
                         "which might draft differently: num_speculative_tokens holds",
                         *dp),
                     .at = place_of_flag(context, kByBatch),
                     .advice = "num_speculative_tokens alone"});
  } else if (dp == 1 && asks_for_v2(context.role) == false) {
    cases.push_back({.message = "with the older model runner, drafts by batch size leave decode "
                                "without full CUDA graphs",
                     .at = place_of_variable(context, kRunnerVariable),
                     .changes = {remove_variable(kRunnerVariable)}});
  }
}

/// vllm/config/speculative.py: methods that draft on the CPU or between two steps.
constexpr std::array<std::string_view, 5> kNotAsync = {
    "ngram", "medusa", "mlp_speculator", "suffix", "custom_class"};

void async_sched_spec(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<std::string> method = draft_method(context.role);
  if (!method || !is_on(context.role, "async-scheduling")) return;
  if (std::find(kNotAsync.begin(), kNotAsync.end(), *method) == kNotAsync.end()) return;
  cases.push_back({.message = "asynchronous scheduling does not go with drafts by " + *method +
                              ": vLLM refuses to start",
                   .at = place_of_flag(context, "async-scheduling"),
                   .changes = {remove_flag("async-scheduling")}});
}

/// vllm/config/vllm.py@000fc94b, _get_v2_model_runner_unsupported_features; models' own names of
/// multi-token prediction are one method, and end so.
bool drafts_with_v2(std::string_view method) {
  constexpr std::array<std::string_view, 5> kWithV2 = {
      "eagle", "eagle3", "dflash", "dspark", "extract_hidden_states"};
  return method.ends_with("mtp") ||
         std::find(kWithV2.begin(), kWithV2.end(), method) != kWithV2.end();
}

std::string not_with_v2(const DeployedRole& role) {
  const std::optional<std::string> method = draft_method(role);
  if (method && !drafts_with_v2(*method)) return "drafts by " + *method;
  const int pipeline = vllm_size(role, "pipeline-parallel-size").value_or(1);
  if (method == "eagle3" && pipeline > 1) return "EAGLE3 with pipeline parallelism";
  const bool sequence = is_on(role, "compilation-config.pass_config.enable_sp");
  const int tp = vllm_size(role, "tensor-parallel-size").value_or(1);
  if (sequence && tp > 1) return "sequence parallelism";
  const bool launcher = flag_text(role, "distributed-executor-backend") == "external_launcher";
  return launcher && pipeline > 1 ? "pipeline parallelism with external_launcher" : "";
}

void v2_runner_spec(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::optional<bool> v2 = asks_for_v2(context.role);
  if (v2 == true) {
    const std::string what = not_with_v2(context.role);
    if (what.empty()) return;
    cases.push_back({.message = "Model Runner V2 does not do " + what + ": vLLM refuses to start",
                     .at = place_of_variable(context, kRunnerVariable),
                     .changes = {remove_variable(kRunnerVariable)}});
  } else if (v2 == false && draft_method(context.role) == "dspark") {
    cases.push_back({.message =
                         "drafts by dspark need Model Runner V2, which is switched off here: "
                         "vLLM refuses to start",
                     .at = place_of_method(context),
                     .changes = {remove_variable(kRunnerVariable)}});
  }
}

constexpr std::array kVllmSpeculationRules = {
    DeploymentRule{.name = "vllm-dynamic-sd-dp",
                   .grade = Grade::kWarning,
                   .what = "Ranks of data parallelism must take equal steps, which they would not "
                           "where each drafts by its own batch. vLLM goes back to one number of "
                           "draft tokens, with a warning.",
                   .fix = "num_speculative_tokens alone",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with num_speculative_tokens_per_batch_size",
                   .find = dynamic_sd_dp},
    DeploymentRule{.name = "vllm-async-sched-spec",
                   .grade = Grade::kError,
                   .what = "Asynchronous scheduling plans a step before the last one's tokens are "
                           "there, which some ways to draft need. vLLM turns it off for them, and "
                           "refuses to start where it is asked for.",
                   .fix = "no --async-scheduling",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with --async-scheduling",
                   .find = async_sched_spec},
    DeploymentRule{.name = "vllm-v2-runner-spec",
                   .grade = Grade::kError,
                   .what = "Either model runner does things that the other does not. Where nothing "
                           "is said vLLM takes the one that fits; where a runner is asked for that "
                           "does not, it refuses to start.",
                   .fix = "no VLLM_USE_V2_MODEL_RUNNER",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those with VLLM_USE_V2_MODEL_RUNNER, as of September 2026",
                   .find = v2_runner_spec}};

}  // namespace

std::span<const DeploymentRule> vllm_speculation_rules() {
  return kVllmSpeculationRules;
}

}  // namespace wideep
