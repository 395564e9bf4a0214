#pragma once

#include <optional>
#include <vector>

#include "rules/vllm_role.h"

namespace wideep {

inline constexpr std::string_view kGraphMaxFlag = "max-cudagraph-capture-size";
inline constexpr std::string_view kGraphModeFlag = "compilation-config.cudagraph_mode";

/// The tokens of vLLM's largest CUDA graph.
struct LargestGraph {
  long long tokens = 0;
  const Setting* at = nullptr;  ///< what says so; null: the default
  bool is_list = false;
};

/// Nothing where it is not known.
std::optional<LargestGraph> largest_graph(const RuleContext& context);

/// What states the sizes one by one, or the largest, by a flag or in --compilation-config; null
/// where neither does.
const Setting* graph_list(const DeployedRole& role);
const Setting* graph_max(const DeployedRole& role);

/// Sizes that are stated one by one; nothing where none are, or one is no size.
std::optional<std::vector<long long>> graph_sizes(const DeployedRole& role);

/// Whether the file switches graphs off.
bool graphs_off(const DeployedRole& role);

/// Whether decode has graphs of its own, captured whole.
bool whole_graphs(const DeployedRole& role);

}  // namespace wideep
