// CUDA graphs of TensorRT-LLM's decoding steps, by requests in them.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "rules/trtllm_parts.h"

namespace wideep {
namespace {

constexpr std::string_view kTrtllmSizes = "cuda_graph_config.batch_sizes";
constexpr std::string_view kTrtllmLargest = "cuda_graph_config.max_batch_size";
constexpr std::string_view kTrtllmPadding = "cuda_graph_config.enable_padding";

/// Requests that graphs are made for.
struct TrtllmGraphs {
  std::vector<long long> sizes{};  ///< ascending, as listed; empty: made from the largest
  long long largest = 0;
};

/// Nothing where neither is said, or one is not known.
std::optional<TrtllmGraphs> trtllm_graphs(const DeployedRole& role) {
  const Setting* const listed = flag(role, kTrtllmSizes);
  const Setting* const largest = flag(role, kTrtllmLargest);
  TrtllmGraphs graphs;
  if (listed != nullptr && listed->value != "null") {
    const auto sizes = numbers_in(*listed);
    if (!sizes) return std::nullopt;
    graphs.sizes = *sizes;
    std::sort(graphs.sizes.begin(), graphs.sizes.end());
  }
  if (!graphs.sizes.empty()) {
    graphs.largest = graphs.sizes.back();
  } else if (largest != nullptr) {
    graphs.largest = number_in(*largest).value_or(0);
  }
  return graphs.largest > 0 ? std::optional(graphs) : std::nullopt;
}

Place trtllm_graph_place(const RuleContext& context) {
  return place_of_flag(context,
                       flag(context.role, kTrtllmSizes) == nullptr ? kTrtllmLargest : kTrtllmSizes);
}

/// Sizes as a list, or as the largest one where no list is given.
Change trtllm_graph_change(const TrtllmGraphs& graphs, const std::vector<long long>& sizes) {
  if (graphs.sizes.empty()) {
    return set_flag(kTrtllmLargest, sizes.back());
  }
  return set_flag(kTrtllmSizes, fmt::format("[{}]", fmt::join(sizes, ", ")));
}

void trtllm_graph_list(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const listed = flag(context.role, kTrtllmSizes);
  const auto largest = flag_number(context.role, kTrtllmLargest);
  if (listed == nullptr || !largest || *largest == 0) return;
  const auto sizes = numbers_in(*listed);
  if (!sizes || sizes->empty()) return;
  const long long most = *std::max_element(sizes->begin(), sizes->end());
  if (most == *largest) return;
  cases.push_back({.message = fmt::format("cuda_graph_config lists sizes up to {} and says "
                                          "max_batch_size {}: the options are refused",
                                          most,
                                          *largest),
                   .at = place_of_flag(context, kTrtllmLargest),
                   .changes = {set_flag(kTrtllmLargest, most)}});
}

/// Requests of the largest step that can decode alone.
std::optional<long long> trtllm_largest_batch(const RuleContext& context) {
  const auto tokens = trtllm_tokens_per_request(context.role);
  const auto batch = trtllm_count(context.role, "max_batch_size");
  if (!batch || !tokens || !trtllm_step_tokens(context.role)) return std::nullopt;
  if (!context.sizes.capacity) return batch;
  return std::max<long long>(1, std::min<long long>(*batch, *context.sizes.capacity / *tokens));
}

void trtllm_graph_over_batch(const RuleContext& context, std::vector<RuleCase>& cases) {
  const auto graphs = trtllm_graphs(context.role);
  const auto batch = trtllm_largest_batch(context);
  if (!graphs || !batch || graphs->largest <= *batch) return;
  std::vector<long long> kept;
  for (const long long size : graphs->sizes) {
    if (size <= *batch) kept.push_back(size);
  }
  const std::size_t dropped = graphs->sizes.size() - kept.size();
  if (kept.empty() || kept.back() != *batch) kept.push_back(*batch);
  const std::string what =
      dropped > 1 ? fmt::format("{} graph sizes up to {} are", dropped, graphs->largest)
                  : fmt::format("graph size {} is", graphs->largest);
  cases.push_back({.message = fmt::format("{} above the largest decoding step, of {} request{}, "
                                          "and left out when graphs are made",
                                          what,
                                          *batch,
                                          *batch == 1 ? "" : "s"),
                   .at = trtllm_graph_place(context),
                   .changes = {trtllm_graph_change(*graphs, kept)}});
}

void trtllm_no_graphs(const RuleContext& context, std::vector<RuleCase>& cases) {
  const Setting* const config = flag(context.role, "cuda_graph_config");
  if (context.role.kind != RoleKind::kDecode || config == nullptr) return;
  if (config->value != "null") return;
  const auto batch = trtllm_largest_batch(context);
  const std::string size = batch ? fmt::format(", max_batch_size: {}", *batch) : std::string{};
  cases.push_back({.message = "cuda_graph_config is null: decoding steps are launched kernel by "
                              "kernel, which takes longer than they run on many ranks",
                   .at = config->at,
                   .advice = "cuda_graph_config: {enable_padding: true" + size + "}"});
}

void trtllm_graph_under_batch(const RuleContext& context, std::vector<RuleCase>& cases) {
  if (context.role.kind == RoleKind::kPrefill) return;
  trtllm_no_graphs(context, cases);
  const auto graphs = trtllm_graphs(context.role);
  const auto batch = trtllm_largest_batch(context);
  if (!graphs || !batch || unresolved(context.role, kTrtllmPadding)) return;
  if (graphs->largest < *batch) {
    std::vector<long long> sizes = graphs->sizes;
    sizes.push_back(*batch);
    cases.push_back({.message = fmt::format("graphs are made for up to {} requests, and {} may run "
                                            "at once: larger steps are launched kernel by kernel",
                                            graphs->largest,
                                            *batch),
                     .at = trtllm_graph_place(context),
                     .changes = {trtllm_graph_change(*graphs, sizes)}});
  }
  if (is_on(context.role, kTrtllmPadding)) return;
  const long long most = std::min(graphs->largest, *batch);
  long long without = 0;
  if (graphs->sizes.empty()) return;
  for (long long size = 1; size <= most; ++size) {
    without += std::binary_search(graphs->sizes.begin(), graphs->sizes.end(), size) ? 0 : 1;
  }
  if (without == 0) return;
  cases.push_back({.message = fmt::format("without enable_padding only the {} listed sizes have a "
                                          "graph: steps of {} other sizes up to {} requests are "
                                          "launched kernel by kernel",
                                          graphs->sizes.size(),
                                          without,
                                          most),
                   .at = trtllm_graph_place(context),
                   .changes = {set_flag(kTrtllmPadding, "true")}});
}

constexpr std::array kTrtllmGraph = {
    DeploymentRule{.name = "trt-graph-list",
                   .grade = Grade::kError,
                   .what = "Where cuda_graph_config has both batch_sizes and max_batch_size, the "
                           "latter must be the largest of them, or the options are refused.",
                   .fix = "only one of them, or max_batch_size equal to the largest size",
                   .source = kTrtllmArgs,
                   .versions = "those with cuda_graph_config",
                   .find = trtllm_graph_list},
    DeploymentRule{.name = "trt-graph-over-batch",
                   .grade = Grade::kAdvice,
                   .what = "Graphs for more requests than a decoding step can have are never used. "
                           "They are left out when graphs are made: a sign that sizes were copied "
                           "from elsewhere.",
                   .fix = "batch_sizes up to max_batch_size, and up to max_num_tokens over 1 + "
                          "drafts",
                   .source = "tensorrt_llm/_torch/pyexecutor/model_engine.py, "
                             "_filter_cuda_graph_batch_sizes",
                   .versions = "those with cuda_graph_config",
                   .find = trtllm_graph_over_batch},
    DeploymentRule{.name = "trt-graph-under-batch",
                   .grade = Grade::kWarning,
                   .what =
                       "Decoding steps for which there is no graph, because they are larger "
                       "than the largest or of a size between two without padding, are launched "
                       "kernel by kernel and wait for the host.",
                   .fix = "batch_sizes up to max_batch_size, with enable_padding: true",
                   .source = kTrtllmArgs,
                   .versions = "those with cuda_graph_config",
                   .find = trtllm_graph_under_batch}};

}  // namespace

std::span<const DeploymentRule> trtllm_graph_rules() {
  return kTrtllmGraph;
}

}  // namespace wideep
