#include "input/huggingface_modules.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace wideep {
namespace {

constexpr std::array<Module, kModules> kAllModules = {
    Module::kExperts, Module::kShared, Module::kDense, Module::kAttention};

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

template <std::size_t N>
bool has_any(std::string_view text, const std::array<std::string_view, N>& parts) {
  return std::any_of(
      parts.begin(), parts.end(), [&](std::string_view part) { return has(text, part); });
}

/// Lower case, without "re:", "-:" and "+:" before it and backslashes, anchors and stars at the
/// end.
std::string plain(std::string_view pattern) {
  for (const std::string_view mark : {"re:", "-:", "+:"}) {
    if (pattern.starts_with(mark)) pattern.remove_prefix(mark.size());
  }
  std::string text;
  for (const char c : pattern) {
    if (c != '\\' && c != '^' && c != '$') {
      text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  while (!text.empty() && (text.back() == '*' || text.back() == '.')) text.pop_back();
  return text;
}

/// More of them are not looked through.
constexpr std::size_t kMostAlternatives = 50;

/// One text for each way through the alternatives of a regular expression, so that each can be told
/// by its words: "mlp.(gate|up)_proj" is two.
void expand(const std::string& text, std::vector<std::string>& into) {
  if (into.size() >= kMostAlternatives) return;
  const std::size_t bar = text.find('|');
  if (bar == std::string::npos) {
    into.push_back(text);
    return;
  }
  const std::size_t open = text.rfind('(', bar);
  const std::size_t begin = open == std::string::npos ? 0 : open;
  const std::size_t close = open == std::string::npos ? text.size() : text.find(')', bar);
  const std::size_t end = std::min(close, text.size());
  const std::string before = text.substr(0, begin);
  const std::string after = end < text.size() ? text.substr(end + 1) : "";
  std::size_t from = open == std::string::npos ? 0 : open + 1;
  if (text.compare(from, 2, "?:") == 0) from += 2;
  while (from <= end) {
    const std::size_t next = std::min(text.find('|', from), end);
    expand(fmt::format("{}{}{}", before, text.substr(from, next - from), after), into);
    from = next + 1;
  }
}

/// The layers that a pattern names, and what follows them.
struct Layered {
  std::optional<NamedLayers> layers;  ///< unset: not understood
  std::string_view rest;
};

std::optional<int> take_number(std::string_view& text) {
  int value = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stopped - text.data()));
  return value;
}

NamedLayers layers_from(int first, int last) {
  if (first > last || first >= static_cast<int>(kMostLayers)) return {};
  const auto end = std::min(static_cast<std::size_t>(last), kMostLayers - 1);
  const auto above = kMostLayers - 1 - end;
  const auto below = static_cast<std::size_t>(first);
  return NamedLayers().set() << (above + below) >> above;
}

/// "0", "[0-2]"; anything that begins like a wildcard is every layer.
Layered read_numbers(std::string_view text) {
  const bool wild = text.starts_with('*') || text.starts_with('.') || text.starts_with('d') ||
                    text.starts_with("[0-9]") || text.starts_with('{');
  if (wild) {
    const std::size_t dot = text.find('.', 1);
    return {NamedLayers().set(), dot == std::string_view::npos ? text : text.substr(dot)};
  }
  const bool span = text.starts_with('[');
  if (span) text.remove_prefix(1);
  const auto first = take_number(text);
  if (!first) return {};
  if (!span) return {layers_from(*first, *first), text};
  if (!text.starts_with('-')) return {};
  text.remove_prefix(1);
  const auto last = take_number(text);
  if (!last || !text.starts_with(']')) return {};
  return {layers_from(*first, *last), text.substr(1)};
}

Layered read_layers_of(std::string_view text) {
  for (const std::string_view before : {"layers.", "blocks.", "transformer.h."}) {
    const std::size_t at = text.find(before);
    if (at != std::string_view::npos) return read_numbers(text.substr(at + before.size()));
  }
  return {NamedLayers().set(), text};
}

void name(Module module, const NamedLayers& layers, NamedModules& named) {
  named.by_module[static_cast<std::size_t>(module)] |= layers;
}

/// Parts of a model that no formula here counts, or that are never quantized.
bool is_beside(std::string_view text) {
  constexpr std::array<std::string_view, 37> kBeside = {
      "vision",     "visual",  "vit.",     "mm_",     "multi_modal",  "multimodal",
      "audio",      "image",   "patch",    "merger",  "connector",    "mm_projector",
      "tower",      "talker",  "code2wav", "lm_head", "output_layer", "embed",
      "norm",       "rotary",  "mtp",      "nextn",   "eh_proj",      "shared_head",
      "router",     "indexer", "conv1d",   "sinks",   "correction",   "compressor",
      "wte",        "k_scale", "v_scale",  "k_cache", "v_cache",      "kv_cache",
      "latent_proj"};
  if (has_any(text, kBeside) || text == "head" || text == "output") return true;
  return text.ends_with("gate") || text.ends_with(".gate_weight") || text.ends_with(".wg");
}

constexpr std::array<std::string_view, 16> kOfAttention = {"attn",
                                                           "attention",
                                                           "mamba",
                                                           "q_proj",
                                                           "k_proj",
                                                           "v_proj",
                                                           "o_proj",
                                                           "kv_a_proj",
                                                           "kv_b_proj",
                                                           "q_a_proj",
                                                           "q_b_proj",
                                                           "qkv",
                                                           "out_proj",
                                                           "in_proj",
                                                           "fused_qkv",
                                                           "short_conv"};
constexpr std::array<std::string_view, 3> kOfShared = {
    "shared_expert", "shared_mlp", "share_expert"};
constexpr std::array<std::string_view, 3> kOfMlp = {"mlp", "feed_forward", "ffn"};
constexpr std::array<std::string_view, 6> kMatrices = {
    "gate_proj", "up_proj", "down_proj", "gate_up_proj", "(gate", "fc"};

/// Whether routed experts are named, rather than shared ones alone.
bool names_experts(std::string_view text) {
  for (std::size_t at = text.find("expert"); at != std::string_view::npos;
       at = text.find("expert", at + 1)) {
    const std::string_view before = text.substr(0, at);
    if (!before.ends_with("shared_") && !before.ends_with("share_")) return true;
  }
  return has(text, "fusedmoe") || has(text, "block_sparse_moe.w");
}

/// A name may cover several kinds, as alternatives of a regular expression do.
bool name_parts(std::string_view text, const NamedLayers& layers, NamedModules& named) {
  bool known = false;
  const auto found = [&](Module module) {
    name(module, layers, named);
    known = true;
  };
  const bool experts = names_experts(text);
  const bool shared = has_any(text, kOfShared);
  if (has_any(text, kOfAttention)) found(Module::kAttention);
  // A wildcard, or a part of a name, reaches shared experts too.
  const std::size_t at = text.find("expert");
  const bool anywhere = at == 0 || (experts && text[at - 1] == '*');
  if (shared || anywhere) found(Module::kShared);
  if (experts) found(Module::kExperts);
  if (experts || shared) return true;
  const bool mlp = has_any(text, kOfMlp);
  const bool matrix = has_any(text, kMatrices);
  if (mlp && matrix) found(Module::kDense);
  // Everything below it: "model.layers.0.mlp", or a matrix by its name alone.
  if (mlp != matrix || text.ends_with("moe")) {
    for (const Module module : {Module::kExperts, Module::kShared, Module::kDense}) found(module);
  }
  if (text.ends_with("mixer")) {
    for (const Module module : kAllModules) found(module);
  }
  return known;
}

bool add_plain(const std::string& text, NamedModules& named) {
  if (is_beside(text)) return true;
  const Layered layered = read_layers_of(text);
  if (!layered.layers) return false;
  const bool whole_layers = layered.rest.empty() || layered.rest == "." || text.ends_with("layers");
  if (whole_layers || text == "linear") {
    for (const Module module : kAllModules) name(module, *layered.layers, named);
    return true;
  }
  return name_parts(layered.rest, *layered.layers, named);
}

}  // namespace

bool add_named(std::string_view pattern, NamedModules& named) {
  constexpr std::size_t kLongest = 500;  // a name is some 50 characters
  if (pattern.size() > kLongest) return false;
  // What looks around says what a name is not.
  if (pattern.find("(?") != std::string_view::npos &&
      pattern.find("(?:") == std::string_view::npos) {
    return false;
  }
  for (const std::string_view around : {"(?!", "(?=", "(?<"}) {
    if (pattern.find(around) != std::string_view::npos) return false;
  }
  std::vector<std::string> texts;
  expand(plain(pattern), texts);
  if (texts.size() >= kMostAlternatives) return false;
  return std::all_of(
      texts.begin(), texts.end(), [&](const std::string& text) { return add_plain(text, named); });
}

Cover cover_of(const NamedModules& named,
               Module module,
               const std::vector<HuggingFaceLayer>& layers) {
  Cover cover;
  const NamedLayers& covered = named.of(module);
  if (layers.empty()) return {.layers = 1, .named = covered.any() ? 1 : 0};
  for (int at = 0; at < static_cast<int>(layers.size()); ++at) {
    const HuggingFaceLayer& layer = layers[static_cast<std::size_t>(at)];
    const bool there = module == Module::kAttention ? layer.mixer != Mixer::kNone
                       : module == Module::kDense   ? layer.feed_forward == FeedForward::kDense
                                                    : layer.feed_forward == FeedForward::kExperts;
    if (!there) continue;
    ++cover.layers;
    if (covered.test(static_cast<std::size_t>(at))) ++cover.named;
  }
  return cover;
}

}  // namespace wideep
