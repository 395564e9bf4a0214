#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/setting.h"
#include "input/node.h"

namespace wideep {

/// Where a line and a column are in a text, counted in bytes from 0; its end where there are none.
std::size_t offset_of(const Place& place);

/// The place of a byte of a source.
Place place_of(const Source& source, std::size_t offset);

/// The text of a scalar as it stands in its source, without quotes; empty where it is not there
/// character by character: with escapes, folded, over several lines, from an alias.
TextExtent extent_of(const Node& scalar);

/// Where the lines of a source begin, so that many places of it are found without looking at all
/// of it for each. The source must outlive it.
class SourceLines {
 public:
  explicit SourceLines(const Source& source);

  [[nodiscard]] const Source& source() const { return source_; }
  [[nodiscard]] Place place(std::size_t offset) const;
  [[nodiscard]] std::size_t offset(const Place& place) const;

  /// As extent_of.
  [[nodiscard]] TextExtent extent(const Node& scalar) const;

 private:
  const Source& source_;
  std::vector<std::size_t> begins_;
};

/// A stretch of a text up to the next one's begin, and where it stands in a source.
struct TextPiece {
  std::size_t begin = 0;
  std::optional<std::size_t> offset{};  ///< of that byte in the source; nothing: it is not there
  bool own = true;  ///< stands where it is used; otherwise it came there through a variable
};

/// A text in a source that is not there in one piece, such as a script in a YAML block: where each
/// of its bytes stands.
class EmbeddedText {
 public:
  /// All of a source.
  explicit EmbeddedText(const Source& source);
  explicit EmbeddedText(std::shared_ptr<const SourceLines> lines);

  /// A scalar's. Where a line of it is not found in its source, its bytes have the place of the
  /// scalar and no offset.
  explicit EmbeddedText(const Node& scalar);
  EmbeddedText(const Node& scalar, std::shared_ptr<const SourceLines> lines);

  /// A text put together from pieces of the source of another one; what has no offset has the
  /// place `at`.
  EmbeddedText(std::string text, std::vector<TextPiece> pieces, const EmbeddedText& from, Place at);

  [[nodiscard]] const std::string& text() const { return text_; }

  /// Of a byte of text().
  [[nodiscard]] Place place(std::size_t at) const;

  /// Where it stands in the source; nothing where that is not known.
  [[nodiscard]] std::optional<std::size_t> offset(std::size_t at) const;

  /// Of a stretch of text(); empty where its bytes are not together in the source.
  [[nodiscard]] TextExtent extent(std::size_t begin, std::size_t end) const;

  /// Of a byte of the source.
  [[nodiscard]] Place source_place(std::size_t offset) const;

  /// The stretch of the source that the whole text stands in, with what stands between its lines;
  /// empty where its ends do not stand there.
  [[nodiscard]] TextExtent span() const;

  [[nodiscard]] const std::vector<TextPiece>& pieces() const { return pieces_; }

  /// Null where the text has no source.
  [[nodiscard]] const Source* source() const { return at_.source; }

 private:
  void find_lines();
  [[nodiscard]] const TextPiece& piece_of(std::size_t at) const;

  std::string text_;
  Place at_;  ///< of the whole
  std::vector<TextPiece> pieces_;
  std::shared_ptr<const SourceLines> lines_;  ///< of the source
};

/// The stretch of a source that a stretch of a text made of pieces is; empty where it is none.
TextExtent extent_of_pieces(const std::vector<TextPiece>& pieces,
                            std::size_t begin,
                            std::size_t end);

}  // namespace wideep
