#include "input/huggingface_compressed.h"

#include <algorithm>
#include <array>
#include <vector>

#include "input/ranges.h"

namespace wideep {
namespace {

/// Ratio of layers with an indexer, and of those without (transformers, modular_deepseek_v4.py).
constexpr int kPickedRatio = 4;
constexpr int kPooledRatio = 128;

/// The ratios of the layers that do not draft; empty where they are not all known ones.
std::vector<int> ratios_of(const HuggingFaceConfig& config, int layers) {
  const Node* const list = value_of(config, "compress_ratios");
  std::vector<int> ratios;
  if (list == nullptr || static_cast<int>(list->items.size()) < layers) return ratios;
  for (int at = 0; at < layers; ++at) {
    const auto ratio = plain_whole(list->items[static_cast<std::size_t>(at)]);
    const bool known = ratio == 0 || ratio == kPickedRatio || ratio == kPooledRatio;
    if (!known) return {};
    ratios.push_back(*ratio);
  }
  return ratios;
}

}  // namespace

std::optional<CompressedShape> read_compressed_attention(HuggingFaceConfig& config, int heads) {
  const auto size = [&](std::string_view key) {
    const std::array<std::string_view, 1> keys = {key};
    return whole_of(config, keys, range::kSize, "attention");
  };
  const std::vector<int> ratios = ratios_of(config, size("num_hidden_layers").value_or(0));
  const auto head_dim = size("head_dim");
  const auto rank = size("q_lora_rank");
  const auto groups = size("o_groups");
  const auto output = size("o_lora_rank");
  const auto window = size("sliding_window");
  if (ratios.empty() || !head_dim || !rank || !groups || !output || !window) return std::nullopt;
  CompressedShape kind{.heads = heads,
                       .head_dim = *head_dim,
                       .rope_dim = std::min(*head_dim, size("qk_rope_head_dim").value_or(0)),
                       .q_lora_rank = *rank,
                       .output_groups = *groups,
                       .output_rank = *output,
                       .window = *window};
  const auto layers_with = [&](int ratio) {
    return static_cast<int>(std::count(ratios.begin(), ratios.end(), ratio));
  };
  kind.picked_layers = layers_with(kPickedRatio);
  kind.pooled_layers = layers_with(kPooledRatio);
  kind.picked_ratio = kPickedRatio;
  kind.pooled_ratio = kPooledRatio;
  if (kind.picked_layers == 0) return kind;
  const auto picked = size("index_topk");
  const auto index_heads = size("index_n_heads");
  const auto index_dim = size("index_head_dim");
  if (!picked || !index_heads || !index_dim) return std::nullopt;
  kind.picked = *picked;
  kind.index_heads = *index_heads;
  kind.index_dim = *index_dim;
  return kind;
}

}  // namespace wideep
