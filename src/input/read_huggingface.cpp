#include "input/read_huggingface.h"

#include <algorithm>
#include <array>
#include <deque>

#include <fmt/format.h>

#include "input/expected_size.h"
#include "input/huggingface_attention.h"
#include "input/huggingface_experts.h"
#include "input/huggingface_quantization.h"
#include "input/ranges.h"

namespace wideep {
namespace {

constexpr std::array<std::string_view, 2> kDenseSize = {"intermediate_size_mlp",
                                                        "intermediate_size"};
constexpr std::array<std::string_view, 1> kVocabulary = {"vocab_size"};
constexpr std::array<std::string_view, 2> kDraftLayers = {"num_nextn_predict_layers",
                                                          "mtp_num_hidden_layers"};

/// A file in the folder of a config.json, parsed; nothing where there is none.
std::optional<Node> read_beside(const Node& root, const char* name, Findings& findings) {
  static std::deque<Source> kept;  // messages point into them
  const Source& config = *root.place.source;
  if (!lies_beside(config, name)) return std::nullopt;
  auto named = read_named_source(config, name, findings);
  if (!named) return std::nullopt;
  Source& source = kept.emplace_back(std::move(*named));
  source.shown = source.shown && config.shown;
  Node beside = parse_yaml(source, findings);
  if (beside.is_map()) return beside;
  if (beside.kind != Node::Kind::kNull) {
    findings.report(beside.place, "the file must be a mapping of keys to values");
  }
  return std::nullopt;
}

int count_of(const std::vector<HuggingFaceLayer>& layers, FeedForward kind) {
  return static_cast<int>(std::count_if(
      layers.begin(), layers.end(), [&](const auto& layer) { return layer.feed_forward == kind; }));
}

/// Llama 4 gives two sizes, of which the second is its experts'. Where nothing is said of experts'
/// sizes either, the dense layers are none of anybody's business.
void read_dense_size(HuggingFaceConfig& config, int layers, ModelShape& shape) {
  if (const auto stated = first_of(config, kDenseSize)) {
    const std::array<std::string_view, 1> one = {stated->key};
    shape.dense_size = whole_of(config, one, range::kSize, "dense_intermediate_size");
    if (shape.dense_size) shape.dense_layers = layers;
  } else if (shape.expert_size) {
    shape.dense_layers = layers;
    doubt(config,
          config.text,
          fmt::format("{} layers have no experts, but no key says how large their MLP is "
                      "(intermediate_size)",
                      layers),
          {"dense_intermediate_size"});
  }
}

/// Layers with and without experts, the MLP of the latter, vocabulary and drafting layers.
void read_stack(HuggingFaceConfig& config,
                const std::vector<HuggingFaceLayer>& layers,
                ModelShape& shape) {
  if (!layers.empty()) {
    shape.layers = static_cast<int>(layers.size());
    const int with_experts = count_of(layers, FeedForward::kExperts);
    if (with_experts > 0) {
      shape.moe_layers = with_experts;
    } else {
      doubt(config,
            config.text,
            "none of its layers has experts by what the file says",
            {"moe_layers"});
    }
    const int dense = count_of(layers, FeedForward::kDense);
    if (dense > 0) read_dense_size(config, dense, shape);
  }
  shape.vocabulary = whole_of(config, kVocabulary, range::kVocabulary, "vocab_size");
  shape.draft_layers = whole_of(config, kDraftLayers, range::kLayersOrNone, "mtp_layers");
}

/// Gemma's head is its embeddings where nothing is said; others say so.
bool is_tied(const HuggingFaceConfig& config) {
  const Node* tied = nullptr;
  for (const std::string_view key : {"tie_word_embeddings", "tie_embedding"}) {
    if (tied == nullptr) tied = value_of(config, key);
    if (tied == nullptr) tied = config.root.find(key);
  }
  if (tied != nullptr) return is_true(tied);
  return value_of(config, "top_k_experts") != nullptr ||
         text_of(config, "model_type").starts_with("gemma");
}

/// Keys of layers and shared experts whose meaning differs from model to model.
void doubt_unread(HuggingFaceConfig& config) {
  for (const std::string_view key : {"is_moe_layer",
                                     "moe_every_n_layers",
                                     "moe_layer_indices",
                                     "moe_layer_list",
                                     "expert_layer_indices"}) {
    const Node* const value = value_of(config, key);
    if (value == nullptr) continue;
    doubt(config,
          *value,
          fmt::format("'{}': which layers have experts is not read of it", key),
          {"moe_layers"});
  }
  const Node* const shared = value_of(config, "shared_expert_num");
  if (shared != nullptr && is_true(shared)) {
    doubt(config, *shared, "'shared_expert_num' is not read", {"shared_intermediate_size"});
  }
  const Node* const latent = value_of(config, "use_mla");
  if (latent != nullptr && !is_true(latent) && value_of(config, "kv_lora_rank") != nullptr) {
    doubt(config, *latent, "'use_mla' contradicts 'kv_lora_rank'", {"attention", "attention_time"});
  }
}

}  // namespace

bool is_huggingface(const Node& root) {
  constexpr std::array<std::string_view, 9> kOnlyThere = {"num_experts_per_tok",
                                                          "text_config",
                                                          "llm_config",
                                                          "language_config",
                                                          "thinker_config",
                                                          "architectures",
                                                          "model_type",
                                                          "num_hidden_layers",
                                                          "n_layers"};
  return std::any_of(kOnlyThere.begin(), kOnlyThere.end(), [&](std::string_view key) {
    return root.find(key) != nullptr;
  });
}

ReadShape read_huggingface(const Node& root, Findings& findings) {
  if (!root.is_map()) {
    findings.report(root.place, "the file must be a mapping of keys to values");
    return faulty_shape();
  }
  HuggingFaceConfig config{root, language_part(root)};
  ReadShape shape;
  doubt_unread(config);
  read_expert_sizes(config, shape);
  const auto layers = read_layers(config);
  read_stack(config, layers, shape);
  read_attention_sizes(config, layers, shape);
  const auto beside = read_beside(root, "hf_quant_config.json", findings);
  read_quantization(config, beside ? &*beside : nullptr, layers, shape);
  shape.tied_embeddings = is_tied(config);
  shape.expected = expected_size(root);
  shape.doubts = std::move(config.doubts);
  shape.notes = std::move(config.notes);
  return shape;
}

}  // namespace wideep
