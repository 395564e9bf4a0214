// What a prefill and a decode role of SGLang must have in common.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

bool starts_with_one_of(std::string_view name, std::initializer_list<std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [name](std::string_view beginning) {
    return name.starts_with(beginning);
  });
}

/// Models whose cache type and pages SGLang chooses by itself where nothing is said.
bool chooses_cache(const RuleContext& context) {
  return context.model == nullptr ||
         starts_with_one_of(context.model->name, {"deepseek-v3.2", "deepseek-v4", "glm-5"});
}

void same_key(const RuleContext& context,
              const DeployedRole& other,
              std::string_view key,
              std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const Setting* const here = flag(role, key);
  const Setting* const there = flag(other, key);
  if (there == nullptr || !there->value || *there->value == "auto") return;
  if (here != nullptr && !here->value) return;
  const bool unset = here == nullptr || *here->value == "auto";
  // Both say it: told once, at decode.
  if (!unset && (*here->value == *there->value || role.kind == RoleKind::kPrefill)) return;
  RuleCase found{.message = {},
                 .at = here == nullptr ? role.at : here->at,
                 .changes = {set_flag(key, *there->value)}};
  if (!unset) {
    found.message = fmt::format(
        "{} is {} here and {} on {}: decode refuses that prefill server and every request of it "
        "fails",
        key,
        *here->value,
        *there->value,
        name_of(other.kind));
  } else {
    const bool certain = key == "kv-cache-dtype" && !chooses_cache(context);
    found.grade = certain ? Grade::kWarning : Grade::kAdvice;
    found.message = fmt::format(
        "{} is {} on {} and left to SGLang here: every request fails where it chooses another",
        key,
        *there->value,
        name_of(other.kind));
  }
  cases.push_back(found);
}

void pd_page_size(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole* const other = other_half(context);
  if (other == nullptr) return;
  for (const std::string_view key : {"page-size", "kv-cache-dtype"}) {
    same_key(context, *other, key, cases);
  }
}

void pd_tp_mha(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole* const other = other_half(context);
  if (context.role.kind != RoleKind::kDecode || other == nullptr) return;
  const SglangRole decode = sglang_role(context.role);
  const SglangRole prefill = sglang_role(*other);
  if (!decode.sizes_known || !prefill.sizes_known || decode.attn_tp == prefill.attn_tp) return;
  RuleCase found{
      .message = {},
      .at = place_of_flag(context, "tp-size"),
      .advice = fmt::format("--tp-size over --dp-size the same in both roles, {} as on prefill",
                            prefill.attn_tp)};
  const std::string both = fmt::format(
      "{} ranks share attention on decode and {} on prefill", decode.attn_tp, prefill.attn_tp);
  const auto [few, many] = std::minmax(decode.attn_tp, prefill.attn_tp);
  if (many % few != 0) {
    found.message = both + ", and neither divides the other: parts of the cache do not arrive";
  } else if (context.model == nullptr || context.model->mla != false) {
    return;
  } else if (starts_with_one_of(context.model->name, {"gpt-oss", "mimo-v2"})) {
    found.message = fmt::format(
        "{}, and {} has a sliding window: SGLang refuses to hand it over and clients hang",
        both,
        context.model->name);
  } else {
    found.grade = Grade::kWarning;
    found.message =
        fmt::format("{}: without MLA the hand-over is slow, and was seen to fail under load", both);
  }
  cases.push_back(found);
}

void pd_spec_one_side(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole* const other = other_half(context);
  if (context.role.kind != RoleKind::kDecode || other == nullptr) return;
  if (context.model == nullptr || context.model->mla != false) return;
  const SglangRole decode = sglang_role(context.role);
  if (!decode.algorithm || flag(*other, "speculative-algorithm") != nullptr) return;
  cases.push_back(
      {.message = fmt::format("{} on decode alone: without MLA the layers of the draft shift those "
                              "of {} in the hand-over, and releases since 0.5.2 gave wrong answers",
                              *decode.algorithm,
                              context.model->name),
       .at = place_of_flag(context, "speculative-algorithm"),
       .advice = "the same --speculative-* flags on prefill"});
}

/// common/conn.py@0094505d, _resolve_rank_mapping.
void pd_cp_pp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole* const other = other_half(context);
  if (context.role.kind != RoleKind::kDecode) return;
  const SglangRole decode = sglang_role(context.role);
  if (!decode.sizes_known) return;
  if (decode.cp > 1) {
    cases.push_back(
        {.message = fmt::format(
             "decode has attn-cp-size {}: it asserts at the first contact with a prefill server",
             decode.cp),
         .at = place_of_flag(context, "attn-cp-size"),
         .changes = {set_flag("attn-cp-size", 1)}});
  }
  if (other == nullptr || decode.pp == 1) return;
  const SglangRole prefill = sglang_role(*other);
  if (!prefill.sizes_known || prefill.pp == decode.pp) return;
  cases.push_back(
      {.message = fmt::format("decode has pp-size {} and prefill {}: it asserts at the first "
                              "contact, unless decode has 1 or as many",
                              decode.pp,
                              prefill.pp),
       .at = place_of_flag(context, "pp-size"),
       .changes = {set_flag("pp-size", 1),
                   set_flag("tp-size", static_cast<long long>(decode.tp) * decode.pp)}});
}

constexpr std::string_view kPairConn = "python/sglang/srt/disaggregation/common/conn.py @0094505d";

constexpr std::array kPairRules = {
    DeploymentRule{
        .name = "sgl-pd-page-size",
        .grade = Grade::kError,
        .what = "Decode compares page-size and kv-cache-dtype with those of each prefill server "
                "when it first meets it, as they are after every default. Where they differ it "
                "raises, and all requests of that server fail.",
        .fix = "--page-size and --kv-cache-dtype written in both roles",
        .proof = Proof::kRead,
        .source = kPairConn,
        .versions = "all with disaggregation",
        .find = pd_page_size},
    DeploymentRule{.name = "sgl-pd-tp-mha",
                   .grade = Grade::kError,
                   .what = "With MLA every rank has the whole cache, and roles may share attention "
                           "among different numbers of ranks. Without it parts are cut and joined: "
                           "slow, reported to fail under load, and refused for sliding windows. "
                           "Numbers that do not divide one another cannot be mapped.",
                   .fix = "the same --tp-size over --dp-size in both roles",
                   .proof = Proof::kExcerpt,
                   .source = "python/sglang/srt/disaggregation/common/conn.py @0094505d; "
                             "sgl-project/sglang #15674; llm-d/llm-d #2433",
                   .versions = "all with disaggregation",
                   .about = RuleAbout::kAttentionGroups,
                   .find = pd_tp_mha},
    DeploymentRule{
        .name = "sgl-pd-spec-one-side",
        .grade = Grade::kWarning,
        .what = "A decode role with drafts has layers that a prefill role without them has not. "
                "With MLA they are told apart; without it releases from 0.5.2 on wrote keys over "
                "values until it was mended, and the mending fails where all layers are a multiple "
                "of the main ones.",
        .fix = "drafts in both roles",
        .proof = Proof::kThread,
        .source = "sgl-project/sglang #17212; python/sglang/srt/disaggregation/common/conn.py "
                  "@0094505d (get_mha_kv_ptrs_with_pp)",
        .since = EngineVersion{0, 5, 2},
        .find = pd_spec_one_side},
    DeploymentRule{
        .name = "sgl-pd-cp-pp",
        .grade = Grade::kError,
        .what = "A decode role has no context parallelism of prompts, and as many pipeline stages "
                "as prefill or one. It asserts at the first contact with a prefill server.",
        .fix = "--attn-cp-size 1 and --pp-size 1 on decode",
        .proof = Proof::kRead,
        .source = kPairConn,
        .versions = "all with disaggregation",
        .find = pd_cp_pp}};

}  // namespace

std::span<const DeploymentRule> sglang_pair_rules() {
  return kPairRules;
}

}  // namespace wideep
