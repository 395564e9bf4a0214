#include "rules/trtllm_keys.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "deploy/known_flags.h"
#include "input/suggest.h"

namespace wideep {
namespace {

/// Those whose keys are all listed, the top among them.
constexpr std::array<std::string_view, 5> kTrtllmSections = {
    "", "moe_config", "cuda_graph_config", "cache_transceiver_config", "kv_cache_config"};

using TrtllmRenamed = std::pair<std::string_view, std::string_view>;

/// Keys that lay flat at the top before 1.0.
constexpr std::array<TrtllmRenamed, 10> kTrtllmFlat = {
    {{"use_cuda_graph", "cuda_graph_config"},
     {"cuda_graph_batch_sizes", "cuda_graph_config.batch_sizes"},
     {"cuda_graph_max_batch_size", "cuda_graph_config.max_batch_size"},
     {"cuda_graph_padding_enabled", "cuda_graph_config.enable_padding"},
     {"moe_backend", "moe_config.backend"},
     {"moe_max_num_tokens", "moe_config.max_num_tokens"},
     {"moe_load_balancer", "moe_config.load_balancer"},
     {"kv_cache_dtype", "kv_cache_config.dtype"},
     {"enable_overlap_scheduler", "disable_overlap_scheduler"},
     {"pytorch_backend_config", "what it holds, one level up"}}};

/// Whether words differ in one place, by two letters at most.
bool trtllm_one_slip(std::string_view a, std::string_view b) {
  constexpr std::size_t kLetters = 2;
  const std::size_t both = std::min(a.size(), b.size());
  std::size_t front = 0;
  while (front < both && a[front] == b[front]) ++front;
  std::size_t back = 0;
  while (back < both - front && a[a.size() - 1 - back] == b[b.size() - 1 - back]) ++back;
  return std::max(a.size(), b.size()) - front - back <= kLetters;
}

}  // namespace

std::span<const std::string_view> trtllm_keys_of(std::string_view section) {
  static const auto sections = [] {
    std::map<std::string_view, std::vector<std::string_view>> known;
    for (const std::string_view name : kTrtllmSections) {
      known.emplace(name, known_flags(ServingEngine::kTrtllm).keys_of(name));
    }
    return known;
  }();
  const auto found = sections.find(section);
  return found == sections.end() ? std::span<const std::string_view>{} : found->second;
}

std::string_view trtllm_key_meant(std::string_view key, std::string_view section) {
  if (section.empty()) {
    for (const auto& [old, now] : kTrtllmFlat) {
      if (key == old) return now;
    }
  }
  std::string name(key);
  std::replace(name.begin(), name.end(), '-', '_');
  const auto near = suggest(name, trtllm_keys_of(section));
  return near && trtllm_one_slip(name, *near) ? *near : std::string_view{};
}

}  // namespace wideep
