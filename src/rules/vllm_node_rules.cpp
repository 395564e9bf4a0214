// What a process of vLLM starts on a node, where nothing but its own flags says so.
#include <array>

#include <fmt/format.h>

#include "rules/findings.h"
#include "rules/vllm_role.h"

namespace wideep {
namespace {

/// srtctl counts nodes and ranks by itself and drops what a recipe says of them.
bool derived_by_launcher(const RuleContext& context) {
  return context.deployment.format == DeploymentFormat::kSrtSlurm;
}

void dp_local_range(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const std::optional<int> dp = vllm_dp(role);
  if (!dp || derived_by_launcher(context)) return;
  const std::optional<long long> local = flag_number(role, "data-parallel-size-local");
  const std::optional<long long> start = flag_number(role, "data-parallel-start-rank");
  const std::optional<long long> rank = flag_number(role, "data-parallel-rank");
  const auto add = [&](std::string_view key, std::string message, std::string advice) {
    cases.push_back({.message = std::move(message),
                     .at = place_of_flag(context, key),
                     .advice = std::move(advice)});
  };
  if (local && *local > *dp) {
    add("data-parallel-size-local",
        fmt::format("{} ranks here are more than the {} of --data-parallel-size: vLLM refuses them",
                    *local,
                    *dp),
        fmt::format("--data-parallel-size {}, or fewer ranks here", *local));
  } else if (local && start && *start + *local > *dp) {
    add("data-parallel-start-rank",
        fmt::format("ranks {} to {} are not among 0 to {}: vLLM refuses them",
                    *start,
                    *start + *local - 1,
                    *dp - 1),
        fmt::format("--data-parallel-size {}, or a smaller start", *start + *local));
  }
  if (rank && *rank >= *dp) {
    add("data-parallel-rank",
        fmt::format("rank {} is not among 0 to {}: vLLM refuses it", *rank, *dp - 1),
        "ranks from 0 to one below --data-parallel-size");
  } else if (is_on(role, "data-parallel-external-lb") && *dp == 1) {
    add("data-parallel-external-lb",
        "--data-parallel-external-lb with one data-parallel rank: vLLM refuses it",
        "--data-parallel-size above 1, or no --data-parallel-external-lb");
  }
}

void fits_one_node(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const std::optional<int> tp = vllm_size(role, "tensor-parallel-size");
  const std::optional<int> pp = vllm_size(role, "pipeline-parallel-size");
  const std::optional<int> pcp = vllm_size(role, kPcpFlag);
  const std::optional<int> gpus = node_gpus(context);
  if (!tp || !pp || !pcp || !gpus || derived_by_launcher(context)) return;
  // Its operator adds nodes and their ranks.
  if (context.deployment.format == DeploymentFormat::kDynamo) return;
  const long long world = 1LL * *tp * *pp * *pcp;
  const bool elsewhere = !lacks(role, "nnodes") || !lacks(role, "distributed-executor-backend") ||
                         !lacks(role, "data-parallel-backend");
  if (world <= *gpus || elsewhere) return;
  cases.push_back(
      {.message = fmt::format("one replica takes {} GPUs and a node has {}: vLLM refuses it unless "
                              "it is told of more nodes",
                              world,
                              *gpus),
       .at = place_of_flag(context, "tensor-parallel-size"),
       .advice = "--nnodes and --node-rank on every node, or --distributed-executor-backend ray"});
}

/// Dynamo's own flags of earlier versions of it.
void dynamo_connector_flag(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  constexpr EngineVersion kGone{1, 0, 0};
  if (context.deployment.format != DeploymentFormat::kDynamo) return;
  std::optional<EngineVersion> dynamo;
  if (role.container && is_dynamo_image(role.container->value)) {
    dynamo = version_in(role.container->value);
  }
  if (dynamo && *dynamo < kGone) return;
  const std::optional<Grade> grade = dynamo ? std::nullopt : std::optional(Grade::kWarning);
  if (const Setting* const connector = flag(role, "connector"); connector != nullptr) {
    RuleCase found{.message = "Dynamo 1.0 and later have no --connector for vLLM and stop at it",
                   .at = connector->at,
                   .grade = grade};
    if (connector->value == "nixl") {
      found.changes = {remove_flag("connector"),
                       set_flag("kv-transfer-config",
                                R"({"kv_connector": "NixlConnector", "kv_role": "kv_both"})")};
    } else {
      found.advice = "the connector as --kv-transfer-config";
    }
    cases.push_back(std::move(found));
  }
  if (const Setting* const prefill = flag(role, "is-prefill-worker"); prefill != nullptr) {
    cases.push_back(
        {.message = "--is-prefill-worker gave way to --disaggregation-mode prefill",
         .at = prefill->at,
         .changes = {remove_flag("is-prefill-worker"), set_flag("disaggregation-mode", "prefill")},
         .grade = Grade::kWarning});
  }
}

constexpr std::array kVllmNodeRules = {
    DeploymentRule{.name = "vllm-dp-local-range",
                   .grade = Grade::kError,
                   .what = "The ranks that a process starts must be among those of "
                           "--data-parallel-size, and a load balancer outside needs more than one. "
                           "vLLM refuses anything else at start.",
                   .fix = "ranks of all nodes together make --data-parallel-size",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .versions = "those with --data-parallel-size-local",
                   .find = dp_local_range},
    DeploymentRule{.name = "vllm-node-gpus",
                   .grade = Grade::kError,
                   .what = "A replica's tensor, pipeline and prefill context ranks must fit the "
                           "GPUs of one node unless vLLM is told of more of them or of Ray. It "
                           "refuses to start otherwise.",
                   .fix = "--nnodes and --node-rank, or --distributed-executor-backend ray",
                   .proof = Proof::kRead,
                   .source = "vllm/config/parallel.py @00193b82",
                   .since = EngineVersion{0, 11, 1},
                   .find = fits_one_node},
    DeploymentRule{.name = "dynamo-connector-flag",
                   .grade = Grade::kError,
                   .what = "Dynamo's vLLM worker takes its connector as vLLM does, and its role by "
                           "--disaggregation-mode. It does not know --connector any longer.",
                   .fix = "--kv-transfer-config, --disaggregation-mode prefill",
                   .proof = Proof::kDeduced,
                   .source = "NVIDIA/srt-slurm @c88ef731, src/srtctl/backends/vllm.py; recipes of "
                             "ai-dynamo/dynamo",
                   .versions = "Dynamo 1.0 and later",
                   .find = dynamo_connector_flag}};

}  // namespace

std::span<const DeploymentRule> vllm_node_rules() {
  return kVllmNodeRules;
}

}  // namespace wideep
