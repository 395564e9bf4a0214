#include "input/read_model.h"

#include <deque>

#include <fmt/format.h>

#include "input/presets.h"
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
  if (!shape.hidden_size || !shape.top_k || !shape.experts) {
    findings.report(root.place,
                    "no mixture-of-experts shape here: hidden_size, num_experts_per_tok and "
                    "n_routed_experts (or num_experts, num_local_experts) are needed");
    shape.faulty = true;
  }
  return shape;
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
  return shape;
}

ModelShape read_model(const Node& value, Findings& findings) {
  if (value.is_scalar() && names_file(value.text)) return read_model_file(value, findings);
  const Node whole = with_preset(PresetKind::kModel, value, findings);
  if (whole.kind == Node::Kind::kNull && value.kind != Node::Kind::kNull) return {.faulty = true};
  return read_own_shape(whole, "model", findings);
}

ModelShape read_model_root(const Node& root, Findings& findings) {
  const bool huggingface = root.find("num_experts_per_tok") != nullptr ||
                           root.find("text_config") != nullptr ||
                           root.find("architectures") != nullptr;
  return huggingface ? read_huggingface(root, findings) : read_own_shape(root, "", findings);
}

}  // namespace wideep
