#include <array>

#include <fmt/format.h>

#include "input/huggingface_attention.h"
#include "input/ranges.h"

namespace wideep {
namespace {

/// States are kept in 32 bits, the last inputs of a short convolution in bf16. Source: vLLM and
/// SGLang by default; Nemotron-H and Qwen3.5 say so (mamba_ssm_cache_dtype, mamba_ssm_dtype).
constexpr Bytes kInputElement{2.0};

Bytes state_element(const HuggingFaceConfig& config) {
  for (const std::string_view key : {"mamba_ssm_cache_dtype", "mamba_ssm_dtype"}) {
    const std::string_view type = text_of(config, key);
    if (type == "bfloat16" || type == "float16") return Bytes(2.0);
  }
  constexpr Bytes kFloat32{4.0};
  return kFloat32;
}

std::optional<int> size_of(HuggingFaceConfig& config, Spellings keys) {
  return whole_of(config, keys, range::kSize, kOurAttention);
}

/// The usual size where the file leaves it out, as it may where it is transformers' own.
int size_or(HuggingFaceConfig& config, Spellings keys, int usual) {
  return size_of(config, keys).value_or(usual);
}

/// Of a layer: the state of a sequence, and the elements of its projections.
struct Linear {
  Bytes state;
  double weights = 0.0;
};

/// Heads x head size x state, and a convolution over the inner width and both groups. Sizes that
/// are not there: NemotronHConfig, GraniteMoeHybridConfig and JambaConfig of transformers.
Linear read_mamba(HuggingFaceConfig& config, double d) {
  constexpr std::array<std::string_view, 2> kStateHeads = {"mamba_num_heads", "mamba_n_heads"};
  constexpr std::array<std::string_view, 2> kStateHeadDim = {"mamba_head_dim", "mamba_d_head"};
  constexpr std::array<std::string_view, 2> kState = {"ssm_state_size", "mamba_d_state"};
  constexpr std::array<std::string_view, 2> kStateGroups = {"mamba_n_groups", "n_groups"};
  constexpr std::array<std::string_view, 2> kConv = {"conv_kernel", "mamba_d_conv"};
  constexpr std::array<std::string_view, 2> kExpand = {"mamba_expand", "expand"};
  constexpr std::array<std::string_view, 1> kStep = {"mamba_dt_rank"};
  constexpr int kUsualHeads = 128;
  constexpr int kUsualHeadDim = 64;
  constexpr int kUsualState = 128;
  constexpr int kUsualConv = 4;
  const bool nemotron = value_of(config, "hybrid_override_pattern") != nullptr;
  if (!first_of(config, kState)) {
    config.notes.push_back(fmt::format(
        "no key gives the state of a Mamba layer; {} is taken for it, transformers' own",
        kUsualState));
  }
  const Node* const head =
      first_of(config, kStateHeadDim) ? first_of(config, kStateHeadDim)->value : nullptr;
  const bool automatic = head != nullptr && head->text == "auto";
  const double expanded = size_or(config, kExpand, 2) * d;
  const auto heads = size_of(config, kStateHeads);
  std::optional<int> head_dim;
  if (!automatic) head_dim = size_of(config, kStateHeadDim);
  double inner = expanded;
  if (heads && head_dim) inner = 1.0 * *heads * *head_dim;
  if (!heads && !head_dim && nemotron) inner = 1.0 * kUsualHeads * kUsualHeadDim;
  const double state = size_or(config, kState, kUsualState);
  const double conv = size_or(config, kConv, kUsualConv) - 1;
  if (first_of(config, kStep)) {  // the first Mamba: a state for each channel, a step of low rank
    const double rank = size_or(config, kStep, 1);
    constexpr double kMatrices = 3.0;  // into both halves, and out
    return {.state = inner * state * state_element(config) + conv * inner * kInputElement,
            .weights = d * kMatrices * inner + inner * (2.0 * rank + 2.0 * state)};
  }
  const double groups = size_or(config, kStateGroups, nemotron ? 8 : 1);
  const double convolved = inner + 2.0 * groups * state;
  const double steps = heads.value_or(static_cast<int>(inner / head_dim.value_or(kUsualHeadDim)));
  return {.state = inner * state * state_element(config) + conv * convolved * kInputElement,
          .weights = d * (inner + convolved + steps) + inner * d};
}

/// Gated delta rule of Qwen: keys x values for each value head.
Linear read_gated_delta(HuggingFaceConfig& config, double d) {
  const auto size = [&](std::string_view key) {
    const std::array<std::string_view, 1> keys = {key};
    const auto value = size_of(config, keys);
    if (!value && value_of(config, key) == nullptr) {
      doubt(config,
            *value_of(config, "linear_num_value_heads"),
            fmt::format("'linear_num_value_heads' needs '{}' beside it", key),
            {kOurAttention, "attention_time"});
    }
    return 1.0 * value.value_or(1);
  };
  const double values = size("linear_num_value_heads") * size("linear_value_head_dim");
  const double keys = size("linear_num_key_heads") * size("linear_key_head_dim");
  const double conv = size("linear_conv_kernel_dim") - 1;
  return {.state = values * size("linear_key_head_dim") * state_element(config) +
                   conv * (2.0 * keys + values) * kInputElement,
          .weights =
              d * (2.0 * keys + 2.0 * values + 2.0 * size("linear_num_value_heads")) + values * d};
}

/// Kimi Delta Attention: a square state for each head, gates of low rank.
Linear read_delta(HuggingFaceConfig& config, double d) {
  constexpr std::array<std::string_view, 1> kStateHeads = {"linear_attn_config.num_heads"};
  constexpr std::array<std::string_view, 1> kStateHeadDim = {"linear_attn_config.head_dim"};
  constexpr std::array<std::string_view, 1> kConv = {"linear_attn_config.short_conv_kernel_size"};
  const auto heads = size_of(config, kStateHeads);
  const auto head_dim = size_of(config, kStateHeadDim);
  if (!heads || !head_dim) {
    doubt(config,
          *value_of(config, "linear_attn_config"),
          "'linear_attn_config' needs 'num_heads' and 'head_dim'",
          {kOurAttention, "attention_time"});
    return {};
  }
  const double width = 1.0 * *heads * *head_dim;
  const double conv = size_or(config, kConv, 4) - 1;
  constexpr double kConvolved = 3.0;  // queries, keys, values
  constexpr double kMatrices = 4.0;   // of those, and the output
  return {.state =
              width * *head_dim * state_element(config) + conv * kConvolved * width * kInputElement,
          .weights = kMatrices * d * width + 2.0 * *head_dim * (d + width) + d * *heads};
}

/// Lightning attention of MiniMax and Ling: a square state for each head; queries, keys, values,
/// a gate and the output.
Linear read_lightning(HuggingFaceConfig& config, const ModelShape& shape, double d) {
  constexpr std::array<std::string_view, 1> kStateHeads = {"num_attention_heads"};
  constexpr std::array<std::string_view, 1> kStateHeadDim = {"head_dim"};
  const auto heads = size_of(config, kStateHeads);
  if (!heads) return {};
  const int usual = shape.gqa ? shape.gqa->head_dim : static_cast<int>(d / *heads);
  const double head_dim = size_or(config, kStateHeadDim, std::max(1, usual));
  const double width = *heads * head_dim;
  constexpr double kMatrices = 5.0;
  return {.state = width * head_dim * state_element(config), .weights = kMatrices * d * width};
}

/// LFM2: a gated convolution over the hidden state.
Linear read_convolution(HuggingFaceConfig& config, double d) {
  constexpr std::array<std::string_view, 1> kLength = {"conv_L_cache"};
  constexpr double kMatrices = 4.0;  // into two gates and the input, and out
  return {.state = size_or(config, kLength, 3) * d * kInputElement, .weights = kMatrices * d * d};
}

bool has_word(const HuggingFaceConfig& config, std::string_view word) {
  for (const std::string_view key : {"layer_types", "layers_block_type"}) {
    const Node* const list = value_of(config, key);
    if (list == nullptr) continue;
    for (const Node& item : list->items) {
      if (item.text == word) return true;
    }
  }
  return false;
}

Linear read_linear(HuggingFaceConfig& config, const ModelShape& shape, double d) {
  const auto has = [&](std::string_view key) { return value_of(config, key) != nullptr; };
  if (has_word(config, "conv")) return read_convolution(config, d);
  if (has("linear_attn_config")) return read_delta(config, d);
  if (has("linear_num_value_heads")) return read_gated_delta(config, d);
  const bool mamba = has("hybrid_override_pattern") || has("attn_layer_period") ||
                     has("attn_layer_indices") || has_word(config, "mamba") ||
                     has_word(config, "mamba2");
  if (mamba) return read_mamba(config, d);
  if (!has("attn_type_list") && !has("layer_group_size")) {
    config.notes.emplace_back("linear layers are counted with a square state for each head");
  }
  return read_lightning(config, shape, d);
}

}  // namespace

void read_linear_layers(HuggingFaceConfig& config, const ModelShape& shape, AttentionLayers& into) {
  if (!shape.model_hidden_size) return;
  const Linear linear = read_linear(config, shape, *shape.model_hidden_size);
  into.linear_state = linear.state;
  into.linear_weights = linear.weights;
}

}  // namespace wideep
