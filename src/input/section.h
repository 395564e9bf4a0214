#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "input/asked.h"
#include "input/node.h"
#include "model/words.h"
#include "units/quantity.h"

namespace wideep {

/// A mapping being read. Every key is asked for by name; finish() then reports the keys that are
/// missing and those that nobody asked for. A fault does not stop the reading: it is reported, the
/// value comes back empty, and the next key is read.
class Section {
 public:
  /// `node` may be null: then every key is absent, and none is reported missing. `path` is dotted,
  /// e.g. "kernels.LL"; empty at the root of a file.
  Section(const Node* node, std::string path, Findings& findings);

  /// The value of a key as it stands, or null.
  const Node* find(std::string_view key);

  /// Reports that key as missing in finish(), with what helps.
  void miss(std::string_view key, std::string help = {}) {
    missing_.push_back({std::string(key), std::move(help)});
  }

  /// Whether the mapping is there at all.
  [[nodiscard]] bool exists() const { return node_ != nullptr; }

  [[nodiscard]] bool has(std::string_view key) const {
    return node_ != nullptr && node_->find(key) != nullptr;
  }

  /// Whether the value is that word, which may stand where others may.
  bool is_word(std::string_view key, std::string_view word);

  /// Says of a value that the caller reads by itself that it is a text, or a list of them: what it
  /// is, and a regular expression that all of them match, empty for any.
  void takes(std::string_view key, std::string_view what, std::string_view pattern = {});
  void takes_list(std::string_view key, std::string_view what, std::string_view pattern = {});

  std::optional<int> whole(std::string_view key, Range<int> range);
  std::optional<std::vector<int>> whole_list(std::string_view key, Range<int> range);
  std::optional<double> number(std::string_view key, Range<double> range);
  std::optional<double> share(std::string_view key, Range<double> range);
  std::optional<std::string> text(std::string_view key);

  template <class Q>
  std::optional<Q> quantity(std::string_view key, Range<Q> range) {
    if (is_recording()) record_range(path_of(key), range);
    const Node* const value = find(key);
    if (value == nullptr) return std::nullopt;
    return quantity_of(*value, path_of(key), range);
  }

  template <class T>
  std::optional<T> choice(std::string_view key, std::span<const Word<T>> choices) {
    if (is_recording()) record_words(path_of(key), words_of(choices), false);
    const Node* const value = find(key);
    if (value == nullptr) return std::nullopt;
    return choice_of(*value, path_of(key), choices);
  }

  /// A list of words, or a single one; repeated words count once.
  template <class T>
  std::optional<std::vector<T>> choice_list(std::string_view key,
                                            std::span<const Word<T>> choices) {
    if (is_recording()) record_words(path_of(key), words_of(choices), true);
    const Node* const value = find(key);
    if (value == nullptr) return std::nullopt;
    std::vector<T> found;
    for (const Node* item : items_of(*value, path_of(key))) {
      const auto chosen = choice_of(*item, path_of(key), choices);
      if (chosen && std::find(found.begin(), found.end(), *chosen) == found.end()) {
        found.push_back(*chosen);
      }
    }
    return found.empty() ? std::nullopt : std::optional(std::move(found));
  }

  /// A value that stands alone, such as one point of a table.
  template <class Q>
  std::optional<Q> quantity_of(const Node& value, const std::string& path, Range<Q> range);

  std::optional<int> whole_of(const Node& value, const std::string& path, Range<int> range);
  std::optional<double> number_of(const Node& value, const std::string& path, Range<double> range);

  /// The elements of a list, or a scalar as a list of one. Reports an empty list.
  std::vector<const Node*> items_of(const Node& value, const std::string& path);

  Section section(std::string_view key) { return {find(key), path_of(key), *findings_}; }

  /// Reports a fault at the value of `key`, or at the mapping where it is absent.
  void report(std::string_view key, std::string message, std::string help = {});

  [[nodiscard]] Findings& findings() const { return *findings_; }
  [[nodiscard]] std::string path_of(std::string_view key) const;

  void finish();

 private:
  template <class T>
  static std::vector<std::string_view> words_of(std::span<const Word<T>> choices) {
    std::vector<std::string_view> words;
    for (const auto& choice : choices) words.push_back(choice.first);
    return words;
  }

  template <class T>
  std::optional<T> choice_of(const Node& value,
                             const std::string& path,
                             std::span<const Word<T>> choices) {
    for (const auto& [word, meaning] : choices) {
      if (value.is_scalar() && value.text == word) return meaning;
    }
    report_word(value, path, words_of(choices));
    return std::nullopt;
  }

  void report_word(const Node& value,
                   const std::string& path,
                   const std::vector<std::string_view>& words);
  void report_unknown(const Node& key);
  void record_absent() const;

  const Node* node_;
  std::string path_;
  Findings* findings_;
  std::vector<std::string_view> asked_;
  struct Missing {
    std::string key;
    std::string help;
  };
  std::vector<Missing> missing_;
};

}  // namespace wideep
