#include "input/huggingface_config.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

namespace wideep {
namespace {

/// Keys under which multimodal models keep their language part, from the outside in.
constexpr std::array<std::string_view, 6> kLanguageParts = {"thinker_config",
                                                            "text_config",
                                                            "llm_config",
                                                            "language_config",
                                                            "language_model_config",
                                                            "llm"};

const Node* value_in(const Node& map, std::string_view key) {
  const std::size_t dot = key.find('.');
  const Node* const value = map.find(key.substr(0, dot));
  if (value == nullptr || value->kind == Node::Kind::kNull) return nullptr;
  return dot == std::string_view::npos ? value : value_in(*value, key.substr(dot + 1));
}

/// Long values would flood the message.
std::string shown(const Node& value) {
  constexpr std::size_t kShown = 40;
  if (!value.is_scalar()) return value.is_map() ? "a map" : "a list";
  return value.text.size() <= kShown ? value.text : value.text.substr(0, kShown) + "...";
}

/// A number, or a list of one and the same number for every layer.
std::optional<int> uniform_whole(HuggingFaceConfig& config,
                                 const Spelled& spelled,
                                 Range<int> range,
                                 std::string_view settles) {
  const Node& value = *spelled.value;
  const bool list = value.kind == Node::Kind::kSequence && !value.items.empty();
  const auto number = plain_whole(list ? value.items.front() : value);
  if (!number || *number < range.low || *number > range.high) {
    doubt(config,
          value,
          fmt::format("'{}' must be a whole number from {} to {}, not {}",
                      spelled.key,
                      range.low,
                      range.high,
                      shown(list ? value.items.front() : value)),
          {settles});
    return std::nullopt;
  }
  for (const Node& item : value.items) {
    if (plain_whole(item) == number) continue;
    doubt(config,
          item,
          fmt::format(
              "'{}' differs from layer to layer: {} and {}", spelled.key, *number, shown(item)),
          {settles});
    return std::nullopt;
  }
  return number;
}

}  // namespace

const Node& language_part(const Node& root) {
  for (const std::string_view key : kLanguageParts) {
    const Node* const part = root.find(key);
    if (part != nullptr && part->is_map()) return language_part(*part);
  }
  return root;
}

const Node* value_of(const HuggingFaceConfig& config, std::string_view key) {
  return value_in(config.text, key);
}

std::optional<Spelled> first_of(const HuggingFaceConfig& config, Spellings keys) {
  for (const std::string_view key : keys) {
    if (const Node* const value = value_of(config, key)) return Spelled{key, value};
  }
  return std::nullopt;
}

std::optional<int> whole_of(HuggingFaceConfig& config,
                            Spellings keys,
                            Range<int> range,
                            std::string_view settles) {
  std::optional<int> found;
  std::string_view found_under;
  for (const std::string_view key : keys) {
    const Node* const value = value_of(config, key);
    if (value == nullptr) continue;
    const auto number = uniform_whole(config, {key, value}, range, settles);
    if (!number) return std::nullopt;
    if (found && *number != *found) {
      doubt(config,
            *value,
            fmt::format("'{}' is {}, but '{}' is {}", key, *number, found_under, *found),
            {settles});
      return std::nullopt;
    }
    found = number;
    found_under = key;
  }
  return found;
}

std::optional<int> plain_whole(const Node& value) {
  if (!value.is_scalar()) return std::nullopt;
  int number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [stopped, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

int number_in(const Node& map, std::string_view key) {
  const Node* const value = map.find(key);
  return value == nullptr ? 0 : plain_whole(*value).value_or(0);
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_true(const Node* value) {
  if (value == nullptr || !value->is_scalar()) return false;
  return value->text == "true" || value->text == "True" || plain_whole(*value).value_or(0) > 0;
}

std::string_view text_of(const HuggingFaceConfig& config, std::string_view key) {
  const Node* const value = value_of(config, key);
  return value == nullptr || !value->is_scalar() ? std::string_view{} : value->text;
}

void doubt(HuggingFaceConfig& config,
           const Node& at,
           std::string message,
           std::vector<std::string_view> settled_by) {
  constexpr std::size_t kMost = 100;  // nobody reads more, and a hostile file has thousands
  if (config.doubts.size() >= kMost) return;
  config.doubts.push_back({at.place, std::move(message), std::move(settled_by)});
}

}  // namespace wideep
