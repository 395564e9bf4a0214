// Elastic expert parallelism of vLLM.
#include <array>

#include <fmt/format.h>

#include "rules/vllm_role.h"

namespace wideep {
namespace {

void elastic_ep(const RuleContext& context, std::vector<RuleCase>& cases) {
  constexpr std::string_view kElastic = "enable-elastic-ep";
  constexpr std::string_view kPipeline = "pipeline-parallel-size";
  const DeployedRole& role = context.role;
  if (!is_on(role, kElastic)) return;
  const auto add = [&](Place at, std::string_view why, Change change) {
    cases.push_back({.message = fmt::format("elastic expert parallelism {}: vLLM refuses it", why),
                     .at = at,
                     .changes = {std::move(change)}});
  };
  if (switched_off(role, "enable-eplb")) {
    add(place_of_flag(context, kElastic), "needs --enable-eplb", set_flag("enable-eplb"));
  }
  if (vllm_size(role, kPipeline).value_or(1) > 1) {
    add(place_of_flag(context, kPipeline),
        "does not go with pipeline parallelism",
        remove_flag(kElastic));
  }
  if (is_on(role, "data-parallel-hybrid-lb")) {
    add(place_of_flag(context, "data-parallel-hybrid-lb"),
        "does not go with a load balancer per node",
        remove_flag("data-parallel-hybrid-lb"));
  }
  if (asks_for_v2(role) == true) {
    add(place_of_variable(context, kRunnerVariable),
        "is not a part of Model Runner V2, which is asked for",
        remove_variable(kRunnerVariable));
  }
}

constexpr std::array kVllmElasticRules = {DeploymentRule{
    .name = "vllm-elastic-ep",
    .grade = Grade::kError,
    .what = "Elastic expert parallelism moves experts by EPLB. It runs without pipeline "
            "parallelism, without --data-parallel-hybrid-lb and on the older model runner; vLLM "
            "refuses other settings at start.",
    .fix = "--enable-eplb, and none of the others",
    .proof = Proof::kRead,
    .source = "vllm/config/parallel.py @00193b82; vllm/config/vllm.py @000fc94b",
    .versions = "those with --enable-elastic-ep",
    .find = elastic_ep}};

}  // namespace

std::span<const DeploymentRule> vllm_elastic_rules() {
  return kVllmElasticRules;
}

}  // namespace wideep
