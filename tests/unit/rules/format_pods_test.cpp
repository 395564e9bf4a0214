// Rules of pods, on roles as a reader of manifests would make them.
#include <utility>

#include <doctest/doctest.h>

#include "rules/format_parts.h"

namespace wideep {
namespace {

void set(Settings& settings, const std::string& key, std::string value) {
  Setting setting;
  setting.key = key;
  setting.written = "--" + key;
  setting.value = std::move(value);
  settings.all.push_back(std::move(setting));
}

/// vLLM in so many pods of 8 GPUs, with data parallelism over so many ranks.
DeployedRole pods(int count, int ranks) {
  constexpr int kGpus = 8;
  DeployedRole role{.kind = RoleKind::kDecode, .engine = ServingEngine::kVllm};
  role.nodes = Stated<int>{count};
  role.gpus_per_node = Stated<int>{kGpus};
  role.gpus = Stated<int>{count * kGpus};
  set(role.flags, "data-parallel-size", std::to_string(ranks));
  set(role.flags, "enable-expert-parallel", "true");
  return role;
}

std::vector<RuleCase> cases_of(std::string_view name,
                               const DeployedRole& role,
                               DeploymentFormat format = DeploymentFormat::kKubernetes) {
  const Deployment deployment{.format = format};
  const RuleContext context{.deployment = deployment,
                            .role = role,
                            .sizes = sizes_of(role),
                            .ep_width = ep_width_of(role)};
  std::vector<RuleCase> cases;
  for (const DeploymentRule& rule : format_kubernetes_rules()) {
    if (rule.name == name) rule.find(context, cases);
  }
  return cases;
}

}  // namespace

TEST_SUITE("rules") {
  TEST_CASE("ranks of an instance are the GPUs of its pods") {
    CHECK(cases_of("k8s-group-gpus", pods(2, 16)).empty());
    const auto more = cases_of("k8s-group-gpus", pods(2, 32));
    REQUIRE(more.size() == 1);
    CHECK(more[0].message ==
          "the engine's sizes make 32 ranks, and the pods of an instance have 16 GPUs: ranks wait "
          "for others until they time out");
    REQUIRE(more[0].changes.size() == 1);
    CHECK(more[0].changes[0].value == "16");
    CHECK_FALSE(more[0].grade.has_value());

    const auto fewer = cases_of("k8s-group-gpus", pods(2, 8));
    REQUIRE(fewer.size() == 1);
    CHECK(fewer[0].grade == Grade::kWarning);
  }

  TEST_CASE("ranks of pods are not told where a size is not known, or there are no pods") {
    DeployedRole role = pods(2, 32);
    role.flags.all.front().value = std::nullopt;
    CHECK(cases_of("k8s-group-gpus", role).empty());
    CHECK(cases_of("k8s-group-gpus", pods(2, 32), DeploymentFormat::kSrtSlurm).empty());
    role = pods(2, 32);
    role.gpus = std::nullopt;
    CHECK(cases_of("k8s-group-gpus", role).empty());
    // A pod of a StatefulSet, whose ranks find each other by address.
    role = pods(1, 16);
    role.nodes = std::nullopt;
    CHECK(cases_of("k8s-group-gpus", role).size() == 1);
    set(role.flags, "data-parallel-address", "leader");
    CHECK(cases_of("k8s-group-gpus", role).empty());
  }

  TEST_CASE("local ranks take the GPUs of a pod") {
    DeployedRole role = pods(2, 16);
    CHECK(cases_of("k8s-dp-local", role).empty());
    set(role.flags, "data-parallel-size-local", "8");
    CHECK(cases_of("k8s-dp-local", role).empty());
    set(role.flags, "data-parallel-size-local", "4");
    const auto half = cases_of("k8s-dp-local", role);
    REQUIRE(half.size() == 1);
    CHECK(half[0].message ==
          "4 local ranks of 1 GPU are 4, and a pod has 8: ranks are missing or started twice");
    CHECK(half[0].changes.at(0).value == "8");
    set(role.flags, "tensor-parallel-size", "2");
    CHECK(cases_of("k8s-dp-local", role).empty());
  }

  TEST_CASE("one-sided sends have no kernel for an odd number of experts of a token") {
    DeployedRole role{.kind = RoleKind::kDecode, .engine = ServingEngine::kTrtllm};
    set(role.flags, "tensor_parallel_size", "16");
    set(role.flags, "moe_expert_parallel_size", "16");
    set(role.flags, "enable_attention_dp", "true");
    set(role.environment, "TRTLLM_FORCE_COMM_METHOD", "NVLINK_ONE_SIDED");
    const Deployment deployment;
    ServedModel model{.name = "own", .top_k = 9};
    const RuleContext context{.deployment = deployment,
                              .role = role,
                              .sizes = sizes_of(role),
                              .ep_width = ep_width_of(role),
                              .model = &model};
    const DeploymentRule* const rule = deployment_rule("trt-one-sided-topk");
    REQUIRE(rule != nullptr);
    std::vector<RuleCase> cases;
    rule->find(context, cases);
    REQUIRE(cases.size() == 1);
    CHECK(cases[0].message ==
          "NVLINK_ONE_SIDED is forced, and has no kernel for the 9 experts of own's tokens");
    cases.clear();
    model.top_k = 8;
    rule->find(context, cases);
    CHECK(cases.empty());
  }
}

}  // namespace wideep
