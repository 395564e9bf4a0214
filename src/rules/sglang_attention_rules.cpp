// Kernels of attention in SGLang: where they run, and which pages they take.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

constexpr std::string_view kBoth = "attention-backend";
constexpr std::string_view kPrefill = "prefill-attention-backend";
constexpr std::string_view kDecode = "decode-attention-backend";

bool is_hopper(const RuleContext& context) {
  return context.machine != nullptr && context.machine->architecture == Architecture::kSm90;
}

/// The flag that chooses a back end, or null.
const Setting* chosen(const DeployedRole& role,
                      std::string_view backend,
                      std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const Setting* const found = flag(role, key);
    if (found != nullptr && found->value == backend) return found;
  }
  return nullptr;
}

/// overrides.py@003bbaf9, _mla_kv_cache_dtype_checks.
void trtllm_mla(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const found = chosen(context.role, "trtllm_mla", {kDecode, kBoth});
  if (found == nullptr) return;
  if (is_hopper(context)) {
    cases.push_back({.message = fmt::format(
                         "trtllm_mla runs on Blackwell, and {} is Hopper: SGLang refuses to start",
                         context.machine->name),
                     .at = found->at,
                     .changes = {remove_flag(found->key)}});
  }
  const std::optional<std::string> type = flag_text(context.role, "kv-cache-dtype");
  if (!type || is_any_of(*type, {"fp8_e4m3", "fp4_e2m1", "bf16", "auto"})) return;
  cases.push_back(
      {.message = fmt::format("trtllm_mla takes a kv-cache-dtype of fp8_e4m3, fp4_e2m1, bf16 or "
                              "auto, and it is {}: SGLang refuses to start",
                              *type),
       .at = place_of_flag(context, "kv-cache-dtype"),
       .changes = {set_flag("kv-cache-dtype", type->starts_with("fp8") ? "fp8_e4m3" : "auto")}});
}

/// attention_hook.py@03a70bf3 and speculative_hook.py@004c82e0.
void trtllm_mha(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const prefill = flag(context.role, kPrefill) == nullptr
                                     ? chosen(context.role, "trtllm_mha", {kBoth})
                                     : chosen(context.role, "trtllm_mha", {kPrefill});
  const SglangRole role = sglang_role(context.role);
  const bool spread = is_on(context.role, "enable-prefill-cp") || role.cp > 1;
  if (prefill != nullptr && spread && is_hopper(context)) {
    cases.push_back({.message = fmt::format("trtllm_mha cannot spread prompts over ranks on {}, "
                                            "which is Hopper: SGLang refuses to start",
                                            context.machine->name),
                     .at = prefill->at,
                     .changes = {remove_flag(prefill->key)}});
  }
  const Setting* const any = chosen(context.role, "trtllm_mha", {kPrefill, kDecode, kBoth});
  const long long branches = flag_number(context.role, "speculative-eagle-topk").value_or(1);
  if (any == nullptr || branches <= 1 || !role.algorithm) return;
  cases.push_back({.message = fmt::format("trtllm_mha verifies one branch of drafts, and "
                                          "speculative-eagle-topk is {}: SGLang refuses to start",
                                          branches),
                   .at = place_of_flag(context, "speculative-eagle-topk"),
                   .changes = {set_flag("speculative-eagle-topk", 1)}});
}

struct Pages {
  std::string_view backend;
  std::array<long long, 4> sizes{};  ///< zeros behind them
  bool prefill_too = false;          ///< also where it is the back end of prefill alone
};

void page_size_snap(const RuleContext& context, std::vector<RuleCase>& cases) {
  // overrides.py@003bbaf9, _mla_backend_page_constraints.
  static constexpr std::array kPages = {Pages{"flashmla", {64}},
                                        Pages{"trtllm_mla", {32, 64}},
                                        Pages{"tokenspeed_mla", {32, 64}},
                                        Pages{"cutedsl_mla", {32, 64}, true},
                                        Pages{"trtllm_mha", {16, 32, 64, 128}, true},
                                        Pages{"hpc_ops", {64}, true}};
  constexpr long long kInstead = 64;
  const auto size = flag_number(context.role, "page-size");
  if (!size) return;
  for (const Pages& pages : kPages) {
    const bool there =
        chosen(context.role, pages.backend, {kDecode, kBoth}) != nullptr ||
        (pages.prefill_too && chosen(context.role, pages.backend, {kPrefill}) != nullptr);
    if (!there || std::find(pages.sizes.begin(), pages.sizes.end(), *size) != pages.sizes.end()) {
      continue;
    }
    cases.push_back({.message = fmt::format("{} does not take pages of {}, and SGLang makes them "
                                            "{}: the other role must have them too",
                                            pages.backend,
                                            *size,
                                            kInstead),
                     .at = place_of_flag(context, "page-size"),
                     .changes = {set_flag("page-size", kInstead)}});
    return;
  }
}

/// attention_hook.py@03a70bf3.
void aiter_mem(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kHonor = "SGLANG_AITER_HONOR_EXPLICIT_MEM_FRACTION";
  constexpr long long kLongContext = 8192;
  constexpr double kKept = 0.85;
  const auto length = flag_number(context.role, "context-length");
  const Setting* const fraction = flag(context.role, "mem-fraction-static");
  if (chosen(context.role, "aiter", {kBoth}) == nullptr || fraction == nullptr) return;
  const std::optional<double> stated = fraction_in(*fraction);
  if (!stated || !length || *length <= kLongContext) return;
  if (variable(context.role, kHonor) != nullptr) return;
  cases.push_back({.message = fmt::format("aiter with a context above {} tokens takes {:.3g} of "
                                          "mem-fraction-static {:.3g}, {:.3g}",
                                          kLongContext,
                                          kKept,
                                          *stated,
                                          kKept * *stated),
                   .at = fraction->at,
                   .changes = {set_variable(kHonor, 1)}});
}

/// kv_cache_hook.py@003c5589, handle_kv4_compatibility.
void kv4_backend(const RuleContext& context, std::vector<RuleCase>& cases) {
  const std::string type = flag_text(context.role, "kv-cache-dtype").value_or("");
  const Change eight_bits = set_flag("kv-cache-dtype", "fp8_e4m3");
  if (is_any_of(type, {"nvfp4", "mxfp8"}) && is_hopper(context)) {
    cases.push_back(
        {.message = fmt::format(
             "kv-cache-dtype {} needs Blackwell, and {} is Hopper: SGLang refuses to start",
             type,
             context.machine->name),
         .at = place_of_flag(context, "kv-cache-dtype"),
         .changes = {eight_bits}});
    return;
  }
  if (!is_any_of(type, {"nvfp4", "fp4_mx_block16"})) return;
  if (context.model == nullptr || !context.model->mla || flag(context.role, kPrefill) != nullptr ||
      flag(context.role, kDecode) != nullptr) {
    return;
  }
  const std::string backend = flag_text(context.role, kBoth).value_or("");
  const bool taken =
      *context.model->mla
          ? is_any_of(backend, {"cutlass_mla", "flashinfer", "trtllm_mla"})
          : is_any_of(backend, {"triton", "torch_native", "flex_attention", "trtllm_mha"});
  if (backend.empty() || backend == "fa4" || taken) return;
  cases.push_back(
      {.message = fmt::format(
           "attention-backend {} does not read a cache of {} for {}: SGLang asserts at start",
           backend,
           type,
           context.model->name),
       .at = place_of_flag(context, kBoth),
       .changes = {eight_bits}});
}

constexpr std::array kAttentionRules = {
    DeploymentRule{
        .name = "sgl-trtllm-mla",
        .grade = Grade::kError,
        .what = "The attention back end trtllm_mla runs on Blackwell alone, with a cache of "
                "fp8_e4m3, fp4_e2m1, bf16 or auto. SGLang refuses the rest at start.",
        .fix = "another --attention-backend, or --kv-cache-dtype auto",
        .proof = Proof::kRead,
        .source =
            "python/sglang/srt/arg_groups/overrides.py @003bbaf9 (_mla_kv_cache_dtype_checks)",
        .versions = "read at the commit",
        .find = trtllm_mla},
    DeploymentRule{
        .name = "sgl-trtllm-mha",
        .grade = Grade::kError,
        .what = "The attention back end trtllm_mha spreads prompts over ranks on Blackwell alone, "
                "and verifies drafts of one branch alone. SGLang refuses the rest at start.",
        .fix = "another --attention-backend, or --speculative-eagle-topk 1",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/attention_hook.py @03a70bf3, speculative_hook.py "
                  "@004c82e0",
        .versions = "read at the commits",
        .find = trtllm_mha},
    DeploymentRule{
        .name = "sgl-page-size-snap",
        .grade = Grade::kWarning,
        .what = "Attention back ends take certain page sizes. SGLang changes any other to 64 with "
                "a line in its log; where the other role has another back end, the two then differ "
                "and no request is handed over.",
        .fix = "--page-size 64 in both roles",
        .proof = Proof::kRead,
        .source =
            "python/sglang/srt/arg_groups/overrides.py @003bbaf9 (_mla_backend_page_constraints)",
        .versions = "read at the commit",
        .find = page_size_snap},
    DeploymentRule{.name = "sgl-aiter-mem",
                   .grade = Grade::kAdvice,
                   .what = "With the attention back end aiter and contexts above 8,192 tokens "
                           "SGLang takes 0.85 of mem-fraction-static, also of one that is written.",
                   .fix = "SGLANG_AITER_HONOR_EXPLICIT_MEM_FRACTION=1, or count with it",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/arg_groups/attention_hook.py @03a70bf3",
                   .versions = "all on ROCm; the variable at the commit",
                   .find = aiter_mem},
    DeploymentRule{.name = "sgl-kv4-backend",
                   .grade = Grade::kError,
                   .what = "A cache of nvfp4 or mxfp8 needs Blackwell. One of four bits is read by "
                           "certain attention back ends: cutlass_mla, flashinfer and trtllm_mla "
                           "for MLA; triton, torch_native, flex_attention and trtllm_mha for the "
                           "rest. SGLang refuses others at start.",
                   .fix = "--kv-cache-dtype fp8_e4m3",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/arg_groups/kv_cache_hook.py @003c5589",
                   .versions = "read at the commit",
                   .find = kv4_backend}};

}  // namespace

std::span<const DeploymentRule> sglang_attention_rules() {
  return kAttentionRules;
}

}  // namespace wideep
