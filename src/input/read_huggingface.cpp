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
  const auto path = path_beside(config, name);
  if (!path) return std::nullopt;
  try {
    Source& source = kept.emplace_back(read_source(*path, config.root));
    source.shown = config.shown;
    Node beside = parse_yaml(source, findings);
    return beside.is_map() ? std::optional(std::move(beside)) : std::nullopt;
  } catch (const InputError& error) {
    findings.report(error);
    return std::nullopt;
  }
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
    shape.moe_layers = std::max(1, count_of(layers, FeedForward::kExperts));
    const int dense = count_of(layers, FeedForward::kDense);
    if (dense > 0) read_dense_size(config, dense, shape);
  }
  shape.vocabulary = whole_of(config, kVocabulary, range::kVocabulary, "vocab_size");
  shape.draft_layers = whole_of(config, kDraftLayers, range::kLayersOrNone, "mtp_layers");
}

/// Gemma's head is its embeddings where nothing is said; others say so.
bool is_tied(const HuggingFaceConfig& config) {
  const Node* tied = value_of(config, "tie_word_embeddings");
  if (tied == nullptr) tied = config.root.find("tie_word_embeddings");
  if (tied != nullptr) return is_true(tied);
  return value_of(config, "top_k_experts") != nullptr ||
         text_of(config, "model_type").starts_with("gemma");
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

ModelShape read_huggingface(const Node& root, Findings& findings) {
  if (!root.is_map()) {
    findings.report(root.place, "the file must be a mapping of keys to values");
    return {.faulty = true};
  }
  HuggingFaceConfig config{root, language_part(root)};
  ModelShape shape;
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
