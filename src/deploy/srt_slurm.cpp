#include "deploy/srt_slurm.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "deploy/keys.h"
#include "deploy/recipe_jobs.h"
#include "deploy/shell_script.h"
#include "input/suggest.h"

namespace wideep {
namespace {

const Node* at(const Node* map, std::string_view key) {
  return map == nullptr || !map->is_map() ? nullptr : map->find(key);
}

std::optional<Stated<std::string>> word(const Node* map, std::string_view key) {
  const Node* const value = at(map, key);
  if (value == nullptr || !value->is_scalar()) return std::nullopt;
  return Stated<std::string>{value->text, value->place};
}

std::optional<int> whole(std::string_view text) {
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Stated<int>> number(const Node* map, std::string_view key) {
  const std::optional<Stated<std::string>> text = word(map, key);
  const std::optional<int> value = text ? whole(text->value) : std::nullopt;
  if (!value || *value < 0) return std::nullopt;
  return Stated<int>{*value, text->at};
}

/// backends: which engine, SGLang where nothing is said.
std::optional<ServingEngine> engine_of(const Node* backend) {
  const std::optional<Stated<std::string>> type = word(backend, "type");
  if (!type || type->value == "sglang") return ServingEngine::kSglang;
  if (type->value == "vllm") return ServingEngine::kVllm;
  if (type->value == "trtllm") return ServingEngine::kTrtllm;
  return std::nullopt;
}

struct RoleKeys {
  RoleKind kind;
  std::string_view settings;     ///< in backend.ENGINE_config
  std::string_view environment;  ///< in backend
  std::string_view nodes;        ///< in resources
  std::string_view workers;
  std::string_view gpus;
};

constexpr std::array kRoles = {RoleKeys{RoleKind::kPrefill,
                                        "prefill",
                                        "prefill_environment",
                                        "prefill_nodes",
                                        "prefill_workers",
                                        "gpus_per_prefill"},
                               RoleKeys{RoleKind::kDecode,
                                        "decode",
                                        "decode_environment",
                                        "decode_nodes",
                                        "decode_workers",
                                        "gpus_per_decode"},
                               RoleKeys{RoleKind::kAggregated,
                                        "aggregated",
                                        "aggregated_environment",
                                        "agg_nodes",
                                        "agg_workers",
                                        "gpus_per_agg"}};

/// schema.py: GPUs of a node unless said otherwise.
constexpr int kGpusPerNode = 4;

/// GPUs of a worker: as said, or its share of the nodes.
std::optional<Stated<int>> gpus_of(const Node* resources,
                                   const RoleKeys& keys,
                                   const DeployedRole& role) {
  if (auto stated = number(resources, keys.gpus)) return stated;
  if (!role.nodes || !role.instances || role.instances->value == 0 || role.nodes->value == 0) {
    return std::nullopt;
  }
  const long long gpus =
      static_cast<long long>(role.nodes->value) * role.gpus_per_node->value / role.instances->value;
  if (gpus > std::numeric_limits<int>::max()) return std::nullopt;
  return Stated<int>{static_cast<int>(gpus), role.nodes->at};
}

Place key_place(const Node& map, std::string_view key) {
  const auto entry = std::find_if(map.entries.begin(), map.entries.end(), [key](const Entry& one) {
    return one.key.text == key;
  });
  return entry->key.place;
}

void read_role(const Node& job,
               const RoleKeys& keys,
               ServingEngine engine,
               Deployment& deployment) {
  const Node* const backend = job.find("backend");
  const Node* const sections = at(backend, std::string(id_of(engine)) + "_config");
  const Node* const settings = at(sections, keys.settings);
  const Node* const resources = job.find("resources");
  const bool allotted = number(resources, keys.workers).has_value();
  if ((settings == nullptr || !settings->is_map()) && !allotted) return;
  DeployedRole role{
      .kind = keys.kind, .kind_stated = true, .engine = engine, .name = std::string(keys.settings)};
  if (settings != nullptr && settings->is_map()) {
    role.at = key_place(*sections, keys.settings);
    role.flags = settings_in(*settings, engine);
  }
  role.environment.form = Form::kYamlMap;
  if (const Node* environment = at(backend, keys.environment);
      environment != nullptr && environment->is_map()) {
    role.environment = variables_in(*environment);
  }
  if (const Node* shared = job.find("environment"); shared != nullptr && shared->is_map()) {
    Settings all = variables_in(*shared);
    role.environment.all.insert(role.environment.all.begin(), all.all.begin(), all.all.end());
  }
  role.instances = number(resources, keys.workers);
  role.nodes = number(resources, keys.nodes);
  role.gpus_per_node = number(resources, "gpus_per_node");
  if (!role.gpus_per_node) {
    role.gpus_per_node =
        Stated<int>{kGpusPerNode, resources == nullptr ? job.place : resources->place};
  }
  role.gpus = gpus_of(resources, keys, role);
  role.container = word(job.find("model"), "container");
  if (role.at.source == nullptr && role.instances) role.at = role.instances->at;
  deployment.roles.push_back(std::move(role));
}

/// "2048", "4x8x16", 2048 or a list of them.
void read_concurrencies(const Node* value, Deployment& deployment) {
  if (value == nullptr) return;
  for (const Node& item : value->items) read_concurrencies(&item, deployment);
  std::string_view rest = value->text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('x'), rest.size());
    if (const auto count = whole(rest.substr(0, end)); count && *count > 0) {
      deployment.concurrencies.push_back({*count, value->place});
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

/// schema.py, backends/vllm.py: either may allow it.
bool colocated(const Node* resources, const Node* backend) {
  for (const Node* map : {resources, backend}) {
    if (map == nullptr) continue;
    const bool by_key =
        std::any_of(map->entries.begin(), map->entries.end(), [](const Entry& entry) {
          return entry.key.text.starts_with("allow_prefill_decode_colocation") &&
                 entry.value.text != "false";
        });
    if (by_key) return true;
  }
  const std::optional<Stated<int>> decode = number(resources, "decode_nodes");
  return decode && decode->value == 0;
}

/// schema.py: without nodes of its own a worker is as large as the other role's.
void share_gpus(Deployment& deployment) {
  for (DeployedRole& role : deployment.roles) {
    for (const DeployedRole& other : deployment.roles) {
      if (!role.gpus && role.nodes && role.nodes->value == 0) role.gpus = other.gpus;
    }
  }
}

/// Keys of a section that are none of its own and one slip away from one, which is not read then.
void say_slips(const Node* section,
               std::string_view name,
               const std::vector<std::string_view>& known,
               DeploymentFile& file) {
  if (section == nullptr || !section->is_map()) return;
  for (const Entry& entry : section->entries) {
    const std::string& key = entry.key.text;
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto meant = suggest(key, known);
    if (!meant || section->find(*meant) != nullptr) continue;
    add_not_read(
        file.not_read,
        fmt::format("line {}: {}.{}; did you mean '{}'?", entry.key.place.line, name, key, *meant));
  }
}

void say_slips(const Node& job, DeploymentFile& file) {
  std::vector<std::string_view> resources = {"gpu_type", "gpus_per_node"};
  std::vector<std::string_view> backend = {"type", "connector", "dp_launch_mode"};
  std::vector<std::string_view> roles;
  for (const RoleKeys& keys : kRoles) {
    resources.insert(resources.end(), {keys.nodes, keys.workers, keys.gpus});
    backend.push_back(keys.environment);
    roles.push_back(keys.settings);
  }
  const std::array configs = {"vllm_config", "sglang_config", "trtllm_config"};
  backend.insert(backend.end(), configs.begin(), configs.end());
  say_slips(job.find("resources"), "resources", resources, file);
  say_slips(job.find("backend"), "backend", backend, file);
  for (const char* const config : configs) {
    say_slips(at(job.find("backend"), config), config, roles, file);
  }
}

void read_job(const Node& job, const std::string& name, DeploymentFile& file) {
  Deployment deployment{.format = DeploymentFormat::kSrtSlurm, .name = name};
  const Node* const backend = job.find("backend");
  const std::optional<ServingEngine> engine = engine_of(backend);
  if (!engine) {
    file.not_read.push_back("backend.type '" + word(backend, "type")->value +
                            "' is no engine that is known here");
    return;
  }
  say_slips(job, file);
  const Node* const resources = job.find("resources");
  deployment.model = word(job.find("model"), "path");
  deployment.precision = word(job.find("model"), "precision");
  deployment.hardware = word(resources, "gpu_type");
  if (const auto mode = word(backend, "dp_launch_mode")) deployment.launch_mode = mode->value;
  deployment.roles_share_nodes = colocated(resources, backend);
  const Node* const benchmark = job.find("benchmark");
  deployment.input_tokens = number(benchmark, "isl");
  deployment.output_tokens = number(benchmark, "osl");
  read_concurrencies(at(benchmark, "concurrencies"), deployment);
  for (const RoleKeys& keys : kRoles) read_role(job, keys, *engine, deployment);
  if (deployment.roles.empty()) {
    file.not_read.push_back((name.empty() ? "" : "job " + name + ": ") +
                            std::string("no role of prefill, decode or aggregated in it"));
    return;
  }
  share_gpus(deployment);
  for (const DeployedRole& role : deployment.roles) {
    const bool vllm = role.engine == ServingEngine::kVllm;
    const Setting* const model = flag(role, vllm ? "served-model-name" : "model-path");
    if (!deployment.model && model != nullptr && model->value) {
      deployment.model = Stated<std::string>{*model->value, model->value_at};
    }
  }
  file.jobs.push_back(std::move(deployment));
}

}  // namespace

bool is_srt_slurm(const Node& root) {
  if (!root.is_map()) return false;
  const Node* const base = root.find("base");
  const Node& job = base != nullptr && base->is_map() ? *base : root;
  return job.find("backend") != nullptr && job.find("resources") != nullptr;
}

void read_srt_slurm(const Node& root, DeploymentFile& file) {
  file.format = DeploymentFormat::kSrtSlurm;
  for (const RecipeJob& job : recipe_jobs(root, file.not_read)) {
    read_job(job.settings, job.name, file);
  }
}

}  // namespace wideep
