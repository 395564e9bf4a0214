// Load balancing of experts in vLLM, and where they lie.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

constexpr std::string_view kEplbFlag = "enable-eplb";

void eplb_needs(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (!is_on(role, kEplbFlag)) return;
  const std::optional<int> tp = vllm_size(role, "tensor-parallel-size");
  const std::optional<int> pcp = vllm_size(role, kPcpFlag);
  const std::optional<int> dp = vllm_dp(role);
  if (tp == 1 && pcp == 1 && dp == 1) {
    cases.push_back({.message = "there is one rank and nothing to balance: vLLM refuses "
                                "--enable-eplb",
                     .at = place_of_flag(context, kEplbFlag),
                     .changes = {remove_flag(kEplbFlag)}});
  } else if (switched_off(role, "enable-expert-parallel")) {
    cases.push_back({.message = "--enable-eplb balances experts that lie on different ranks: vLLM "
                                "refuses it without --enable-expert-parallel",
                     .at = place_of_flag(context, kEplbFlag),
                     .changes = {set_flag("enable-expert-parallel")}});
  }
}

void redundant_without_eplb(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kRedundant = "eplb-config.num_redundant_experts";
  const std::optional<long long> redundant = flag_number(context.role, kRedundant);
  if (redundant.value_or(0) == 0 || !switched_off(context.role, kEplbFlag)) return;
  cases.push_back(
      {.message = fmt::format("{} redundant experts without --enable-eplb: vLLM refuses "
                              "them",
                              *redundant),
       .at = place_of_flag(context, kRedundant),
       .changes = {set_flag(kEplbFlag)}});
}

void eplb_async_nccl(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kCommunicator = "eplb-config.communicator";
  constexpr std::string_view kAsync = "eplb-config.use_async";
  const std::optional<std::string> communicator = flag_text(context.role, kCommunicator);
  if (communicator != "torch_nccl" && communicator != "pynccl") return;
  if (!lacks(context.role, kAsync) && !is_on(context.role, kAsync)) return;
  cases.push_back({.message = *communicator +
                              " cannot move experts beside the model's own streams, "
                              "and use_async is on" +
                              (lacks(context.role, kAsync) ? " by default" : "") +
                              ": vLLM refuses it",
                   .at = place_of_flag(context, kCommunicator),
                   .changes = {set_flag(kCommunicator, "torch_gloo")}});
}

void eplb_window(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kWindow = "eplb-config.window_size";
  constexpr std::string_view kStep = "eplb-config.step_interval";
  constexpr int kWindowByDefault = 1000;
  constexpr int kStepByDefault = 3000;
  const DeployedRole& role = context.role;
  // The defaults are so themselves; it matters to who set one of them.
  if (!is_on(role, kEplbFlag) || (lacks(role, kWindow) && lacks(role, kStep))) return;
  const std::optional<int> window = vllm_size(role, kWindow, kWindowByDefault);
  const std::optional<int> step = vllm_size(role, kStep, kStepByDefault);
  if (!window || !step || *step <= *window) return;
  cases.push_back(
      {.message = fmt::format("experts are laid out anew every {} steps by the loads of "
                              "the last {} of them alone",
                              *step,
                              *window),
       .at = place_of_flag(context, lacks(role, kStep) ? kWindow : kStep),
       .advice = fmt::format("window_size {}, where there is memory for so many steps, or "
                             "step_interval {}",
                             *step,
                             *window)});
}

/// The value of a key in a text of JSON where it is a string; empty otherwise.
std::string_view string_in_json(std::string_view json, std::string_view key) {
  const std::string quoted = fmt::format("\"{}\"", key);
  std::size_t at = json.find(quoted);
  if (at == std::string_view::npos) return {};
  at = json.find_first_not_of(" \t\n:", at + quoted.size());
  if (at == std::string_view::npos || json[at] != '"') return {};
  const std::size_t end = json.find('"', at + 1);
  return end == std::string_view::npos ? std::string_view{} : json.substr(at + 1, end - at - 1);
}

void eplb_bool_strings(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const all = flag(context.role, "eplb-config");
  if (all == nullptr || !all->value || !all->value->starts_with('{')) return;
  constexpr std::array<std::string_view, 6> kTyped = {"num_redundant_experts",
                                                      "window_size",
                                                      "step_interval",
                                                      "log_balancedness_interval",
                                                      "log_balancedness",
                                                      "use_async"};
  std::string texts;
  for (const std::string_view key : kTyped) {
    const std::string_view text = string_in_json(*all->value, key);
    if (!text.empty()) texts += fmt::format("{}{} \"{}\"", texts.empty() ? "" : ", ", key, text);
  }
  if (texts.empty()) return;
  cases.push_back({.message = "strings stand where EPLB takes numbers and booleans, which vLLM may "
                              "or may not convert: " +
                              texts,
                   .at = all->value_at,
                   .advice = "the same without quotes: 32, false"});
}

void round_robin_placement(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kPlacement = "expert-placement-strategy";
  const DeployedRole& role = context.role;
  if (flag_text(role, kPlacement) != "round_robin") return;
  const std::optional<std::string> backend = vllm_all2all(role);
  const bool batched = backend == "deepep_low_latency" || backend == "nixl_ep";
  std::string why;
  if (is_on(role, kEplbFlag)) {
    why = "EPLB lays them out itself";
  } else if (backend && !batched && vllm_dp(role).value_or(1) > 1 &&
             context.ep_width.value_or(1) > 1) {
    why = *backend + " does not know other layouts";
  }
  if (why.empty()) return;
  cases.push_back({.message = "experts do not lie round robin: " + why +
                              ", and vLLM falls back to "
                              "linear with a warning",
                   .at = place_of_flag(context, kPlacement),
                   .changes = {remove_flag(kPlacement)}});
}

constexpr std::array kVllmBalanceRules = {
    DeploymentRule{.name = "vllm-eplb-needs",
                   .grade = Grade::kError,
                   .what = "Balancing needs experts that lie on different ranks: "
                           "--enable-expert-parallel, and more than one rank of tensor, prefill "
                           "context or data parallelism. vLLM refuses to start otherwise.",
                   .fix = "--enable-expert-parallel",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --enable-eplb",
                   .hides = {"vllm-ep-flag-missing"},
                   .find = eplb_needs},
    DeploymentRule{.name = "vllm-redundant-without-eplb",
                   .grade = Grade::kError,
                   .what = "Redundant experts are places that EPLB fills. vLLM refuses a number of "
                           "them above 0 where EPLB is off.",
                   .fix = "--enable-eplb",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --enable-eplb",
                   .find = redundant_without_eplb},
    DeploymentRule{.name = "vllm-eplb-async-nccl",
                   .grade = Grade::kError,
                   .what = "With use_async, the default, experts move while the model runs. NCCL "
                           "cannot do that on a second stream, and vLLM refuses its communicators "
                           "for it.",
                   .fix = "communicator nixl or torch_gloo, or use_async false",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with a communicator in --eplb-config",
                   .find = eplb_async_nccl},
    DeploymentRule{.name = "vllm-eplb-window",
                   .grade = Grade::kAdvice,
                   .what = "Loads are kept for window_size steps, and experts are laid out anew "
                           "every step_interval steps: what lies before the window is forgotten.",
                   .fix = "window_size as long as step_interval",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --enable-eplb",
                   .find = eplb_window},
    DeploymentRule{.name = "vllm-eplb-bool-strings",
                   .grade = Grade::kAdvice,
                   .what = "Values of --eplb-config are numbers and booleans. In quotes they are "
                           "strings, each of which is true to Python unless it is converted.",
                   .fix = "JSON's own numbers, true and false",
                   .proof = Proof::kDeduced,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --eplb-config",
                   .find = eplb_bool_strings},
    DeploymentRule{.name = "vllm-round-robin-placement",
                   .grade = Grade::kAdvice,
                   .what = "Experts lie round robin with the low-latency kernels and NIXL's alone, "
                           "in models of several expert groups and without EPLB. In other cases "
                           "vLLM warns and lays them out in a row.",
                   .fix = "--expert-placement-strategy linear",
                   .proof = Proof::kExcerpt,
                   .source = "vllm/model_executor/layers/fused_moe, "
                             "determine_expert_placement_strategy",
                   .versions = "those with --expert-placement-strategy",
                   .find = round_robin_placement}};

}  // namespace

std::span<const DeploymentRule> vllm_balance_rules() {
  return kVllmBalanceRules;
}

}  // namespace wideep
