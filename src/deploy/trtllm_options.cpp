#include "deploy/trtllm_options.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "deploy/keys.h"

namespace wideep {
namespace {

constexpr std::array<std::string_view, 10> kKeys = {"tensor_parallel_size",
                                                    "moe_expert_parallel_size",
                                                    "enable_attention_dp",
                                                    "moe_config",
                                                    "cuda_graph_config",
                                                    "cache_transceiver_config",
                                                    "max_batch_size",
                                                    "max_num_tokens",
                                                    "kv_cache_config",
                                                    "disable_overlap_scheduler"};

/// One alone may stand in a file of another kind.
constexpr auto kEnough = 2;

bool says(const std::string& name, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&name](std::string_view part) {
    return name.find(part) != std::string::npos;
  });
}

void set_kind(const std::string& path, DeployedRole& role) {
  const std::string name = std::filesystem::path(path).filename().string();
  const bool prefill = says(name, {"prefill", "ctx", "context"});
  const bool decode = !prefill && says(name, {"decode", "gen"});
  const bool context_server =
      is_on(role, "disable_overlap_scheduler") && flag_text(role, "cuda_graph_config") == "null";
  role.kind_stated = prefill || decode || context_server;
  if (!role.kind_stated) return;
  role.kind = decode ? RoleKind::kDecode : RoleKind::kPrefill;
}

}  // namespace

bool is_trtllm_options(const Node& root) {
  if (!root.is_map()) return false;
  return std::count_if(kKeys.begin(), kKeys.end(), [&root](std::string_view key) {
           return root.find(key) != nullptr;
         }) >= kEnough;
}

void read_trtllm_options(const Node& root, DeploymentFile& file) {
  file.format = DeploymentFormat::kTrtllmOptions;
  Deployment deployment{.format = file.format};
  DeployedRole role{.engine = ServingEngine::kTrtllm, .at = root.place};
  role.flags = settings_in(root, role.engine);
  if (!root.entries.empty()) role.at = root.entries.front().key.place;
  set_kind(file.path, role);
  if (const Setting* model = flag(role, "model"); model != nullptr && model->value) {
    deployment.model = Stated<std::string>{*model->value, model->value_at};
  }
  deployment.roles.push_back(std::move(role));
  file.jobs.push_back(std::move(deployment));
}

}  // namespace wideep
