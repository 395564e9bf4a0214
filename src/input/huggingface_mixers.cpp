#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/huggingface_layers.h"
#include "input/ranges.h"

namespace wideep {
namespace {

using Layers = std::vector<HuggingFaceLayer>;

/// The words of layer_types and layers_block_type. Attention in chunks is taken as a window, of
/// which it never reaches more.
std::optional<Mixer> mixer_of(std::string_view word) {
  constexpr std::array<Word<Mixer>, 12> kWords = {{{"full_attention", Mixer::kFull},
                                                   {"attention", Mixer::kFull},
                                                   {"global_attention", Mixer::kFull},
                                                   {"sliding_attention", Mixer::kWindow},
                                                   {"sliding_window_attention", Mixer::kWindow},
                                                   {"chunked_attention", Mixer::kWindow},
                                                   {"linear_attention", Mixer::kLinear},
                                                   {"kda", Mixer::kLinear},
                                                   {"gated_deltanet", Mixer::kLinear},
                                                   {"mamba", Mixer::kLinear},
                                                   {"mamba2", Mixer::kLinear},
                                                   {"conv", Mixer::kLinear}}};
  for (const auto& [known, mixer] : kWords) {
    if (word == known) return mixer;
  }
  return std::nullopt;
}

/// Sets the mixer of each layer by a rule on its index.
template <class Rule>
void set_mixers(Layers& layers, Rule rule) {
  for (int at = 0; at < static_cast<int>(layers.size()); ++at) {
    layers[static_cast<std::size_t>(at)].mixer = rule(at);
  }
}

/// One entry a layer, each of which `mixer_in` knows.
template <class MixerIn>
void read_entries(HuggingFaceConfig& config,
                  const Spelled& list,
                  Layers& layers,
                  MixerIn mixer_in) {
  if (list.value->items.size() != layers.size()) {
    doubt(
        config,
        *list.value,
        fmt::format(
            "'{}' has {} entries for {} layers", list.key, list.value->items.size(), layers.size()),
        {kOurAttention, "attention_time"});
    return;
  }
  for (std::size_t at = 0; at < layers.size(); ++at) {
    const Node& item = list.value->items[at];
    const std::optional<Mixer> mixer = mixer_in(item);
    if (!mixer) {
      constexpr std::size_t kShown = 40;
      doubt(config,
            item,
            fmt::format("'{}' has a layer '{}', whose attention is not known here",
                        list.key,
                        item.text.substr(0, kShown)),
            {kOurAttention, "attention_time"});
      return;
    }
    layers[at].mixer = *mixer;
  }
}

/// The lists with one entry a layer.
bool read_lists(HuggingFaceConfig& config, Layers& layers) {
  const auto flags = [](Mixer zero, Mixer one) {
    return [zero, one](const Node& item) -> std::optional<Mixer> {
      if (item.text == "0") return zero;
      return item.text == "1" ? std::optional(one) : std::nullopt;
    };
  };
  for (const std::string_view key : {"layer_types", "layers_block_type"}) {
    const Node* const list = value_of(config, key);
    if (list == nullptr) continue;
    read_entries(config, {key, list}, layers, [](const Node& item) { return mixer_of(item.text); });
    return true;
  }
  if (const Node* const list = value_of(config, "attn_type_list")) {  // MiniMax
    read_entries(config, {"attn_type_list", list}, layers, flags(Mixer::kLinear, Mixer::kFull));
    return true;
  }
  if (const Node* const list = value_of(config, "hybrid_layer_pattern")) {  // MiMo
    read_entries(
        config, {"hybrid_layer_pattern", list}, layers, flags(Mixer::kFull, Mixer::kWindow));
    return true;
  }
  return false;
}

/// Layers that attend, by name; all others keep a state. `first` is the number of the first layer.
bool read_named(HuggingFaceConfig& config, std::string_view key, int first, Layers& layers) {
  const Node* const named = value_of(config, key);
  if (named == nullptr) return false;
  set_mixers(layers, [](int) { return Mixer::kLinear; });
  for (const Node& item : named->items) {
    const auto number = plain_whole(item);
    const int at = number.value_or(-1) - first;
    if (!number || at < 0 || at >= static_cast<int>(layers.size())) {
      doubt(config,
            item,
            fmt::format("'{}' must hold numbers of layers, from {} to {}",
                        key,
                        first,
                        layers.size() - 1 + static_cast<std::size_t>(first)),
            {kOurAttention, "attention_time"});
      return true;
    }
    layers[static_cast<std::size_t>(at)].mixer = Mixer::kFull;
  }
  return true;
}

std::optional<int> positive(HuggingFaceConfig& config, std::string_view key) {
  const std::array<std::string_view, 1> keys = {key};
  const Node* const value = value_of(config, key);
  // Some write -1 or 0 for none.
  if (value == nullptr || plain_whole(*value).value_or(1) <= 0) return std::nullopt;
  return whole_of(config, keys, range::kContext, kOurAttention);
}

/// Linear layers with one that attends every so many.
bool read_intervals(HuggingFaceConfig& config, Layers& layers) {
  if (read_named(config, "linear_attn_config.full_attn_layers", 1, layers)) return true;  // Kimi
  if (read_named(config, "attn_layer_indices", 0, layers)) return true;                   // Bamba
  if (const auto every = positive(config, "full_attention_interval")) {                   // Qwen
    set_mixers(layers,
               [&](int at) { return (at + 1) % *every == 0 ? Mixer::kFull : Mixer::kLinear; });
    return true;
  }
  if (const auto period = positive(config, "attn_layer_period")) {  // Jamba
    const int offset = positive(config, "attn_layer_offset").value_or(0);
    set_mixers(layers,
               [&](int at) { return at % *period == offset ? Mixer::kFull : Mixer::kLinear; });
    return true;
  }
  if (const auto group = positive(config, "layer_group_size"); group && *group > 1) {  // Bailing
    const int whole = static_cast<int>(layers.size()) / *group * *group;
    set_mixers(layers, [&](int at) {
      return (at + 1) % *group == 0 || at >= whole ? Mixer::kFull : Mixer::kLinear;
    });
    return true;
  }
  return false;
}

/// Llama 4: chunks where positions are rotated, which a flag a layer says, or every fourth not.
bool read_chunks(HuggingFaceConfig& config, Layers& layers) {
  if (!positive(config, "attention_chunk_size")) return false;
  const Node* const rotated = value_of(config, "no_rope_layers");
  if (rotated != nullptr && !rotated->items.empty()) {
    read_entries(config, {"no_rope_layers", rotated}, layers, [](const Node& item) {
      return std::optional(is_true(&item) ? Mixer::kWindow : Mixer::kFull);
    });
    return true;
  }
  constexpr int kUsual = 4;  // Llama4TextConfig of transformers
  const int every = positive(config, "no_rope_layer_interval").value_or(kUsual);
  set_mixers(layers, [&](int at) { return (at + 1) % every == 0 ? Mixer::kFull : Mixer::kWindow; });
  return true;
}

/// "LLLG" over and over, or every so manieth layer attends to everything.
bool read_window_pattern(HuggingFaceConfig& config, Layers& layers) {
  constexpr std::array<std::string_view, 3> kPatterns = {
      "sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers"};
  const auto pattern = first_of(config, kPatterns);
  if (!pattern) return false;
  const std::string& text = pattern->value->text;
  if (const auto every = plain_whole(*pattern->value); every && *every > 0) {
    set_mixers(layers,
               [&](int at) { return (at + 1) % *every == 0 ? Mixer::kFull : Mixer::kWindow; });
  } else if (!text.empty() && text.find_first_not_of("LG") == std::string::npos) {
    set_mixers(layers, [&](int at) {
      return text[static_cast<std::size_t>(at) % text.size()] == 'G' ? Mixer::kFull
                                                                     : Mixer::kWindow;
    });
  } else {
    doubt(config,
          *pattern->value,
          fmt::format("'{}' is neither a number of layers nor a pattern of L and G", pattern->key),
          {kOurAttention, "attention_time"});
  }
  return true;
}

/// sliding_window where no list says which layers have it.
void read_window(HuggingFaceConfig& config, Layers& layers) {
  const auto window = positive(config, "sliding_window");
  const Node* const used = value_of(config, "use_sliding_window");
  if (!window || (used != nullptr && !is_true(used))) return;
  if (value_of(config, "compress_ratios") != nullptr) return;  // every layer has it there
  if (read_window_pattern(config, layers)) return;
  const auto most = positive(config, "max_position_embeddings");
  if (most && *window >= *most) return;
  const auto full = positive(config, "max_window_layers");
  const std::string_view type = text_of(config, "model_type");
  if (used != nullptr && full) {  // Qwen: the first so many attend to everything
    set_mixers(layers, [&](int at) { return at < *full ? Mixer::kFull : Mixer::kWindow; });
  } else if (type == "mixtral" || type == "phimoe") {
    set_mixers(layers, [](int) { return Mixer::kWindow; });
  } else {
    doubt(config,
          *value_of(config, "sliding_window"),
          "'sliding_window' is given, but no key that is known here says which layers have it "
          "(layer_types)",
          {kOurAttention, "attention_time"});
  }
}

/// Sizes of layers that keep a state, where nothing says which layers those are.
void doubt_unplaced_states(HuggingFaceConfig& config) {
  for (const std::string_view key : {"linear_num_value_heads",
                                     "linear_attn_config",
                                     "mamba_d_state",
                                     "mamba_num_heads",
                                     "ssm_state_size",
                                     "conv_L_cache"}) {
    const Node* const size = value_of(config, key);
    if (size == nullptr) continue;
    doubt(config,
          *size,
          fmt::format("'{}' is a size of layers without a cache, but no key says which layers "
                      "those are (layer_types)",
                      key),
          {kOurAttention, "attention_time"});
    return;
  }
  const std::string_view type = text_of(config, "model_type");
  if (type != "minimax_m1" && type != "minimax_text_01") return;
  doubt(config,
        config.text,
        "most layers of this model are linear, but 'attn_type_list' does not say which",
        {kOurAttention, "attention_time"});
}

}  // namespace

void read_mixers(HuggingFaceConfig& config, std::vector<HuggingFaceLayer>& layers) {
  if (read_lists(config, layers) || read_intervals(config, layers)) return;
  if (read_chunks(config, layers)) return;
  doubt_unplaced_states(config);
  read_window(config, layers);
}

}  // namespace wideep
