#include "rules/vllm_graphs.h"

#include <algorithm>

namespace wideep {
namespace {

const Setting* either(const DeployedRole& role, std::string_view key, std::string_view inside) {
  const Setting* const by_flag = flag(role, key);
  return by_flag == nullptr ? flag(role, inside) : by_flag;
}

/// vllm/config/vllm.py@000fc94b, _set_cudagraph_sizes.
std::optional<LargestGraph> graph_by_default(const RuleContext& context) {
  constexpr long long kOfHopper = 512;
  constexpr long long kOfBlackwell = 1024;
  constexpr long long kBatches = 2;
  const std::optional<FullBatch> batch = vllm_full_batch(context.role);
  if (!batch || context.machine == nullptr || !context.machine->architecture) return std::nullopt;
  const bool hopper = *context.machine->architecture == Architecture::kSm90;
  const long long most = hopper ? kOfHopper : kOfBlackwell;
  return LargestGraph{.tokens = std::min(kBatches * batch->tokens(), most)};
}

}  // namespace

const Setting* graph_list(const DeployedRole& role) {
  return either(role, "cudagraph-capture-sizes", "compilation-config.cudagraph_capture_sizes");
}

const Setting* graph_max(const DeployedRole& role) {
  return either(role, kGraphMaxFlag, "compilation-config.max_cudagraph_capture_size");
}

std::optional<std::vector<long long>> graph_sizes(const DeployedRole& role) {
  constexpr long long kBeyondAnyStep = 1 << 30;
  const Setting* const list = graph_list(role);
  if (list == nullptr) return std::nullopt;
  const auto sizes = numbers_in(*list);
  const bool sound =
      sizes && !sizes->empty() && std::all_of(sizes->begin(), sizes->end(), [](long long size) {
        return size > 0 && size <= kBeyondAnyStep;
      });
  return sound ? sizes : std::nullopt;
}

std::optional<LargestGraph> largest_graph(const RuleContext& context) {
  const DeployedRole& role = context.role;
  if (const Setting* const list = graph_list(role); list != nullptr) {
    const auto sizes = graph_sizes(role);
    if (!sizes) return std::nullopt;
    return LargestGraph{*std::max_element(sizes->begin(), sizes->end()), list, true};
  }
  if (const Setting* const most = graph_max(role); most != nullptr) {
    const std::optional<long long> tokens = number_in(*most);
    return tokens ? std::optional(LargestGraph{*tokens, most, false}) : std::nullopt;
  }
  const Setting* const config = flag(role, "compilation-config");
  const bool said_otherwise = flag(role, "config") != nullptr ||
                              flag(role, "cuda-graph-sizes") != nullptr ||
                              (config != nullptr && !config->value);
  return said_otherwise ? std::nullopt : graph_by_default(context);
}

bool graphs_off(const DeployedRole& role) {
  return is_on(role, "enforce-eager") || flag_text(role, kGraphModeFlag) == "NONE";
}

bool whole_graphs(const DeployedRole& role) {
  if (graphs_off(role)) return false;
  const Setting* const mode = flag(role, kGraphModeFlag);
  return mode == nullptr || (mode->value && mode->value->find("FULL") != std::string::npos);
}

}  // namespace wideep
