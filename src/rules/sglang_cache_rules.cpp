// Caches of SGLang beyond GPU memory.
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

constexpr std::string_view kOffload = "disaggregation-decode-enable-offload-kvcache";

void offload(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!is_on(context.role, kOffload)) return;
  if (context.role.kind != RoleKind::kDecode) {
    if (!context.role.kind_stated) return;
    cases.push_back(
        {.message = fmt::format("{} is for decode, and this is {}: SGLang refuses to start",
                                kOffload,
                                name_of(context.role.kind)),
         .at = place_of_flag(context, kOffload),
         .changes = {remove_flag(kOffload)}});
  } else if (flag(context.role, "hicache-storage-backend") == nullptr) {
    cases.push_back(
        {.message = fmt::format(
             "{} has no hicache-storage-backend to put caches in: SGLang refuses to start",
             kOffload),
         .at = place_of_flag(context, kOffload),
         .advice = "--hicache-storage-backend, or without offloading"});
  }
}

/// kv_cache_hook.py@003c5589, handle_cache_compatibility.
void hicache_radix(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kRatio = "swa-full-tokens-ratio";
  if (is_on(context.role, "enable-hierarchical-cache") &&
      is_on(context.role, "disable-radix-cache")) {
    cases.push_back({.message = "the hierarchical cache extends the radix cache, and "
                                "disable-radix-cache is set: SGLang refuses to start",
                     .at = place_of_flag(context, "disable-radix-cache"),
                     .changes = {remove_flag("disable-radix-cache")}});
  }
  const Setting* const ratio = flag(context.role, kRatio);
  const std::optional<double> share = ratio == nullptr ? std::nullopt : fraction_in(*ratio);
  if (share && !(*share > 0.0 && *share <= 1.0)) {
    cases.push_back(
        {.message = fmt::format(
             "{} {:.4g} is not above 0 and at most 1: SGLang refuses to start", kRatio, *share),
         .at = ratio->at,
         .changes = {remove_flag(kRatio)}});
  }
  offload(context, cases);
}

constexpr std::array kCacheRules = {DeploymentRule{
    .name = "sgl-hicache-radix",
    .grade = Grade::kError,
    .what = "The hierarchical cache is a part of the radix cache and needs it. The tokens of "
            "sliding windows are a share of the others, above 0 and at most 1. Offloading on "
            "decode is for decode, with a store behind it. SGLang refuses the rest at start.",
    .fix = "without --disable-radix-cache",
    .proof = Proof::kRead,
    .source = "python/sglang/srt/arg_groups/kv_cache_hook.py @003c5589",
    .versions = "read at the commit",
    .find = hicache_radix}};

}  // namespace

std::span<const DeploymentRule> sglang_cache_rules() {
  return kCacheRules;
}

}  // namespace wideep
