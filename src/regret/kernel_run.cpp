#include "regret/kernel_run.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "deploy/change.h"
#include "deploy/sizes.h"
#include "engines/engine.h"

namespace wideep {
namespace {

/// SGLang's deepep-mode auto: low latency at decode, normal at prefill
/// (srt/layers/moe/token_dispatcher/deepep.py).
std::string_view sglang_mode(const DeployedRole& role) {
  return role.kind == RoleKind::kPrefill ? "normal" : "low_latency";
}

bool has_value(const DeployedRole& role, std::string_view key, std::string_view value) {
  const std::optional<std::string> stated = flag_text(role, key);
  if (key == "deepep-mode" && (!stated || *stated == "auto")) return value == sglang_mode(role);
  return stated == value;
}

/// Whether a role says all that chooses a kernel.
bool chooses(const DeployedRole& role, std::string_view flags) {
  const std::vector<Change> needed = changes_in(flags);
  return !needed.empty() && std::all_of(needed.begin(), needed.end(), [&role](const Change& one) {
    return one.what == Change::What::kSetVariable ? variable_text(role, one.key) == one.value
                                                  : has_value(role, one.key, one.value);
  });
}

/// What the engine takes where nothing is chosen.
std::optional<Library> library_by_default(const DeployedRole& role, const Fabric& fabric) {
  const RoleSizes sizes = sizes_of(role);
  const bool apart = sizes.dp.value_or(1) > 1;
  const bool nccl_alone = is_on(role, "disable-custom-all-reduce");
  switch (role.engine) {
    case ServingEngine::kVllm:
      return apart || nccl_alone ? Library::kNccl : Library::kVllmAllReduce;
    case ServingEngine::kSglang:
      return apart || nccl_alone ? Library::kNccl : Library::kSglangAllReduce;
    case ServingEngine::kTrtllm:
      break;
  }
  if (!apart) {
    const bool nccl = flag_text(role, "allreduce_strategy") == "NCCL";
    return nccl ? Library::kNccl : Library::kTrtllmAllReduce;
  }
  // communication_factory.py: NVLink where all ranks share it, else a gather.
  const bool one_domain = world_of(role).value_or(0) <= fabric.gpus_per_domain;
  return one_domain ? Library::kNvlinkOneSided : Library::kNccl;
}

bool is_default(std::string_view backend) {
  return backend == "none" || backend == "allgather_reducescatter";
}

}  // namespace

std::optional<Library> library_of(const DeployedRole& role, const Fabric& fabric) {
  const RoleSizes sizes = sizes_of(role);
  if (unresolved(role, "all2all-backend") || unresolved(role, "moe-a2a-backend")) {
    return std::nullopt;
  }
  for (const auto& [library, flags] : engine_of_id(id_of(role.engine))->flags.all_to_all) {
    if (!chooses(role, flags)) continue;
    // An all-to-all has nothing to do where every rank has the same tokens.
    const bool idle = role.engine == ServingEngine::kVllm && sizes.dp.value_or(1) == 1;
    if (!idle) return library;
  }
  const bool other = sizes.all2all && !is_default(*sizes.all2all);
  const bool idle = role.engine == ServingEngine::kVllm && sizes.dp.value_or(1) == 1;
  if (other && !idle) return std::nullopt;
  return library_by_default(role, fabric);
}

Overlap overlap_of(const DeployedRole& role) {
  const bool alone = sizes_of(role).dp.value_or(1) == 1;
  if (is_on(role, "enable-dbo") && !alone) return Overlap::kDbo;
  if (is_on(role, "enable-two-batch-overlap")) return Overlap::kDbo;
  if (is_on(role, "enable-single-batch-overlap")) return Overlap::kSbo;
  return Overlap::kNone;
}

std::optional<Config> layout_of(const DeployedRole& role) {
  const RoleSizes sizes = sizes_of(role);
  const std::optional<int> world = world_of(role);
  const std::optional<int> spread = ep_width_of(role);
  if (!world || !spread || sizes.pp_or_default() > 1) return std::nullopt;
  const int groups = attention_groups(role);
  if (groups < 1 || *world % groups != 0) return std::nullopt;
  Config config{.ep_width = std::max(*spread, 1)};
  config.attention = {.ranks = *world / groups, .cache_ranks = sizes.dcp.value_or(1)};
  if (*world % config.ep_width != 0) return std::nullopt;
  config.expert_ranks = *world / config.ep_width;
  const bool one_group = config.attention.ranks == *world;
  if (config.expert_ranks > 1) {
    config.experts = Experts::kTp;
  } else {
    config.experts = one_group && *world > 1 ? Experts::kTep : Experts::kEp;
  }
  return config;
}

}  // namespace wideep
