// What all engines' all-to-alls ask for.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

/// Experts of a layer in all places, over the ranks that share them.
struct ExpertPlaces {
  int experts = 1;
  int redundant = 0;
  int ranks = 1;

  [[nodiscard]] int left() const { return (experts + redundant) % ranks; }
  /// The fewest redundant experts that leave none.
  [[nodiscard]] int filled() const { return (ranks - experts % ranks) % ranks; }
};

std::string text_of(const ExpertPlaces& places) {
  if (places.redundant == 0) {
    return fmt::format("{} experts do not divide over {} ranks, {} are left",
                       places.experts,
                       places.ranks,
                       places.left());
  }
  return fmt::format("{} experts and {} redundant ones do not divide over {} ranks, {} are left",
                     places.experts,
                     places.redundant,
                     places.ranks,
                     places.left());
}

std::string widths(const ExpertPlaces& places) {
  return fmt::format(
      "a width that divides {}, or {} redundant experts", places.experts, places.filled());
}

void vllm_experts(const RuleContext& context, ExpertPlaces places, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const std::optional<int> redundant = redundant_experts(role);
  if (!redundant) return;
  places.redundant = *redundant;
  if (places.left() == 0) return;
  const bool balanced = is_on(role, "enable-eplb");
  const std::string backend = vllm_all2all(role).value_or("");
  const bool deepep = backend.starts_with("deepep") && exchanges_by(context, backend);
  const bool fused = experts_fused(role);
  // All-gather and reduce-scatter give the first ranks one expert more.
  if (!balanced && !deepep && !fused && !exchanges_by(context, "nixl_ep")) return;
  RuleCase found{.message = fmt::format("{}: {} asserts",
                                        text_of(places),
                                        balanced ? "EPLB"
                                        : deepep ? "DeepEP"
                                        : fused  ? *flag_text(role, "moe-backend")
                                                 : "nixl_ep"),
                 .at = place_of_flag(context, balanced ? "enable-eplb" : "enable-expert-parallel")};
  if (balanced) {
    found.changes = {set_flag("eplb-config.num_redundant_experts", places.filled())};
  } else {
    found.advice = widths(places) + " with --enable-eplb";
  }
  cases.push_back(std::move(found));
}

void sglang_experts(const RuleContext& context, ExpertPlaces places, std::vector<RuleCase>& cases) {
  constexpr std::string_view kRedundant = "ep-num-redundant-experts";
  if (unresolved(context.role, kRedundant)) return;
  const long long redundant = flag_number(context.role, kRedundant).value_or(0);
  constexpr long long kBeyondAnyModel = 1'000'000;
  if (redundant < 0 || redundant > kBeyondAnyModel) return;
  places.redundant = static_cast<int>(redundant);
  if (places.left() == 0) return;
  cases.push_back(
      {.message = text_of(places) + ": SGLang asserts as it builds the model",
       .at = place_of_flag(
           context,
           flag(context.role, kRedundant) != nullptr ? kRedundant : std::string_view("ep-size")),
       .changes = {set_flag(kRedundant, places.filled())}});
}

void trtllm_experts(const RuleContext& context,
                    const ExpertPlaces& places,
                    std::vector<RuleCase>& cases) {
  // With a load balancer its slots are what is divided.
  if (flag(context.role, "moe_config.load_balancer") != nullptr || places.left() == 0) return;
  const std::optional<std::string> forced = variable_text(context.role, "TRTLLM_FORCE_COMM_METHOD");
  const bool takes_it = forced == "NVLINK_ONE_SIDED" || forced == "ALLGATHER";
  if (forced && takes_it) return;
  cases.push_back(
      {.message = forced ? fmt::format("{}, which {} does not take: TensorRT-LLM refuses it",
                                       text_of(places),
                                       *forced)
                         : text_of(places) + ", which NVLINK_ONE_SIDED and ALLGATHER alone take",
       .at = place_of_flag(context, "moe_expert_parallel_size"),
       .advice = fmt::format("a width that divides {}, or a load balancer with num_slots {}",
                             places.experts,
                             places.experts + places.filled()),
       .grade = forced ? Grade::kError : Grade::kWarning});
}

void experts_divide_ep(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (context.model == nullptr || !context.model->experts) return;
  const ExpertPlaces places{.experts = *context.model->experts,
                            .ranks = context.ep_width.value_or(1)};
  if (places.ranks < 2) return;
  switch (context.role.engine) {
    case ServingEngine::kVllm:
      vllm_experts(context, places, cases);
      break;
    case ServingEngine::kSglang:
      sglang_experts(context, places, cases);
      break;
    case ServingEngine::kTrtllm:
      trtllm_experts(context, places, cases);
      break;
  }
}

/// What goes by memory that GPUs share over NVLink, and over how many ranks.
struct OverNvlink {
  std::string name;
  Place at;
  int ranks = 1;
};

std::optional<OverNvlink> over_nvlink(const RuleContext& context) {
  const DeployedRole& role = context.role;
  if (role.engine == ServingEngine::kVllm) {
    const std::string backend = vllm_all2all(role).value_or("");
    if (!backend.starts_with("flashinfer_") || !exchanges_by(context, backend)) return std::nullopt;
    return OverNvlink{backend, place_of_flag(context, kAll2allFlag), *context.ep_width};
  }
  if (role.engine == ServingEngine::kSglang) {
    if (flag_text(role, "dcp-comm-backend") != "fi_a2a" || !context.sizes.dcp) return std::nullopt;
    return OverNvlink{"fi_a2a", place_of_flag(context, "dcp-comm-backend"), *context.sizes.dcp};
  }
  constexpr std::string_view kForced = "TRTLLM_FORCE_COMM_METHOD";
  const std::optional<std::string> method = variable_text(role, kForced);
  if (!method || !method->starts_with("NVLINK_") || !context.ep_width) return std::nullopt;
  return OverNvlink{*method, place_of_variable(context, kForced), *context.ep_width};
}

void flashinfer_needs_mnnvl(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (context.machine == nullptr || !context.machine->gpus_per_domain) return;
  const std::optional<OverNvlink> found = over_nvlink(context);
  const int domain = *context.machine->gpus_per_domain;
  if (!found || found->ranks <= domain) return;
  RuleCase one{.message = fmt::format("{} goes over NVLink, which joins {} GPUs here and not {}",
                                      found->name,
                                      domain,
                                      found->ranks),
               .at = found->at};
  switch (context.role.engine) {
    case ServingEngine::kVllm:
      one.changes = {set_flag(kAll2allFlag,
                              context.role.kind == RoleKind::kPrefill ? "deepep_high_throughput"
                                                                      : "deepep_low_latency")};
      break;
    case ServingEngine::kSglang:
      one.changes = {set_flag("dcp-comm-backend", "a2a")};
      break;
    case ServingEngine::kTrtllm:
      one.changes = {remove_variable("TRTLLM_FORCE_COMM_METHOD")};
      one.grade = Grade::kWarning;
      break;
  }
  cases.push_back(std::move(one));
}

constexpr std::array kSharedRules = {
    DeploymentRule{.name = "experts-divide-ep",
                   .grade = Grade::kError,
                   .what =
                       "Kernels that exchange tokens reckon with as many experts on every rank, "
                       "redundant ones among them, and engines assert it as they build the "
                       "model. In vLLM all-gather and reduce-scatter take any number.",
                   .fix = "(P - E mod P) mod P redundant experts, or a width that divides the "
                          "experts",
                   .proof = Proof::kRead,
                   .source = "deepseek-ai/DeepEP @dd758ca; "
                             "sglang/srt/layers/moe/token_dispatcher/deepep.py @003a81bf; "
                             "tensorrt_llm/_torch/modules/fused_moe/communication/"
                             "communication_factory.py @03c36d62; vllm #52435, #57465",
                   .find = experts_divide_ep},
    DeploymentRule{.name = "flashinfer-a2a-needs-mnnvl",
                   .grade = Grade::kError,
                   .what =
                       "FlashInfer's and TensorRT-LLM's exchanges over NVLink write into memory "
                       "of the other ranks, which all must share one NVLink domain: a board, "
                       "or a rack of NVL72. There is no path between domains.",
                   .fix = "DeepEP or all-gather between domains, or a width within one",
                   .proof = Proof::kRead,
                   .source = "vllm/distributed/device_communicators/all2all.py @00143004; "
                             "tensorrt_llm/_torch/modules/fused_moe/communication/"
                             "nvlink_one_sided.py @010d713e",
                   .find = flashinfer_needs_mnnvl}};

}  // namespace

std::span<const DeploymentRule> shared_rules() {
  return kSharedRules;
}

}  // namespace wideep
