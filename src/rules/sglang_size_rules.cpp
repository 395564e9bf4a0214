// How SGLang shares GPUs out: tp-size is the whole instance, and the other sizes divide it.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/sglang_role.h"

namespace wideep {
namespace {

/// overrides.py@003bbaf9, _A2A_EP_SPANNING_BACKENDS.
bool spans_all_ranks(std::string_view all2all) {
  return is_any_of(all2all,
                   {"megamoe",
                    "deepep",
                    "deepep_v2",
                    "mooncake",
                    "nixl",
                    "ascend_fuseep",
                    "flashinfer",
                    "flashinfer_megamoe",
                    "mori",
                    "pplx"});
}

int largest_divisor(int number, int most) {
  int divisor = std::max(1, std::min(number, most));
  while (number % divisor != 0) --divisor;
  return divisor;
}

void ep_forced_to_tp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.sizes_known || !role.all2all || !context.sizes.ep) return;
  if (!spans_all_ranks(*role.all2all) || *context.sizes.ep == role.tp) return;
  cases.push_back(
      {.message = fmt::format(
           "{} spreads experts over all {} ranks of tp-size, and the ep-size of {} is not used",
           *role.all2all,
           role.tp,
           *context.sizes.ep),
       .at = place_of_flag(context, "ep-size"),
       .changes = {set_flag("ep-size", role.tp)}});
}

/// tp-size for so many GPUs, and ep-size with it where the two were one number.
std::vector<Change> whole_instance(const RuleContext& context, int tp) {
  std::vector<Change> changes = {set_flag("tp-size", tp)};
  const std::optional<int> ep = context.sizes.ep;
  if (ep && *ep > 1 && ep == context.sizes.tp) changes.push_back(set_flag("ep-size", tp));
  return changes;
}

void tp_is_world(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  const std::optional<int> world = world_of(context.role);
  // Without DP attention dp-size is replicas, and who starts them is not in every file.
  const bool replicas = role.dp == 1 && context.sizes.dp_or_default() > 1;
  if (!role.sizes_known || !context.sizes.tp || !context.role.gpus || !world || replicas) return;
  const int gpus = context.role.gpus->value;
  if (*world == gpus || gpus < 1) return;
  RuleCase found{.message = {}, .at = place_of_flag(context, "tp-size")};
  const std::string sizes = role.pp > 1
                                ? fmt::format("tp-size {} x pp-size {} starts", role.tp, role.pp)
                                : fmt::format("tp-size {} starts", role.tp);
  if (*world < gpus) {
    found.grade = Grade::kWarning;
    found.message =
        fmt::format("{} {} ranks on the {} GPUs of the instance: the other {} stay idle",
                    sizes,
                    *world,
                    gpus,
                    gpus - *world);
    if (role.dp > 1) found.message += fmt::format(", since dp-size {} adds none", role.dp);
  } else {
    found.message =
        fmt::format("{} {} ranks, and the instance has {} GPUs: ranks without one fail at start",
                    sizes,
                    *world,
                    gpus);
  }
  if (gpus % role.pp == 0) {
    found.changes = whole_instance(context, gpus / role.pp);
  } else {
    found.advice = "tp-size x pp-size as many as the instance has GPUs";
  }
  cases.push_back(found);
}

void dp_divides_tp(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.sizes_known || role.tp % role.dp == 0) return;
  RuleCase found{.message = fmt::format("tp-size {} does not divide into dp-size {} groups of DP "
                                        "attention: SGLang asserts at start",
                                        role.tp,
                                        role.dp),
                 .at = place_of_flag(context, "dp-size")};
  const std::optional<Stated<int>>& gpus = context.role.gpus;
  const int whole = gpus && gpus->value % role.pp == 0 ? gpus->value / role.pp : role.dp;
  if (role.dp > role.tp && whole % role.dp == 0) {
    // Written as vLLM has it, where the two multiply.
    found.changes = whole_instance(context, whole);
  } else {
    found.changes = {set_flag("dp-size", largest_divisor(role.tp, role.dp))};
  }
  cases.push_back(found);
}

/// moe_hook.py@003b6ade, handle_a2a_moe.
void dp_without_dp_attention(const RuleContext& context, std::vector<RuleCase>& cases) {
  const SglangRole role = sglang_role(context.role);
  if (!role.sizes_known || !role.all2all) return;
  const bool pplx = *role.all2all == "pplx";
  if (!pplx && !is_any_of(*role.all2all, {"flashinfer", "flashinfer_megamoe"})) return;
  if (flag_number(context.role, "dwdp-size").value_or(1) > 1) return;
  const bool enough = pplx ? role.dp >= 2 : role.dp == role.tp && role.dp > 1;
  if (enough) return;
  const std::string wanted = pplx ? "two ranks of DP attention at least"
                                  : fmt::format("DP attention on all {} ranks", role.tp);
  RuleCase found{
      .message = fmt::format("{} needs {} and has {}: SGLang asserts at start",
                             *role.all2all,
                             wanted,
                             role.dp == 1 ? std::string("none") : std::to_string(role.dp)),
      .at = place_of_flag(context, "moe-a2a-backend")};
  const int ranks = context.sizes.dp_or_default();
  if (role.tp < 2) {
    found.advice = "--enable-dp-attention with --dp-size and --tp-size of 2 and more";
  } else {
    const bool kept = pplx && ranks > 1 && role.tp % ranks == 0;
    if (!kept && ranks != role.tp) found.changes.push_back(set_flag("dp-size", role.tp));
    if (!is_on(context.role, "enable-dp-attention")) {
      found.changes.push_back(set_flag("enable-dp-attention"));
    }
  }
  cases.push_back(found);
}

constexpr std::array kSizeRules = {
    DeploymentRule{
        .name = "sgl-ep-forced-to-tp",
        .grade = Grade::kWarning,
        .what = "With an all-to-all, SGLang spreads the experts over every rank of tp-size. It "
                "sets ep-size to that number, whatever is written, and says so in its log alone.",
        .fix = "--ep-size as --tp-size, or without it",
        .proof = Proof::kRead,
        .source = "python/sglang/srt/arg_groups/overrides.py @003bbaf9 (_a2a_ep_size)",
        .versions = "read at the commit; earlier ones do so in server_args.py",
        .find = ep_forced_to_tp},
    DeploymentRule{.name = "sgl-tp-is-world",
                   .grade = Grade::kError,
                   .what = "SGLang starts tp-size x pp-size ranks. dp-size with DP attention "
                           "divides them and adds none, other than in vLLM, where they multiply. "
                           "More ranks than GPUs fail at start; fewer leave GPUs idle.",
                   .fix = "--tp-size as many as the instance has GPUs, over --pp-size",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/arg_groups/fields/parallel.py @00ac7105 "
                             "(enable_dp_attention), parallel_hook.py @008b79d2",
                   .find = tp_is_world},
    DeploymentRule{
        .name = "sgl-dp-divides-tp",
        .grade = Grade::kError,
        .what = "DP attention gives each of dp-size groups the same number of the tp-size ranks. "
                "SGLang asserts at start that the division comes out.",
        .fix = "--dp-size that divides --tp-size",
        .proof = Proof::kRead,
        .source =
            "python/sglang/srt/arg_groups/parallel_hook.py @008b79d2 (handle_data_parallelism)",
        .versions = "all with DP attention",
        .hides = {"sgl-tp-is-world"},
        .find = dp_divides_tp},
    DeploymentRule{.name = "sgl-dp-without-dp-attention",
                   .grade = Grade::kError,
                   .what = "The all-to-alls flashinfer and flashinfer_megamoe take tokens from "
                           "every rank, so that dp-size must be tp-size with DP attention on; pplx "
                           "takes two groups at least. SGLang asserts at start.",
                   .fix = "--enable-dp-attention with --dp-size as --tp-size",
                   .proof = Proof::kRead,
                   .source = "python/sglang/srt/arg_groups/moe_hook.py @003b6ade (handle_a2a_moe)",
                   .versions = "read at the commit, those with these back ends",
                   .find = dp_without_dp_attention}};

}  // namespace

std::span<const DeploymentRule> sglang_size_rules() {
  return kSizeRules;
}

}  // namespace wideep
