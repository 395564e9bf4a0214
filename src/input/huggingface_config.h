#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "input/read_model.h"

namespace wideep {

/// A Hugging Face config.json being read.
struct HuggingFaceConfig {
  const Node& root;                     ///< the whole file
  const Node& text;                     ///< its language part, which may be the whole file
  std::vector<Doubt> doubts = {};       ///< what stands there and is not understood
  std::vector<std::string> notes = {};  ///< what is read only nearly
};

// Keys of ours that settle what a config.json leaves in doubt.
inline constexpr std::string_view kOurAttention = "attention";
inline constexpr std::string_view kOurWeights = "weight_dtype";

/// The spellings of one thing, the usual one first. A dot leads into a map.
using Spellings = std::span<const std::string_view>;

/// A key and what stands under it; `value` is never null.
struct Spelled {
  std::string_view key;
  const Node* value = nullptr;
};

/// The language part of a file, which models that see or hear nest under one of several names.
const Node& language_part(const Node& root);

/// What stands under a key of the language part; an explicit null counts as nothing.
const Node* value_of(const HuggingFaceConfig& config, std::string_view key);

/// The first spelling that the language part has.
std::optional<Spelled> first_of(const HuggingFaceConfig& config, Spellings keys);

/// The whole number under any of the spellings. Doubts spellings that disagree, lists whose entries
/// differ, and what is no number in the range; `settles` is our key for it.
std::optional<int> whole_of(HuggingFaceConfig& config,
                            Spellings keys,
                            Range<int> range,
                            std::string_view settles);

/// A whole number that stands alone, such as an entry of a list.
std::optional<int> plain_whole(const Node& value);

/// The number under a key of a map; 0 where there is none.
int number_in(const Node& map, std::string_view key);

/// Whether a word is in a list.
bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words);

/// "true", "True", "1", or another number above 0.
bool is_true(const Node* value);

/// The text under a key, or "".
std::string_view text_of(const HuggingFaceConfig& config, std::string_view key);

/// Adds a doubt at a node; stating one of `settled_by` in the workload settles it.
void doubt(HuggingFaceConfig& config,
           const Node& at,
           std::string message,
           std::vector<std::string_view> settled_by);

}  // namespace wideep
