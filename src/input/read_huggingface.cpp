#include "input/read_huggingface.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/ranges.h"

namespace wideep {
namespace {

/// The first of several spellings that a config.json has.
std::optional<int> first_whole(Section& config,
                               std::initializer_list<std::string_view> keys,
                               Range<int> range) {
  for (const std::string_view key : keys) {
    const Node* const value = config.find(key);
    if (value != nullptr && value->kind != Node::Kind::kNull) return config.whole(key, range);
  }
  return std::nullopt;
}

bool is_false(const Node& flag) {
  return flag.text == "0" || flag.text == "false";
}

/// Layers with routed experts, as transformers counts them: from first_k_dense_replace on, every
/// moe_layer_freq-th (DeepSeek: those whose index it divides; Qwen and Llama: the last of each so
/// many), but for mlp_only_layers; or one flag a layer.
std::optional<int> moe_layers_of(Section& config) {
  const auto layers = config.whole("num_hidden_layers", range::kLayers);
  if (!layers) return std::nullopt;
  constexpr Range<int> kDense{0, range::kLayers.high};
  const int dense = first_whole(config, {"first_k_dense_replace"}, kDense).value_or(0);
  const Node* const frequency = config.find("moe_layer_freq");
  const Node* const dense_layers = config.find("mlp_only_layers");
  int count = 0;
  if (frequency != nullptr && frequency->kind == Node::Kind::kSequence) {
    for (const Node& flag : frequency->items) count += is_false(flag) ? 0 : 1;
  } else {
    const int every = first_whole(config, {"moe_layer_freq"}, range::kLayers).value_or(1);
    const int last_of =
        first_whole(config, {"interleave_moe_layer_step", "decoder_sparse_step"}, range::kLayers)
            .value_or(1);
    for (int layer = dense; layer < *layers; ++layer) {
      count += layer % every == 0 && (layer + 1) % last_of == 0 ? 1 : 0;
    }
    if (dense_layers != nullptr) count -= static_cast<int>(dense_layers->items.size());
  }
  if (count < 1 || count > *layers) {
    config.report("num_hidden_layers",
                  fmt::format("these keys leave {} layers with experts of {}", count, *layers));
    return std::nullopt;
  }
  return count;
}

/// Multimodal models say it beside their language part, or inside.
std::optional<WeightType> weights_in(const Node& root, Section& config) {
  const Node* const inside = config.find("quantization_config");
  const Node* const quantized = inside != nullptr ? inside : root.find("quantization_config");
  if (quantized == nullptr) return WeightType::kBf16;
  const Node* const method = quantized->find("quant_method");
  if (method == nullptr) return std::nullopt;
  if (method->text == "fp8") return WeightType::kFp8;
  return method->text == "mxfp4" ? std::optional(WeightType::kMxfp4) : std::nullopt;
}

/// Attention as transformers names its sizes: MLA where there is a latent rank, else GQA.
void read_huggingface_attention(Section& config, ModelShape& shape) {
  const auto heads = config.whole("num_attention_heads", range::kSize);
  const auto latent = config.find("kv_lora_rank") != nullptr
                          ? first_whole(config, {"kv_lora_rank"}, range::kSize)
                          : std::nullopt;
  if (!heads) return;
  if (latent) {
    const auto size = [&](std::string_view key) {
      return first_whole(config, {key}, range::kSizeOrNone).value_or(0);
    };
    shape.mla = MlaShape{.heads = *heads,
                         .q_lora_rank = size("q_lora_rank"),
                         .kv_lora_rank = *latent,
                         .rope_dim = size("qk_rope_head_dim"),
                         .nope_dim = size("qk_nope_head_dim"),
                         .v_dim = size("v_head_dim")};
    return;
  }
  const auto hidden = config.whole("hidden_size", range::kHiddenSize);
  const auto head = first_whole(config, {"head_dim"}, range::kSize);
  if (!head && !hidden) return;
  shape.gqa = GqaShape{
      .heads = *heads,
      .kv_heads = first_whole(config, {"num_key_value_heads"}, range::kSize).value_or(*heads),
      .head_dim = head ? *head : std::max(1, *hidden / *heads)};
}

/// Layers without experts, windows and linear attention, as layer_types counts them, the indexer,
/// vocabulary and drafting layers.
void read_other_layers(Section& config, ModelShape& shape) {
  const auto layers = config.whole("num_hidden_layers", range::kLayers);
  if (layers && shape.moe_layers && *layers > *shape.moe_layers) {
    shape.dense_size =
        first_whole(config, {"intermediate_size_mlp", "intermediate_size"}, range::kSize);
    if (shape.dense_size) shape.dense_layers = *layers - *shape.moe_layers;
  }
  shape.vocabulary = first_whole(config, {"vocab_size"}, range::kVocabulary);
  shape.draft_layers = first_whole(
      config, {"num_nextn_predict_layers", "mtp_num_hidden_layers"}, range::kLayersOrNone);
  AttentionLayers& reach = shape.attention_layers;
  if (const Node* const types = config.find("layer_types"); types != nullptr) {
    for (const Node& type : types->items) {
      reach.windowed += type.text == "sliding_attention" ? 1 : 0;
    }
  }
  if (reach.windowed > 0) {
    reach.window = first_whole(config, {"sliding_window"}, range::kContext).value_or(0);
    if (reach.window == 0) reach.windowed = 0;
  }
  reach.sparse_tokens = first_whole(config, {"index_topk"}, range::kContext).value_or(0);
  reach.index_heads = first_whole(config, {"index_n_heads"}, range::kSize).value_or(0);
  reach.index_dim = first_whole(config, {"index_head_dim"}, range::kSize).value_or(0);
}

}  // namespace

bool is_huggingface(const Node& root) {
  constexpr std::array<std::string_view, 4> kOnlyThere = {
      "num_experts_per_tok", "text_config", "architectures", "num_hidden_layers"};
  return std::any_of(kOnlyThere.begin(), kOnlyThere.end(), [&](std::string_view key) {
    return root.find(key) != nullptr;
  });
}

ModelShape read_huggingface(const Node& root, Findings& findings) {
  const Node* const nested =
      root.find("text_config");  // multimodal models nest their language part
  Section config(nested != nullptr && nested->is_map() ? nested : &root, "", findings);
  if (!config.exists()) return {.faulty = true};

  ModelShape shape;
  // Latent MoE: what crosses the wire is narrower than the hidden state.
  shape.hidden_size = first_whole(
      config, {"routed_expert_hidden_size", "moe_latent_size", "hidden_size"}, range::kHiddenSize);
  shape.top_k = first_whole(config, {"num_experts_per_tok", "moe_topk"}, range::kTopK);
  shape.experts = first_whole(
      config, {"n_routed_experts", "num_experts", "num_local_experts"}, range::kExperts);
  shape.moe_layers = moe_layers_of(config);
  read_other_layers(config, shape);
  shape.groups = first_whole(config, {"n_group"}, range::kGroups);
  shape.groups_per_token = first_whole(config, {"topk_group"}, range::kGroups);
  shape.model_hidden_size = config.whole("hidden_size", range::kHiddenSize);
  shape.expert_size =
      first_whole(config, {"moe_intermediate_size", "intermediate_size"}, range::kSize);
  const auto shared = first_whole(config, {"n_shared_experts"}, range::kSizeOrNone);
  shape.shared_size = first_whole(config, {"shared_expert_intermediate_size"}, range::kSizeOrNone);
  if (shared && shape.expert_size) shape.shared_size = *shared * *shape.expert_size;
  shape.weights = weights_in(root, config);
  // gpt-oss, the one family in MXFP4, has nothing but its experts in it.
  if (shape.weights == WeightType::kMxfp4) shape.dense_weights = WeightType::kBf16;
  read_huggingface_attention(config, shape);
  if (!shape.hidden_size || !shape.top_k || !shape.experts) {
    findings.report(root.place,
                    "no mixture-of-experts shape here: hidden_size, num_experts_per_tok and "
                    "n_routed_experts (or num_experts, num_local_experts) are needed");
    shape.faulty = true;
  }
  return shape;
}

}  // namespace wideep
