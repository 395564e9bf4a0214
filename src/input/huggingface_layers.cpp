#include "input/huggingface_layers.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include <fmt/format.h>

#include "input/ranges.h"

namespace wideep {
namespace {

using Layers = std::vector<HuggingFaceLayer>;

constexpr std::array<std::string_view, 4> kLayerCount = {
    "num_hidden_layers", "n_layers", "n_layer", "num_layers"};
constexpr std::array<std::string_view, 5> kFirstDense = {"first_k_dense_replace",
                                                         "num_dense_layers",
                                                         "moe_layer_num_skipped",
                                                         "n_dense_layers",
                                                         "first_dense_layers"};
/// Llama 4, Qwen, Arctic: the last of each so many layers has experts.
constexpr std::array<std::string_view, 3> kLastOfEach = {
    "interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_frequency"};
constexpr std::string_view kOurLayers = "moe_layers";

/// One character a layer, each layer one thing. Source: NemotronHConfig of transformers.
std::optional<HuggingFaceLayer> layer_of(char letter) {
  switch (letter) {
    case 'M':
      return HuggingFaceLayer{Mixer::kLinear, FeedForward::kNone};
    case '*':
      return HuggingFaceLayer{Mixer::kFull, FeedForward::kNone};
    case 'E':
      return HuggingFaceLayer{Mixer::kNone, FeedForward::kExperts};
    case '-':
      return HuggingFaceLayer{Mixer::kNone, FeedForward::kDense};
    default:
      return std::nullopt;
  }
}

/// The letter that a word of layers_block_type stands for; 0 for a word that is none of them.
char letter_of(std::string_view word) {
  if (word == "mamba") return 'M';
  if (word == "attention") return '*';
  if (word == "moe") return 'E';
  return word == "mlp" ? '-' : '\0';
}

Layers read_letters(HuggingFaceConfig& config, const Node& pattern) {
  Layers layers;
  for (const char letter : pattern.text) {
    const auto layer = layer_of(letter);
    if (!layer) {
      doubt(
          config,
          pattern,
          fmt::format("'hybrid_override_pattern' has a layer '{}', which is none of M, E, * and -",
                      letter),
          {kOurLayers});
      return {};
    }
    layers.push_back(*layer);
  }
  return layers;
}

/// Whether a list says more of its layers than how they mix tokens.
bool lists_blocks(const Node* types) {
  if (types == nullptr) return false;
  return std::any_of(types->items.begin(), types->items.end(), [](const Node& item) {
    return item.text == "moe" || item.text == "mlp";
  });
}

Layers read_blocks(HuggingFaceConfig& config, const Node& types) {
  Layers layers;
  for (const Node& item : types.items) {
    const char letter = letter_of(item.text);
    if (letter == '\0') {
      doubt(config,
            item,
            fmt::format("a layer of the type '{}' is not known here, only mamba, attention, moe "
                        "and mlp",
                        item.text),
            {kOurLayers});
      return {};
    }
    layers.push_back(*layer_of(letter));
  }
  return layers;
}

/// Layers that are one thing each: state space, attention, experts or an MLP.
std::optional<Layers> read_single_layers(HuggingFaceConfig& config, std::optional<int> count) {
  const Node* const pattern = value_of(config, "hybrid_override_pattern");
  const Node* const types = value_of(config, "layers_block_type");
  const Node* const used = pattern != nullptr ? pattern : lists_blocks(types) ? types : nullptr;
  if (used == nullptr) return std::nullopt;
  Layers layers = pattern != nullptr ? read_letters(config, *pattern) : read_blocks(config, *types);
  if (!layers.empty() && count && static_cast<int>(layers.size()) != *count) {
    doubt(config,
          *used,
          fmt::format("the pattern has {} layers, 'num_hidden_layers' {}", layers.size(), *count),
          {kOurLayers});
    return Layers{};
  }
  return layers;
}

void only_dense(Layers& layers, std::size_t at) {
  if (at < layers.size()) layers[at].feed_forward = FeedForward::kDense;
}

/// Keeps the experts of the layers for which `has` holds.
template <class Has>
void keep_experts(Layers& layers, Has has) {
  for (int at = 0; at < static_cast<int>(layers.size()); ++at) {
    if (!has(at)) only_dense(layers, static_cast<std::size_t>(at));
  }
}

/// Indices in a list, or in a text such as "4,5,6".
std::optional<std::set<int>> read_indices(HuggingFaceConfig& config,
                                          std::string_view key,
                                          std::size_t layers) {
  const Node* const value = value_of(config, key);
  if (value == nullptr || (!value->is_scalar() && value->items.empty())) return std::nullopt;
  const bool in_text = value->is_scalar() && value->text.find(',') != std::string::npos;
  std::vector<Node> items = value->items;
  if (value->is_scalar() && !in_text) items.push_back(make_node(Node::Kind::kNull, value->place));
  for (std::size_t from = 0; in_text && from <= value->text.size() && items.size() <= layers;) {
    const std::size_t end = std::min(value->text.find(',', from), value->text.size());
    items.push_back(
        make_node(Node::Kind::kScalar, value->place, value->text.substr(from, end - from)));
    from = end + 1;
  }
  if (items.size() > layers) {
    doubt(config, *value, fmt::format("'{}' names more than {} layers", key, layers), {kOurLayers});
    return std::nullopt;
  }
  std::set<int> indices;
  for (const Node& item : items) {
    const auto index = plain_whole(item);
    if (!index || *index < 0 || *index >= static_cast<int>(layers)) {
      doubt(config,
            item,
            fmt::format("'{}' must hold numbers of layers, from 0 to {}", key, layers - 1),
            {kOurLayers});
      return std::nullopt;
    }
    indices.insert(*index);
  }
  return indices;
}

/// moe_layer_freq: one flag a layer, or every so manieth by its index.
void read_frequency(HuggingFaceConfig& config, Layers& layers) {
  const Node* const flags = value_of(config, "moe_layer_freq");
  if (flags == nullptr) return;
  if (flags->kind != Node::Kind::kSequence) {
    constexpr std::array<std::string_view, 1> kKey = {"moe_layer_freq"};
    const auto every = whole_of(config, kKey, range::kLayers, kOurLayers);
    if (every) keep_experts(layers, [&](int at) { return at % *every == 0; });
  } else if (flags->items.size() != layers.size()) {
    doubt(config,
          *flags,
          fmt::format(
              "'moe_layer_freq' has {} entries for {} layers", flags->items.size(), layers.size()),
          {kOurLayers});
  } else {
    keep_experts(layers,
                 [&](int at) { return is_true(&flags->items[static_cast<std::size_t>(at)]); });
  }
}

/// mlp_layer_types: a word a layer.
void read_words(HuggingFaceConfig& config, Layers& layers) {
  const Node* const words = value_of(config, "mlp_layer_types");
  if (words == nullptr) return;
  if (words->items.size() != layers.size()) {
    doubt(config,
          *words,
          fmt::format(
              "'mlp_layer_types' has {} entries for {} layers", words->items.size(), layers.size()),
          {kOurLayers});
    return;
  }
  for (std::size_t at = 0; at < layers.size(); ++at) {
    const std::string& word = words->items[at].text;
    if (word == "dense") {
      only_dense(layers, at);
    } else if (word != "sparse" && word != "moe") {
      doubt(config,
            words->items[at],
            fmt::format("'mlp_layer_types' has a '{}', which is neither dense nor sparse", word),
            {kOurLayers});
      return;
    }
  }
}

/// The first entry: later ones of ERNIE's lists are of its experts for images.
std::optional<int> first_entry(HuggingFaceConfig& config, std::string_view key, Range<int> range) {
  const Node* const value = value_of(config, key);
  if (value == nullptr) return std::nullopt;
  const Node& first = value->items.empty() ? *value : value->items.front();
  const auto number = plain_whole(first);
  if (!number || *number < range.low || *number > range.high) {
    doubt(config,
          first,
          fmt::format("'{}' must be from {} to {}", key, range.low, range.high),
          {kOurLayers});
    return std::nullopt;
  }
  return number;
}

/// From one layer to another, every so manieth: ERNIE; a period and an offset: Jamba.
void read_stretches(HuggingFaceConfig& config, Layers& layers) {
  constexpr Range<int> kOrLast{-1, range::kLayers.high};  // -1: to the last
  const int start = first_entry(config, "moe_layer_start_index", range::kLayersOrNone).value_or(0);
  const int end = first_entry(config, "moe_layer_end_index", kOrLast).value_or(-1);
  const int interval = first_entry(config, "moe_layer_interval", range::kLayers).value_or(1);
  const int period = first_entry(config, "expert_layer_period", range::kLayers).value_or(1);
  const int offset = first_entry(config, "expert_layer_offset", range::kLayersOrNone).value_or(0);
  keep_experts(layers, [&](int at) {
    return at >= start && (end < 0 || at <= end) && (at + 1) % interval == 0 &&
           (period == 1 || at % period == offset);
  });
}

void read_feed_forward(HuggingFaceConfig& config, Layers& layers) {
  const int dense = whole_of(config, kFirstDense, range::kLayersOrNone, kOurLayers).value_or(0);
  keep_experts(layers, [&](int at) { return at >= dense; });
  read_frequency(config, layers);
  read_words(config, layers);
  read_stretches(config, layers);
  auto listed = read_indices(config, "moe_layers", layers.size());
  if (!listed) listed = read_indices(config, "moe_layers_enum", layers.size());
  if (listed) {
    keep_experts(layers, [&](int at) { return listed->contains(at); });
  } else {
    const int last_of = whole_of(config, kLastOfEach, range::kLayers, kOurLayers).value_or(1);
    keep_experts(layers, [&](int at) { return (at + 1) % last_of == 0; });
  }
  if (const auto without = read_indices(config, "mlp_only_layers", layers.size())) {
    keep_experts(layers, [&](int at) { return !without->contains(at); });
  }
}

}  // namespace

std::vector<HuggingFaceLayer> read_layers(HuggingFaceConfig& config) {
  const std::size_t doubts = config.doubts.size();
  const auto count = whole_of(config, kLayerCount, range::kLayers, kOurLayers);
  if (auto single = read_single_layers(config, count)) return *single;
  if (!count) {
    if (config.doubts.size() == doubts) {
      doubt(config,
            config.text,
            "no key here says how many layers there are (num_hidden_layers, n_layers)",
            {kOurLayers});
    }
    return {};
  }
  std::vector<HuggingFaceLayer> layers(static_cast<std::size_t>(*count));
  read_feed_forward(config, layers);
  const bool any = std::any_of(layers.begin(), layers.end(), [](const HuggingFaceLayer& layer) {
    return layer.feed_forward == FeedForward::kExperts;
  });
  if (!any && config.doubts.size() == doubts) {
    doubt(config,
          *first_of(config, kLayerCount)->value,
          fmt::format("these keys leave no layer with experts of {}", *count),
          {kOurLayers});
  }
  read_mixers(config, layers);
  return layers;
}

}  // namespace wideep
