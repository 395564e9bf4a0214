// GPUs and ranks in recipes of srt-slurm.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "rules/format_parts.h"

namespace wideep {
namespace {

constexpr std::string_view kSrtSlurmVllm = "NVIDIA/srt-slurm src/srtctl/backends/vllm.py @c88ef731";
constexpr std::string_view kSrtSlurmSchema = "NVIDIA/srt-slurm src/srtctl/core/schema.py @c88ef731";
constexpr std::string_view kSrtSlurmVersions = "srt-slurm, recipes with resources and backend";

bool in_recipe(const RuleContext& context) {
  return context.deployment.format == DeploymentFormat::kSrtSlurm;
}

/// GPUs of one rank of data parallelism in vLLM; nothing where a size is not known.
std::optional<int> replica_gpus(const RuleContext& context) {
  const std::optional<int> world = world_of(context.role);
  return world ? std::optional(*world / context.sizes.dp_or_default()) : std::nullopt;
}

void recipe_gpus_match(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!in_recipe(context) || context.role.engine != ServingEngine::kVllm) return;
  const auto replica = replica_gpus(context);
  const auto world = world_of(context.role);
  if (!replica || !world || !context.role.gpus || context.role.flags.all.empty()) return;
  const int gpus = context.role.gpus->value;
  if (gpus < 1 || *world == gpus) return;
  const bool ranks = context.sizes.dp_or_default() > 1;
  const std::string has = fmt::format("a {} worker has {}", name_of(context.role.kind), gpus);
  RuleCase found{
      .message = {},
      .at = place_of_flag(context, ranks ? "data-parallel-size" : "tensor-parallel-size")};
  if (ranks) {
    found.message = fmt::format(
        "{} data-parallel ranks of {} GPU{} need {}, and {}: the job is not "
        "built",
        context.sizes.dp_or_default(),
        *replica,
        *replica == 1 ? "" : "s",
        *world,
        has);
  } else if (*world > gpus) {
    found.message = fmt::format("vLLM needs {} GPUs, and {}: it does not start", *world, has);
  } else {
    found.message = fmt::format(
        "vLLM takes {} GPU{}, and {}: the others stay idle", *world, *world == 1 ? "" : "s", has);
  }
  if (ranks && gpus % *replica == 0) {
    found.changes = {set_flag("data-parallel-size", gpus / *replica)};
  } else {
    found.advice = fmt::format("sizes whose product is {}, or a worker of {} GPUs", gpus, *world);
  }
  if (!ranks && *world < gpus) found.grade = Grade::kWarning;
  cases.push_back(std::move(found));
}

void recipe_replica_node(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!in_recipe(context) || context.role.engine != ServingEngine::kVllm) return;
  const auto replica = replica_gpus(context);
  if (!replica || !context.role.gpus_per_node || context.sizes.dp_or_default() < 2) return;
  const int node = context.role.gpus_per_node->value;
  if (node < 1) return;
  const int local =
      context.role.gpus ? std::min(node, std::max(1, context.role.gpus->value)) : node;
  const bool fits = *replica > node ? *replica % node == 0 : local % *replica == 0;
  if (fits) return;
  cases.push_back(
      {.message = fmt::format(
           "a rank of {} GPUs does not lie evenly on a worker's nodes, of {} GPUs each: "
           "the job is not built",
           *replica,
           local),
       .at = place_of_flag(context, "tensor-parallel-size"),
       .advice =
           fmt::format("tensor, pipeline and context parallelism whose product divides {}, or "
                       "is a multiple of it",
                       local)});
}

/// "3 decode workers of 4 GPUs".
std::string workers_text(const DeployedRole& role) {
  const std::string size =
      fmt::format("{} GPU{}", role.gpus->value, role.gpus->value == 1 ? "" : "s");
  return role.instances->value == 1
             ? fmt::format("one {} worker of {}", name_of(role.kind), size)
             : fmt::format("{} {} workers of {}", role.instances->value, name_of(role.kind), size);
}

void recipe_nodes_workers(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  if (!in_recipe(context) || context.deployment.roles_share_nodes) return;
  if (!role.nodes || !role.instances || !role.gpus || !role.gpus_per_node) return;
  if (role.nodes->value < 1 || role.instances->value < 1 || role.gpus->value < 1) return;
  const long long per_node = std::max(1, role.gpus_per_node->value);
  const long long has = role.nodes->value * per_node;
  const long long needs = static_cast<long long>(role.instances->value) * role.gpus->value;
  if (needs == has) return;
  const bool one_worker = role.instances->value == 1;
  const std::string nodes = role.nodes->value == 1
                                ? fmt::format("one node has {}", has)
                                : fmt::format("{} nodes have {}", role.nodes->value, has);
  const long long enough = (needs + per_node - 1) / per_node;
  const std::string enough_text = fmt::format("{} node{}", enough, enough == 1 ? "" : "s");
  if (needs > has) {
    const std::string need =
        one_worker ? fmt::format("needs {}", needs) : fmt::format("need {}", needs);
    cases.push_back(
        {.message = fmt::format(
             "{} {}, and {}: the job asks for more than it has", workers_text(role), need, nodes),
         .at = role.nodes->at,
         .advice = enough_text});
    return;
  }
  const long long more = (has - needs) / role.gpus->value;
  cases.push_back({.message = fmt::format("{} {} {} GPUs idle: {}",
                                          workers_text(role),
                                          one_worker ? "leaves" : "leave",
                                          has - needs,
                                          nodes),
                   .at = role.nodes->at,
                   .advice = enough < role.nodes->value ? enough_text
                             : more > 0 ? fmt::format("there is room for {} more", more)
                                        : "nothing, where the nodes are whole",
                   .grade = Grade::kAdvice});
}

void recipe_hybrid_lb(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (!in_recipe(context) || context.role.engine != ServingEngine::kVllm) return;
  if (context.deployment.launch_mode == "per_gpu" || context.sizes.dp_or_default() < 2) return;
  if (const Setting* const headless = flag(context.role, "headless"); headless != nullptr) {
    cases.push_back({.message = "headless is refused: srt-slurm itself starts the nodes that serve "
                                "no requests",
                     .at = headless->at,
                     .changes = {remove_flag("headless")}});
  }
  for (const std::string_view key :
       {"data-parallel-hybrid-lb", "data-parallel-size-local", "data-parallel-start-rank"}) {
    const Setting* const derived = flag(context.role, key);
    if (derived == nullptr) continue;
    cases.push_back(
        {.message = fmt::format("{} is dropped with a warning: srt-slurm derives it from "
                                "the nodes",
                                derived->written),
         .at = derived->at,
         .changes = {remove_flag(key)},
         .grade = Grade::kAdvice});
  }
}

/// What says how many requests run at once.
std::string_view batch_key(ServingEngine engine) {
  return engine == ServingEngine::kVllm     ? "max-num-seqs"
         : engine == ServingEngine::kSglang ? "max-running-requests"
                                            : "max_batch_size";
}

/// Ranks of an instance with requests of their own; nothing where that is not known.
std::optional<int> ranks_with_requests(const RuleContext& context) {
  const DeployedRole& role = context.role;
  for (const std::string_view key : {"data-parallel-size", "dp-size", "enable_attention_dp"}) {
    if (unresolved(role, key)) return std::nullopt;
  }
  // SGLang's ranks without DP attention are replicas.
  const bool replicas = role.engine == ServingEngine::kSglang;
  return replicas ? context.sizes.dp_or_default() : attention_groups(role);
}

void recipe_slots(const RuleContext& context, std::vector<RuleCase>& cases) {
  const DeployedRole& role = context.role;
  const auto& loads = context.deployment.concurrencies;
  if (!in_recipe(context) || role.kind == RoleKind::kPrefill || loads.empty()) return;
  const auto ranks = ranks_with_requests(context);
  const auto each = context.sizes.max_batch_per_rank;
  if (!role.instances || role.instances->value < 1 || !ranks || !each || *each < 1) return;
  const auto most = std::max_element(
      loads.begin(), loads.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  const int instances = role.instances->value;
  const long long groups = 1LL * instances * *ranks;
  const long long slots = groups * *each;
  // Published recipes load decode with a fifth more than it runs, for what is in prefill.
  constexpr double kWithPrefill = 1.25;
  const bool apart = role.kind == RoleKind::kDecode;
  if (most->value <= (apart ? kWithPrefill : 1.0) * static_cast<double>(slots)) return;
  cases.push_back(
      {.message = fmt::format(
           "the benchmark keeps {} requests in flight, and {} {} worker{} of {} rank{} with {} "
           "each run {}: the other {} wait{}",
           most->value,
           instances,
           name_of(role.kind),
           instances == 1 ? "" : "s",
           *ranks,
           *ranks == 1 ? "" : "s",
           *each,
           slots,
           most->value - slots,
           apart ? " or are in prefill" : ""),
       .at = place_of_flag(context, batch_key(role.engine)),
       .advice = fmt::format("room for {} requests of a rank, or a concurrency of {} at most",
                             (most->value + groups - 1) / groups,
                             slots)});
}

constexpr std::array kFormatRecipe = {
    DeploymentRule{.name = "recipe-slots",
                   .grade = Grade::kAdvice,
                   .what = "Instances times their ranks times the requests of a rank are what "
                           "decodes at once. Of a benchmark that keeps more in flight, by more "
                           "than a quarter where prefill is apart, the others wait for a place: it "
                           "runs, and measures a smaller load than it says.",
                   .fix = "more requests of a rank, or a smaller concurrency",
                   .proof = Proof::kDeduced,
                   .source = "SemiAnalysisAI/InferenceX #1697, #2552",
                   .versions = kSrtSlurmVersions,
                   .find = recipe_slots},
    DeploymentRule{.name = "recipe-gpus-match",
                   .grade = Grade::kError,
                   .what = "The ranks of a vLLM worker, tensor, pipeline and context parallelism "
                           "times data-parallel-size, must be the GPUs that resources give it.",
                   .fix = "sizes whose product is the GPUs of a worker",
                   .source = kSrtSlurmVllm,
                   .versions = kSrtSlurmVersions,
                   .find = recipe_gpus_match},
    DeploymentRule{.name = "recipe-replica-node",
                   .grade = Grade::kError,
                   .what =
                       "A rank of data parallelism lies on whole nodes or shares one evenly with "
                       "others, or the job is not built.",
                   .fix = "tensor, pipeline and context parallelism that divide a node's GPUs",
                   .source = kSrtSlurmVllm,
                   .versions = kSrtSlurmVersions,
                   .find = recipe_replica_node},
    DeploymentRule{.name = "recipe-nodes-workers",
                   .grade = Grade::kError,
                   .what = "Workers of a role need as many GPUs as its nodes have. With fewer the "
                           "job is not placed; with more some are paid for and idle.",
                   .fix = "nodes times gpus_per_node equal to workers times their GPUs",
                   .source = kSrtSlurmSchema,
                   .versions = kSrtSlurmVersions,
                   .find = recipe_nodes_workers},
    DeploymentRule{.name = "recipe-hybrid-lb",
                   .grade = Grade::kError,
                   .what = "With one process on each node srt-slurm derives how vLLM's ranks are "
                           "shared out, drops what a recipe says of it and refuses headless.",
                   .fix = "without those keys, or backend.dp_launch_mode per_gpu",
                   .source = kSrtSlurmVllm,
                   .versions = kSrtSlurmVersions,
                   .find = recipe_hybrid_lb}};

}  // namespace

std::span<const DeploymentRule> format_recipe_rules() {
  return kFormatRecipe;
}

}  // namespace wideep
