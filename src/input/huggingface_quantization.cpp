#include "input/huggingface_quantization.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/huggingface_methods.h"
#include "model/words.h"

namespace wideep {
namespace {

constexpr std::string_view kOurCache = "kv_dtype";

/// kv_cache_quant_algo of ModelOpt, kv_cache_scheme of compressed-tensors.
void read_cache_type(Quantization& reading, const Node& quantized, ModelShape& shape) {
  if (const Node* const algorithm = quantized.find("kv_cache_quant_algo");
      algorithm != nullptr && algorithm->is_scalar()) {
    if (algorithm->text == "FP8") {
      shape.kv_element = Bytes(1.0);
    } else if (algorithm->text != "None" && algorithm->text != "NONE") {
      doubt(reading.config,
            *algorithm,
            fmt::format("'kv_cache_quant_algo' is '{}', not FP8", algorithm->text),
            {kOurCache});
    }
  }
  const Node* const scheme = quantized.find("kv_cache_scheme");
  if (scheme == nullptr || !scheme->is_map()) return;
  if (number_in(*scheme, "num_bits") == 8) {
    shape.kv_element = Bytes(1.0);
  } else {
    doubt(reading.config, *scheme, "'kv_cache_scheme' is not of 8 bits", {kOurCache});
  }
}

/// What a kind of module is stored in: the last rule that covers it, bf16 where none does.
struct Stored {
  WeightType type = WeightType::kBf16;
  const QuantizationRule* partly =
      nullptr;  ///< a rule that covers some of its layers and changes the type
  Cover cover;
};

Stored stored_in(const Quantization& reading,
                 Module module,
                 const std::vector<HuggingFaceLayer>& layers) {
  Stored stored;
  for (const QuantizationRule& rule : reading.rules) {
    const Cover cover = cover_of(rule.modules, module, layers);
    if (cover.none() || rule.type == stored.type) continue;
    stored.partly = cover.whole() ? nullptr : &rule;
    stored.cover = cover;
    if (cover.whole()) stored.type = rule.type;
  }
  return stored;
}

/// The larger type where a rule reaches some of the layers only, and a note of it.
WeightType dense_type(Quantization& reading, const Stored& stored, std::string_view what) {
  if (stored.partly == nullptr) return stored.type;
  const WeightType other = stored.partly->type;
  const WeightType larger = bytes_of(other) > bytes_of(stored.type) ? other : stored.type;
  reading.config.notes.push_back(
      fmt::format("{} of {} of {} layers is {}, elsewhere {}: counted as {}",
                  what,
                  stored.cover.named,
                  stored.cover.layers,
                  name_of(other),
                  name_of(stored.type),
                  name_of(larger)));
  return larger;
}

void take_types(Quantization& reading,
                const std::vector<HuggingFaceLayer>& layers,
                ModelShape& shape) {
  const Stored experts = stored_in(reading, Module::kExperts, layers);
  if (experts.partly != nullptr) {
    doubt(reading.config,
          *experts.partly->at,
          fmt::format("the experts of {} of {} layers are {}, the others {}",
                      experts.cover.named,
                      experts.cover.layers,
                      name_of(experts.partly->type),
                      name_of(experts.type)),
          {kOurWeights});
  }
  shape.weights = experts.type;
  shape.attention_weights =
      dense_type(reading, stored_in(reading, Module::kAttention, layers), "attention");
  const Stored shared = stored_in(reading, Module::kShared, layers);
  const Stored dense = stored_in(reading, Module::kDense, layers);
  const bool has_shared = shape.shared_size.value_or(0) > 0;
  const bool has_dense = cover_of(everything(), Module::kDense, layers).layers > 0;
  const WeightType of_shared =
      has_shared ? dense_type(reading, shared, "the shared expert") : WeightType::kBf16;
  const WeightType of_dense =
      has_dense ? dense_type(reading, dense, "the MLP of dense layers") : of_shared;
  shape.dense_weights = has_shared ? of_shared : has_dense ? of_dense : *shape.attention_weights;
  if (has_shared && has_dense && of_shared != of_dense) {
    shape.dense_weights = bytes_of(of_shared) > bytes_of(of_dense) ? of_shared : of_dense;
    reading.config.notes.push_back(
        fmt::format("shared experts are {}, the MLP of dense layers is {}: both counted as {}",
                    name_of(of_shared),
                    name_of(of_dense),
                    name_of(*shape.dense_weights)));
  }
  // What is stored as the experts are follows them where the workload states another type.
  if (shape.attention_weights == shape.dense_weights) shape.attention_weights.reset();
  if (!shape.attention_weights && shape.dense_weights == shape.weights) shape.dense_weights.reset();
}

/// The type of a model that no quantization is said of.
void read_plain_type(Quantization& reading) {
  constexpr std::array<std::string_view, 2> kTypes = {"torch_dtype", "dtype"};
  auto stated = first_of(reading.config, kTypes);
  for (const std::string_view key : kTypes) {
    const Node* const outside = reading.config.root.find(key);
    if (!stated && outside != nullptr && outside->is_scalar()) stated = Spelled{key, outside};
  }
  if (!stated) return;
  take_format(
      reading, *stated->value, format_of_dtype(stated->value->text, 0), stated->key, everything());
}

/// DeepSeek-V4 states its experts' type apart from the method.
void read_expert_type(Quantization& reading, const Node* quantized) {
  const Node* stated = value_of(reading.config, "expert_dtype");
  if (stated == nullptr && quantized != nullptr) stated = quantized->find("expert_dtype");
  if (stated == nullptr || !stated->is_scalar()) return;
  take_format(reading, *stated, format_of_dtype(stated->text, 0), "expert_dtype", experts_alone());
}

/// The quantization of the language part, or of the whole model.
const Node* quantization_in(HuggingFaceConfig& config) {
  for (const std::string_view key : {"quantization_config", "compression_config"}) {
    for (const Node* const map : {&config.text, &config.root}) {
      const Node* const found = map->find(key);
      if (found == nullptr || found->kind == Node::Kind::kNull) continue;
      if (found->is_map()) return found;
      doubt(config,
            *found,
            fmt::format("'{}' is no mapping that says how weights are quantized", key),
            {"weight_dtype"});
      return nullptr;
    }
  }
  return nullptr;
}

}  // namespace

void read_quantization(HuggingFaceConfig& config,
                       const Node* beside,
                       const std::vector<HuggingFaceLayer>& layers,
                       ModelShape& shape) {
  Quantization reading{config};
  const Node* quantized = quantization_in(config);
  if (quantized == nullptr && beside != nullptr) {
    const Node* const inside = beside->find("quantization");
    quantized = inside != nullptr && inside->is_map() ? inside : beside;
  }
  if (quantized == nullptr) {
    read_plain_type(reading);
  } else {
    read_quantization_method(reading, *quantized);
    read_cache_type(reading, *quantized, shape);
  }
  read_expert_type(reading, quantized);
  take_types(reading, layers, shape);
}

}  // namespace wideep
