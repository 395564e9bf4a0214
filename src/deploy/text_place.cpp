#include "deploy/text_place.h"

#include <algorithm>

namespace wideep {
namespace {

std::size_t line_end(std::string_view text, std::size_t from) {
  const std::size_t end = text.find('\n', from);
  return end == std::string_view::npos ? text.size() : end;
}

/// The offset of a line, counted from 1; the text's end where it has fewer.
std::size_t offset_of_line(std::string_view text, int line) {
  std::size_t at = 0;
  for (int passed = 1; passed < line && at < text.size(); ++passed) {
    at = std::min(text.size(), line_end(text, at) + 1);
  }
  return at;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

TextExtent extent_from(const Node& scalar, std::size_t begin) {
  if (scalar.place.source == nullptr || scalar.text.empty()) return {};
  const std::string_view text = scalar.place.source->text;
  begin += scalar.quoted ? 1 : 0;
  if (text.substr(std::min(text.size(), begin), scalar.text.size()) != scalar.text) return {};
  return {begin, begin + scalar.text.size()};
}

const TextPiece& piece_at(const std::vector<TextPiece>& pieces, std::size_t at) {
  const auto after = std::upper_bound(
      pieces.begin(), pieces.end(), at, [](std::size_t offset, const TextPiece& piece) {
        return offset < piece.begin;
      });
  return after == pieces.begin() ? *after : *std::prev(after);
}

}  // namespace

std::size_t offset_of(const Place& place) {
  if (place.source == nullptr) return 0;
  const std::string& text = place.source->text;
  const std::size_t line = offset_of_line(text, place.line);
  return std::min(line_end(text, line), line + static_cast<std::size_t>(place.column) - 1);
}

Place place_of(const Source& source, std::size_t offset) {
  const std::string_view before = std::string_view(source.text).substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  return {.source = &source,
          .line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = static_cast<int>(before.size() - line_begin) + 1};
}

TextExtent extent_of(const Node& scalar) {
  return extent_from(scalar, offset_of(scalar.place));
}

SourceLines::SourceLines(const Source& source) : source_(source), begins_{0} {
  const std::string_view text = source.text;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos;
       end = text.find('\n', end + 1)) {
    begins_.push_back(end + 1);
  }
}

Place SourceLines::place(std::size_t offset) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), offset);
  return {.source = &source_,
          .line = static_cast<int>(after - begins_.begin()),
          .column = static_cast<int>(offset - *std::prev(after)) + 1};
}

std::size_t SourceLines::offset(const Place& place) const {
  const auto line = static_cast<std::size_t>(std::max(place.line, 1)) - 1;
  if (line >= begins_.size()) return source_.text.size();
  const std::size_t end = line + 1 < begins_.size() ? begins_[line + 1] - 1 : source_.text.size();
  return std::min(end, begins_[line] + static_cast<std::size_t>(std::max(place.column, 1)) - 1);
}

TextExtent SourceLines::extent(const Node& scalar) const {
  return scalar.place.source == &source_ ? extent_from(scalar, offset(scalar.place)) : TextExtent{};
}

EmbeddedText::EmbeddedText(const Source& source)
    : EmbeddedText(std::make_shared<const SourceLines>(source)) {}

EmbeddedText::EmbeddedText(std::shared_ptr<const SourceLines> lines)
    : text_(lines->source().text),
      at_{&lines->source(), 1, 1},
      pieces_{{0, std::size_t{0}}},
      lines_(std::move(lines)) {}

EmbeddedText::EmbeddedText(const Node& scalar)
    : EmbeddedText(scalar,
                   scalar.place.source == nullptr
                       ? nullptr
                       : std::make_shared<const SourceLines>(*scalar.place.source)) {}

EmbeddedText::EmbeddedText(const Node& scalar, std::shared_ptr<const SourceLines> lines)
    : text_(scalar.text), at_(scalar.place), lines_(std::move(lines)) {
  const bool known = lines_ != nullptr && &lines_->source() == at_.source;
  const TextExtent in_one = known ? lines_->extent(scalar) : TextExtent{};
  if (!known) {
    at_.source = nullptr;
    pieces_.push_back({});
  } else if (!in_one.empty() && text_.find('\n') == std::string::npos) {
    pieces_.push_back({0, in_one.begin});
  } else {
    find_lines();
  }
}

EmbeddedText::EmbeddedText(std::string text,
                           std::vector<TextPiece> pieces,
                           const EmbeddedText& from,
                           Place at)
    : text_(std::move(text)), at_(at), pieces_(std::move(pieces)), lines_(from.lines_) {
  if (pieces_.empty() || pieces_.front().begin != 0) pieces_.insert(pieces_.begin(), TextPiece{});
}

void EmbeddedText::find_lines() {
  const std::string_view source = at_.source->text;
  const std::size_t sign = lines_->offset(at_);
  // A block's first line follows the one of its sign.
  std::size_t from = sign;
  for (std::size_t begin = 0; begin <= text_.size();) {
    const std::size_t end = line_end(text_, begin);
    const std::string_view wanted = std::string_view(text_).substr(begin, end - begin);
    TextPiece line{begin, std::nullopt};
    for (std::size_t at = from; at < source.size();) {
      const std::size_t stop = line_end(source, at);
      const std::string_view there = without_return(source.substr(at, stop - at));
      if (there.ends_with(wanted) && is_blank(there.substr(0, there.size() - wanted.size()))) {
        line.offset = at + there.size() - wanted.size();
        from = stop + 1;
        break;
      }
      // Only the sign of the block, and lines without text, may be passed over.
      if (!is_blank(there) && at != sign) break;
      at = stop + 1;
    }
    pieces_.push_back(line);
    begin = end + 1;
  }
}

const TextPiece& EmbeddedText::piece_of(std::size_t at) const {
  return piece_at(pieces_, at);
}

std::optional<std::size_t> EmbeddedText::offset(std::size_t at) const {
  const TextPiece& piece = piece_of(at);
  if (!piece.offset) return std::nullopt;
  return *piece.offset + (at - piece.begin);
}

Place EmbeddedText::place(std::size_t at) const {
  const std::optional<std::size_t> there = offset(at);
  return there ? source_place(*there) : at_;
}

Place EmbeddedText::source_place(std::size_t offset) const {
  return lines_ == nullptr ? at_ : lines_->place(offset);
}

TextExtent EmbeddedText::extent(std::size_t begin, std::size_t end) const {
  const TextExtent found = begin < end ? extent_of_pieces(pieces_, begin, end) : TextExtent{};
  if (found.empty() || found.end > at_.source->text.size()) return {};
  const std::string_view there =
      std::string_view(at_.source->text).substr(found.begin, end - begin);
  return there == std::string_view(text_).substr(begin, end - begin) ? found : TextExtent{};
}

TextExtent EmbeddedText::span() const {
  if (text_.empty()) return {};
  const std::optional<std::size_t> first = offset(0);
  const std::optional<std::size_t> last = offset(text_.size() - 1);
  if (!first || !last || *last < *first) return {};
  return {*first, std::min(*last + 1, at_.source->text.size())};
}

TextExtent extent_of_pieces(const std::vector<TextPiece>& pieces,
                            std::size_t begin,
                            std::size_t end) {
  if (pieces.empty() || begin >= end) return {};
  const TextPiece* piece = &piece_at(pieces, begin);
  if (!piece->offset) return {};
  const std::size_t first = *piece->offset + (begin - piece->begin);
  const TextPiece* const stop = pieces.data() + pieces.size();
  // Pieces may follow each other in the source as they do in the text.
  while (++piece != stop && piece->begin < end) {
    if (!piece->offset || *piece->offset != first + (piece->begin - begin)) return {};
  }
  return {first, first + (end - begin)};
}

}  // namespace wideep
