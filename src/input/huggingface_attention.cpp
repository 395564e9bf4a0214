#include "input/huggingface_attention.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/huggingface_compressed.h"
#include "input/ranges.h"

namespace wideep {
namespace {

/// The spellings of GQA's sizes.
struct GqaKeys {
  Spellings heads;
  Spellings kv_heads;
  Spellings head_dim;
  Spellings v_dim;
};

constexpr std::array<std::string_view, 4> kHeads = {
    "num_attention_heads", "n_heads", "n_head", "num_heads"};
constexpr std::array<std::string_view, 6> kKvHeads = {"num_key_value_heads",
                                                      "num_kv_heads",
                                                      "n_head_kv",
                                                      "attn_config.kv_n_heads",
                                                      "num_attention_groups",
                                                      "multi_query_group_num"};
constexpr std::array<std::string_view, 4> kHeadDim = {
    "head_dim", "attention_head_dim", "kv_channels", "head_size"};
constexpr std::array<std::string_view, 1> kValueDim = {"v_head_dim"};
constexpr GqaKeys kUsualKeys = {kHeads, kKvHeads, kHeadDim, kValueDim};
/// Gemma 4, of the layers that attend to everything.
constexpr std::array<std::string_view, 1> kGlobalKvHeads = {"num_global_key_value_heads"};
constexpr std::array<std::string_view, 1> kGlobalHeadDim = {"global_head_dim"};
constexpr GqaKeys kGlobal = {{}, kGlobalKvHeads, kGlobalHeadDim, {}};
/// MiMo and Step-3.5, of the layers with a window.
constexpr std::array<std::string_view, 2> kWindowHeads = {
    "swa_num_attention_heads", "attention_other_setting.num_attention_heads"};
constexpr std::array<std::string_view, 2> kWindowKvHeads = {
    "swa_num_key_value_heads", "attention_other_setting.num_attention_groups"};
constexpr std::array<std::string_view, 2> kWindowHeadDim = {"swa_head_dim",
                                                            "attention_other_setting.head_dim"};
constexpr std::array<std::string_view, 1> kWindowValueDim = {"swa_v_head_dim"};
constexpr GqaKeys kWindowed = {kWindowHeads, kWindowKvHeads, kWindowHeadDim, kWindowValueDim};
constexpr std::array<std::string_view, 4> kWindowKeys = {
    "sliding_window", "sliding_window_size", "attention_chunk_size", "window_size"};

/// What changes attention in a way that no formula here has; each with why.
struct Unmodelled {
  std::string_view key;
  std::string_view why;
};
constexpr std::array<Unmodelled, 11> kUnmodelled = {
    {{"compress_ratios", "its layers compress the cache"},
     {"num_kv_shared_layers", "layers share their cache"},
     {"use_cla", "layers share their cache"},
     {"sparsity_config", "weights are sparse"},
     {"block_configs", "its layers differ from one another"},
     {"moba_config", "attention picks blocks of the context"},
     {"nsa_config", "attention picks blocks of the context"},
     {"sparse_attention_config", "attention picks blocks of the context"},
     {"index_topk_freq", "layers share an indexer"},
     {"index_topk_pattern", "layers share an indexer"},
     {"indexer_types", "layers share an indexer"}}};

/// "false", 0, an empty list, and 1 for a frequency, say that there is none of it.
bool says_none(const Unmodelled& unmodelled, const Node& value) {
  if (!value.is_scalar()) return value.items.empty() && value.entries.empty();
  if (value.text == "false" || value.text == "False" || value.text == "0") return true;
  return unmodelled.key == "index_topk_freq" && value.text == "1";
}

void doubt_unmodelled(HuggingFaceConfig& config, bool compressed) {
  for (const Unmodelled& unmodelled : kUnmodelled) {
    const Node* const value = value_of(config, unmodelled.key);
    if (value == nullptr || says_none(unmodelled, *value)) continue;
    if (compressed && unmodelled.key == "compress_ratios") continue;
    doubt(config,
          *value,
          fmt::format("'{}': {}, which is not modelled", unmodelled.key, unmodelled.why),
          {kOurAttention, "attention_time"});
  }
  if (text_of(config, "model_type") == "jetmoe") {
    doubt(config,
          *value_of(config, "model_type"),
          "attention of 'jetmoe' has experts of its own, which is not modelled",
          {kOurAttention, "attention_time"});
  }
}

/// Sizes under some keys, with those of `other` where the file has none. Keys and values of
/// different widths count as two of the mean.
GqaShape read_gqa(HuggingFaceConfig& config, const GqaKeys& keys, const GqaShape& other) {
  GqaShape gqa{
      .heads = whole_of(config, keys.heads, range::kSize, kOurAttention).value_or(other.heads),
      .kv_heads =
          whole_of(config, keys.kv_heads, range::kSize, kOurAttention).value_or(other.kv_heads),
      .head_dim =
          whole_of(config, keys.head_dim, range::kSize, kOurAttention).value_or(other.head_dim)};
  if (const auto v_dim = whole_of(config, keys.v_dim, range::kSize, kOurAttention)) {
    gqa.head_dim = (gqa.head_dim + *v_dim + 1) / 2;
  }
  if (gqa.heads % gqa.kv_heads != 0) {
    const auto stated = first_of(config, keys.kv_heads);
    doubt(config,
          stated ? *stated->value : config.text,
          fmt::format(
              "{} heads do not share {} heads of keys and values evenly", gqa.heads, gqa.kv_heads),
          {kOurAttention});
  }
  return gqa;
}

MlaShape read_mla(HuggingFaceConfig& config, int heads, int latent) {
  const auto size = [&](std::string_view key) {
    const std::array<std::string_view, 1> keys = {key};
    return whole_of(config, keys, range::kSizeOrNone, kOurAttention);
  };
  const auto required = [&](std::string_view key) {
    const auto value = size(key);
    if (!value && value_of(config, key) == nullptr) {
      doubt(config,
            *value_of(config, "kv_lora_rank"),
            fmt::format("'kv_lora_rank' needs '{}' beside it", key),
            {kOurAttention, "attention_time"});
    }
    return std::max(1, value.value_or(1));
  };
  return {.heads = heads,
          .q_lora_rank = size("q_lora_rank").value_or(0),
          .kv_lora_rank = latent,
          .rope_dim = size("qk_rope_head_dim").value_or(0),
          .nope_dim = required("qk_nope_head_dim"),
          .v_dim = required("v_head_dim")};
}

void read_heads(HuggingFaceConfig& config, ModelShape& shape) {
  constexpr std::array<std::string_view, 1> kLatent = {"kv_lora_rank"};
  const auto heads = whole_of(config, kHeads, range::kSize, kOurAttention);
  if (!heads) return;
  shape.compressed = read_compressed_attention(config, *heads);
  if (shape.compressed) return;
  if (const auto latent = whole_of(config, kLatent, range::kSizeOrNone, kOurAttention);
      latent.value_or(0) > 0) {
    shape.mla = read_mla(config, *heads, *latent);
    return;
  }
  if (!first_of(config, kHeadDim) && !shape.model_hidden_size) return;
  const int head_dim = std::max(1, shape.model_hidden_size.value_or(*heads) / *heads);
  const GqaShape usual =
      read_gqa(config, kUsualKeys, {.heads = *heads, .kv_heads = *heads, .head_dim = head_dim});
  shape.gqa = usual;
  if (first_of(config, kGlobalKvHeads) || first_of(config, kGlobalHeadDim)) {
    shape.gqa = read_gqa(config, kGlobal, usual);
    shape.attention_layers.window_gqa = usual;
  } else if (first_of(config, kWindowKvHeads) || first_of(config, kWindowHeads)) {
    // A width of values stands beside that of keys, so that the mean is of the window's own.
    const GqaShape plain{
        usual.heads,
        usual.kv_heads,
        whole_of(config, kHeadDim, range::kSize, kOurAttention).value_or(head_dim)};
    shape.attention_layers.window_gqa = read_gqa(config, kWindowed, plain);
  }
}

int count_of(const std::vector<HuggingFaceLayer>& layers, Mixer mixer) {
  return static_cast<int>(std::count_if(
      layers.begin(), layers.end(), [&](const auto& layer) { return layer.mixer == mixer; }));
}

void read_window_size(HuggingFaceConfig& config, AttentionLayers& into) {
  if (into.windowed == 0) return;
  const auto window = whole_of(config, kWindowKeys, range::kContext, kOurAttention);
  if (window) {
    into.window = *window;
  } else if (!first_of(config, kWindowKeys)) {
    doubt(config,
          config.text,
          fmt::format("{} layers attend to a window, but 'sliding_window' does not say how large",
                      into.windowed),
          {kOurAttention, "attention_time"});
  }
  if (value_of(config, "attention_chunk_size") != nullptr &&
      value_of(config, "sliding_window") == nullptr) {
    config.notes.emplace_back(
        "attention in chunks is counted as a window of a chunk, of which a token sees half");
  }
}

}  // namespace

void read_attention_sizes(HuggingFaceConfig& config,
                          const std::vector<HuggingFaceLayer>& layers,
                          ModelShape& shape) {
  read_heads(config, shape);
  doubt_unmodelled(config, shape.compressed.has_value());
  if (shape.compressed) return;
  AttentionLayers& into = shape.attention_layers;
  const auto size = [&](std::string_view key, Range<int> range) {
    const std::array<std::string_view, 1> keys = {key};
    return whole_of(config, keys, range, kOurAttention).value_or(0);
  };
  into.windowed = count_of(layers, Mixer::kWindow);
  into.linear = count_of(layers, Mixer::kLinear);
  if (!layers.empty()) into.full = count_of(layers, Mixer::kFull);
  read_window_size(config, into);
  into.sparse_tokens = size("index_topk", range::kContext);
  into.index_heads = size("index_n_heads", range::kSize);
  into.index_dim = size("index_head_dim", range::kSize);
  if (into.sparse_tokens > 0 && (into.index_heads == 0 || into.index_dim == 0)) {
    doubt(config,
          *value_of(config, "index_topk"),
          "'index_topk' goes with 'index_n_heads' and 'index_head_dim', which are not there",
          {"attention"});
  }
  if (into.linear > 0) read_linear_layers(config, shape, into);
}

}  // namespace wideep
