#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/text_place.h"

namespace wideep {

/// Stands in a text for what is not known: within a word, or any number of words. Bytes that no
/// script has.
constexpr char kUnknownPart = '\0';
constexpr char kUnknownWords = '\1';

/// A text that a shell makes of a word, with where it comes from.
struct ShellText {
  std::string text{};
  std::vector<TextPiece> pieces{};  ///< where its bytes stand
  TextExtent written{};             ///< the word of the source, with quotes
  std::optional<std::size_t> at{};  ///< where that begins
  [[nodiscard]] bool known() const;

  void add(std::string_view more, std::optional<std::size_t> offset, bool own = true);

  /// A stretch of another one, which is not its own.
  void add(const ShellText& other, std::size_t begin, std::size_t end);

  /// Something that is not known.
  void add_unknown(char what);
};

bool is_unknown(char c);

/// What two texts begin with alike, then something unknown; the text itself where they are the
/// same.
ShellText either(const ShellText& one, const ShellText& other);

}  // namespace wideep
