#include "input/read_model.h"

#include <algorithm>
#include <array>
#include <deque>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/ranges.h"

namespace wideep {
namespace {

constexpr std::array<Choice<WeightType>, 5> kWeightTypes = {{{"bf16", WeightType::kBf16},
                                                             {"fp8", WeightType::kFp8},
                                                             {"nvfp4", WeightType::kNvfp4},
                                                             {"mxfp4", WeightType::kMxfp4},
                                                             {"int4", WeightType::kInt4}}};
constexpr std::array<Choice<Bytes>, 2> kCacheTypes = {{{"bf16", Bytes(2.0)}, {"fp8", Bytes(1.0)}}};

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
std::optional<int> moe_layers(Section& config) {
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

std::optional<WeightType> weights_in(Section& config) {
  const Node* const quantized = config.find("quantization_config");
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

/// The shape in a Hugging Face config.json; its other keys are none of our business.
/// Key names: transformers' DeepseekV3, Qwen3Moe, Mixtral, GptOss, MiniMax and Llama4 configs.
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
  shape.moe_layers = moe_layers(config);
  shape.groups = first_whole(config, {"n_group"}, range::kGroups);
  shape.groups_per_token = first_whole(config, {"topk_group"}, range::kGroups);
  shape.model_hidden_size = config.whole("hidden_size", range::kHiddenSize);
  shape.expert_size =
      first_whole(config, {"moe_intermediate_size", "intermediate_size"}, range::kSize);
  const auto shared = first_whole(config, {"n_shared_experts"}, range::kSizeOrNone);
  shape.shared_size = first_whole(config, {"shared_expert_intermediate_size"}, range::kSizeOrNone);
  if (shared && shape.expert_size) shape.shared_size = *shared * *shape.expert_size;
  shape.weights = weights_in(config);
  read_huggingface_attention(config, shape);
  if (!shape.hidden_size || !shape.top_k || !shape.experts) {
    findings.report(root.place,
                    "no mixture-of-experts shape here: hidden_size, num_experts_per_tok and "
                    "n_routed_experts (or num_experts, num_local_experts) are needed");
    shape.faulty = true;
  }
  return shape;
}

/// `attention: {kind: mla, ...}` or `{kind: gqa, ...}`.
void read_attention(Section& parent, ModelShape& shape) {
  enum class Kind { kMla, kGqa };
  static constexpr std::array<Choice<Kind>, 2> kKinds = {
      {{"mla", Kind::kMla}, {"gqa", Kind::kGqa}}};
  Section section = parent.section("attention");
  if (!section.exists()) return;
  const auto kind = section.choice<Kind>("kind", kKinds);
  if (!section.has("kind")) section.miss("kind");
  const auto size = [&](std::string_view key, Range<int> range) {
    if (range.low > 0 && !section.has(key)) section.miss(key);
    return section.whole(key, range).value_or(range.low);
  };
  if (kind == Kind::kMla) {
    shape.mla = MlaShape{.heads = size("heads", range::kSize),
                         .q_lora_rank = size("q_lora_rank", range::kSizeOrNone),
                         .kv_lora_rank = size("kv_lora_rank", range::kSize),
                         .rope_dim = size("rope_dim", range::kSizeOrNone),
                         .nope_dim = size("nope_dim", range::kSize),
                         .v_dim = size("v_dim", range::kSize)};
  } else if (kind == Kind::kGqa) {
    shape.gqa = GqaShape{.heads = size("heads", range::kSize),
                         .kv_heads = size("kv_heads", range::kSize),
                         .head_dim = size("head_dim", range::kSize)};
    if (shape.gqa->heads % shape.gqa->kv_heads != 0) {
      section.report("kv_heads", "'attention.kv_heads' must divide 'attention.heads'");
    }
  } else {  // without its kind no key is known to be wrong
    for (const char* key : {"heads",
                            "q_lora_rank",
                            "kv_lora_rank",
                            "rope_dim",
                            "nope_dim",
                            "v_dim",
                            "kv_heads",
                            "head_dim"}) {
      section.find(key);
    }
  }
  section.finish();
}

ModelShape read_own_shape(const Node& root, const std::string& path, Findings& findings) {
  Section section(&root, path, findings);
  section.text("about");
  ModelShape shape = read_shape(section);
  shape.faulty = !section.exists();
  section.finish();
  return shape;
}

ModelShape read_model_file(const Node& value, Findings& findings) {
  static std::deque<Source> kept;  // messages point into them
  try {
    const Source& source =
        kept.emplace_back(read_source(path_beside(*value.place.source, value.text)));
    const Node root = parse_yaml(source, findings);
    if (root.kind == Node::Kind::kNull) return {.faulty = true};
    return read_model_root(root, findings);
  } catch (const InputError& error) {
    findings.report(error);
    return {.faulty = true};
  }
}

}  // namespace

ModelShape read_shape(Section& section) {
  ModelShape shape;
  shape.hidden_size = section.whole("hidden_size", range::kHiddenSize);
  shape.top_k = section.whole("top_k", range::kTopK);
  shape.experts = section.whole("experts", range::kExperts);
  shape.moe_layers = section.whole("moe_layers", range::kLayers);
  shape.groups = section.whole("groups", range::kGroups);
  shape.groups_per_token = section.whole("groups_per_token", range::kGroups);
  shape.model_hidden_size = section.whole("model_hidden_size", range::kHiddenSize);
  shape.expert_size = section.whole("moe_intermediate_size", range::kSize);
  shape.shared_size = section.whole("shared_intermediate_size", range::kSizeOrNone);
  shape.weights = section.choice<WeightType>("weight_dtype", kWeightTypes);
  shape.dense_weights = section.choice<WeightType>("dense_weight_dtype", kWeightTypes);
  shape.kv_element = section.choice<Bytes>("kv_dtype", kCacheTypes);
  read_attention(section, shape);
  return shape;
}

ModelShape merged(const ModelShape& own, const ModelShape& model) {
  ModelShape whole = own;
  const auto fill = [](auto& mine, const auto& theirs) {
    if (!mine) mine = theirs;
  };
  fill(whole.hidden_size, model.hidden_size);
  fill(whole.top_k, model.top_k);
  fill(whole.experts, model.experts);
  fill(whole.moe_layers, model.moe_layers);
  fill(whole.groups, model.groups);
  fill(whole.groups_per_token, model.groups_per_token);
  fill(whole.model_hidden_size, model.model_hidden_size);
  fill(whole.expert_size, model.expert_size);
  fill(whole.shared_size, model.shared_size);
  fill(whole.weights, model.weights);
  fill(whole.dense_weights, model.dense_weights);
  fill(whole.kv_element, model.kv_element);
  if (!whole.mla && !whole.gqa) {
    whole.mla = model.mla;
    whole.gqa = model.gqa;
  }
  whole.faulty = own.faulty || model.faulty;
  return whole;
}

ModelShape read_model(const Node& value, Findings& findings) {
  if (value.is_scalar() && names_file(value.text)) return read_model_file(value, findings);
  const Node whole = with_preset(PresetKind::kModel, value, findings);
  if (whole.kind == Node::Kind::kNull && value.kind != Node::Kind::kNull) return {.faulty = true};
  return read_own_shape(whole, "model", findings);
}

bool is_huggingface(const Node& root) {
  constexpr std::array<std::string_view, 4> kOnlyThere = {
      "num_experts_per_tok", "text_config", "architectures", "num_hidden_layers"};
  return std::any_of(kOnlyThere.begin(), kOnlyThere.end(), [&](std::string_view key) {
    return root.find(key) != nullptr;
  });
}

ModelShape read_model_root(const Node& root, Findings& findings) {
  return is_huggingface(root) ? read_huggingface(root, findings)
                              : read_own_shape(root, "", findings);
}

}  // namespace wideep
