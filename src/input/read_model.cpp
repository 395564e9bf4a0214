#include "input/read_model.h"

#include <algorithm>
#include <array>
#include <deque>

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/named_file.h"
#include "input/presets.h"
#include "input/ranges.h"
#include "input/read_huggingface.h"

namespace wideep {
namespace {

constexpr std::array<Word<bool>, 2> kYesOrNo = {{{"true", true}, {"false", false}}};

/// Two keys of which neither means anything alone.
void both_or_none(Section& section, const char* one, const char* other) {
  if (section.has(one) && !section.has(other)) section.miss(other);
  if (section.has(other) && !section.has(one)) section.miss(one);
}

/// Windows, linear attention and indexers, under `attention`.
void read_attention_layers(Section& section, AttentionLayers& layers) {
  layers.window = section.whole("window", range::kContext).value_or(0);
  layers.windowed = section.whole("window_layers", range::kLayers).value_or(0);
  layers.full = section.whole("full_layers", range::kLayersOrNone);
  layers.linear = section.whole("linear_layers", range::kLayers).value_or(0);
  layers.linear_state =
      section.quantity<Bytes>("linear_state", range::kLinearState).value_or(Bytes(0.0));
  layers.sparse_tokens = section.whole("sparse_tokens", range::kContext).value_or(0);
  layers.index_heads = section.whole("index_heads", range::kSize).value_or(0);
  layers.index_dim = section.whole("index_dim", range::kSize).value_or(0);
  both_or_none(section, "window", "window_layers");
  both_or_none(section, "linear_layers", "linear_state");
  for (const char* key : {"index_heads", "index_dim"}) both_or_none(section, "sparse_tokens", key);
}

/// `{kind: compressed, ...}`: of each kind of layers all its keys or none.
CompressedShape read_compressed(Section& section) {
  const auto size = [&](std::string_view key, Range<int> range) {
    if (!section.has(key)) section.miss(key);
    return section.whole(key, range).value_or(range.low);
  };
  const auto optional = [&](std::string_view key, Range<int> range, int none) {
    return section.whole(key, range).value_or(none);
  };
  CompressedShape kind{.heads = size("heads", range::kSize),
                       .head_dim = size("head_dim", range::kSize),
                       .rope_dim = size("rope_dim", range::kSizeOrNone),
                       .q_lora_rank = size("q_lora_rank", range::kSize),
                       .output_groups = size("o_groups", range::kSize),
                       .output_rank = size("o_lora_rank", range::kSize),
                       .window = size("window", range::kContext)};
  kind.picked_layers = optional("picked_layers", range::kLayersOrNone, 0);
  kind.picked_ratio = optional("picked_ratio", range::kSize, 1);
  kind.picked = optional("picked", range::kContext, 1);
  kind.index_heads = optional("index_heads", range::kSize, 1);
  kind.index_dim = optional("index_dim", range::kSize, 1);
  kind.pooled_layers = optional("pooled_layers", range::kLayersOrNone, 0);
  kind.pooled_ratio = optional("pooled_ratio", range::kSize, 1);
  for (const char* key : {"picked_ratio", "picked", "index_heads", "index_dim"}) {
    both_or_none(section, "picked_layers", key);
  }
  both_or_none(section, "pooled_layers", "pooled_ratio");
  if (kind.rope_dim > kind.head_dim) {
    section.report("rope_dim", "'attention.rope_dim' is a part of 'attention.head_dim'");
  }
  return kind;
}

/// `attention: {kind: mla, ...}`, `{kind: gqa, ...}` or `{kind: compressed, ...}`.
void read_attention(Section& parent, ModelShape& shape) {
  enum class Kind { kMla, kGqa, kCompressed };
  static constexpr std::array<Word<Kind>, 3> kKinds = {
      {{"mla", Kind::kMla}, {"gqa", Kind::kGqa}, {"compressed", Kind::kCompressed}}};
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
  } else if (kind == Kind::kCompressed) {
    shape.compressed = read_compressed(section);
    return section.finish();
  } else {  // without its kind no key is known to be wrong
    for (const char* key : {"o_groups",
                            "o_lora_rank",
                            "picked_layers",
                            "picked_ratio",
                            "picked",
                            "pooled_layers",
                            "pooled_ratio",
                            "heads",
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
  read_attention_layers(section, shape.attention_layers);
  section.finish();
}

ReadShape read_own_shape(const Node& root, const std::string& path, Findings& findings) {
  Section section(&root, path, findings);
  section.text("about");
  ReadShape shape = read_shape(section);
  shape.faulty = !section.exists();
  section.finish();
  return shape;
}

bool is_model(const Node& root) {
  const bool ours = std::any_of(root.entries.begin(), root.entries.end(), [](const Entry& entry) {
    return entry.key.text == "preset" || holds(kModelKeys, entry.key.text);
  });
  return ours || is_huggingface(root);
}

ReadShape read_model_file(const Node& value, Findings& findings) {
  static std::deque<Source> kept;  // messages point into them
  auto named = read_named_source(*value.place.source, value.text, findings);
  if (!named) return faulty_shape();
  Source& source = kept.emplace_back(std::move(*named));
  const Node root = parse_named(source, "model", is_model, findings);
  if (root.kind == Node::Kind::kNull) return faulty_shape();
  return read_model_root(root, findings);
}

}  // namespace

ReadShape read_shape(Section& section) {
  ReadShape shape;
  shape.hidden_size = section.whole("hidden_size", range::kHiddenSize);
  shape.top_k = section.whole("top_k", range::kTopK);
  shape.experts = section.whole("experts", range::kExperts);
  shape.moe_layers = section.whole("moe_layers", range::kLayers);
  shape.dense_layers = section.whole("dense_layers", range::kLayersOrNone);
  shape.dense_size = section.whole("dense_intermediate_size", range::kSize);
  shape.vocabulary = section.whole("vocab_size", range::kVocabulary);
  shape.draft_layers = section.whole("mtp_layers", range::kLayersOrNone);
  shape.groups = section.whole("groups", range::kGroups);
  shape.groups_per_token = section.whole("groups_per_token", range::kGroups);
  shape.model_hidden_size = section.whole("model_hidden_size", range::kHiddenSize);
  shape.expert_size = section.whole("moe_intermediate_size", range::kSize);
  shape.expert_matrices = section.whole("expert_matrices", range::kExpertMatrices);
  shape.shared_size = section.whole("shared_intermediate_size", range::kSizeOrNone);
  shape.mlp_matrices = section.whole("mlp_matrices", range::kExpertMatrices);
  shape.tied_embeddings = section.choice<bool>("tied_embeddings", kYesOrNo);
  shape.weights = section.choice<WeightType>("weight_dtype", kWeightTypeWords);
  shape.dense_weights = section.choice<WeightType>("dense_weight_dtype", kWeightTypeWords);
  shape.attention_weights = section.choice<WeightType>("attention_weight_dtype", kWeightTypeWords);
  shape.kv_element = section.choice<Bytes>("kv_dtype", kCacheTypeWords);
  shape.attends_in_fp8 = section.choice<bool>("attention_dtype", kAttentionTypeWords);
  read_attention(section, shape);
  return shape;
}

ReadShape merged(const ReadShape& own, const ReadShape& model) {
  ReadShape whole = own;
  const auto fill = [](auto& mine, const auto& theirs) {
    if (!mine) mine = theirs;
  };
  fill(whole.hidden_size, model.hidden_size);
  fill(whole.top_k, model.top_k);
  fill(whole.experts, model.experts);
  fill(whole.moe_layers, model.moe_layers);
  fill(whole.dense_layers, model.dense_layers);
  fill(whole.dense_size, model.dense_size);
  fill(whole.vocabulary, model.vocabulary);
  fill(whole.draft_layers, model.draft_layers);
  fill(whole.groups, model.groups);
  fill(whole.groups_per_token, model.groups_per_token);
  fill(whole.model_hidden_size, model.model_hidden_size);
  fill(whole.expert_size, model.expert_size);
  fill(whole.expert_matrices, model.expert_matrices);
  fill(whole.shared_size, model.shared_size);
  fill(whole.mlp_matrices, model.mlp_matrices);
  fill(whole.layers, model.layers);
  fill(whole.tied_embeddings, model.tied_embeddings);
  fill(whole.weights, model.weights);
  fill(whole.dense_weights, model.dense_weights);
  fill(whole.attention_weights, model.attention_weights);
  fill(whole.kv_element, model.kv_element);
  fill(whole.attends_in_fp8, model.attends_in_fp8);
  if (!attends(whole)) {
    whole.compressed = model.compressed;
    whole.mla = model.mla;
    whole.gqa = model.gqa;
    whole.attention_layers = model.attention_layers;
  }
  whole.expected = model.expected;
  whole.doubts = model.doubts;
  whole.notes = model.notes;
  whole.faulty = own.faulty || model.faulty;
  return whole;
}

ReadShape read_model(const Node& value, Findings& findings) {
  if (value.is_scalar() && names_file(value.text)) return read_model_file(value, findings);
  const Node whole = with_preset(PresetKind::kModel, value, findings);
  if (whole.kind == Node::Kind::kNull && value.kind != Node::Kind::kNull) return faulty_shape();
  return read_own_shape(whole, "model", findings);
}

ReadShape read_model_root(const Node& root, Findings& findings) {
  if (is_huggingface(root)) return read_huggingface(root, findings);
  const Node whole = root.is_map() ? with_preset(PresetKind::kModel, root, findings) : root;
  if (whole.kind == Node::Kind::kNull) return faulty_shape();
  return read_own_shape(whole, "", findings);
}

}  // namespace wideep
