// Dual-batch overlap of vLLM beside other settings.
#include <array>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

void dbo_sms_idle(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kVariable = "VLLM_DBO_COMM_SMS";
  if (variable(context.role, kVariable) == nullptr) return;
  const std::optional<std::string> backend = vllm_all2all(context.role);
  if (!backend) return;
  const bool batched = *backend == "deepep_low_latency" || *backend == "nixl_ep";
  if (!batched && !(*backend == "deepep_high_throughput" && on_rocm(context))) return;
  cases.push_back({.message = batched ? *backend + " takes no SMs to communicate: "
                                                   "VLLM_DBO_COMM_SMS has no effect"
                                      : "on ROCm no compute units are set aside: "
                                        "VLLM_DBO_COMM_SMS has no effect",
                   .at = place_of_variable(context, kVariable),
                   .changes = {remove_variable(kVariable)}});
}

void dbo_mega(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!is_on(context.role, "enable-dbo") || !experts_fused(context.role)) return;
  cases.push_back({.message = *flag_text(context.role, "moe-backend") +
                              " overlaps within its kernel, and vLLM does not run dual-batch "
                              "overlap with it",
                   .at = place_of_flag(context, "enable-dbo"),
                   .changes = {remove_flag("enable-dbo")}});
}

void rocm_dbo_async(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (!on_rocm(context) || !is_on(role, "enable-dbo")) return;
  if (!is_on(role, "async-scheduling")) return;
  if (vllm_all2all(role) != "deepep_high_throughput") return;
  cases.push_back({.message =
                       "on ROCm, asynchronous scheduling does not go with dual-batch overlap "
                       "over deepep_high_throughput: vLLM refuses to start",
                   .at = place_of_flag(context, "async-scheduling"),
                   .changes = {remove_flag("async-scheduling")}});
}

constexpr std::array kVllmDboRules = {
    DeploymentRule{.name = "vllm-dbo-sms-idle",
                   .grade = Grade::kAdvice,
                   .what = "VLLM_DBO_COMM_SMS sets SMs aside for kernels that communicate with "
                           "them. The low-latency ones and NIXL's use none, and on ROCm none are "
                           "set aside.",
                   .fix = "no VLLM_DBO_COMM_SMS",
                   .proof = Proof::kRead,
                   .source = "vllm/v1/worker/ubatch_utils.py @015d6f9d; "
                             "vllm/distributed/device_communicators/all2all.py @00143004",
                   .versions = "those with VLLM_DBO_COMM_SMS",
                   .find = dbo_sms_idle},
    DeploymentRule{.name = "vllm-dbo-mega",
                   .grade = Grade::kWarning,
                   .what =
                       "A kernel that does the exchange and the experts in one hides one behind "
                       "the other by itself. Dual-batch overlap stops with an error beside it.",
                   .fix = "no --enable-dbo",
                   .proof = Proof::kThread,
                   .source = "vllm #52705",
                   .versions = "those with --moe-backend deep_gemm_mega_moe",
                   .find = dbo_mega},
    DeploymentRule{.name = "rocm-dbo-async",
                   .grade = Grade::kError,
                   .what =
                       "On ROCm, dual-batch overlap over DeepEP's high-throughput kernels gives "
                       "wrong results under asynchronous scheduling. vLLM turns the latter off, "
                       "and refuses to start where it is asked for.",
                   .fix = "--no-async-scheduling",
                   .proof = Proof::kRead,
                   .source = "vllm/config/vllm.py @000fc94b",
                   .versions = "those that name it",
                   .find = rocm_dbo_async}};

}  // namespace

std::span<const DeploymentRule> vllm_dbo_rules() {
  return kVllmDboRules;
}

}  // namespace wideep
