#include "deploy/shell_text.h"

#include <algorithm>

namespace wideep {

bool is_unknown(char c) {
  return c == kUnknownPart || c == kUnknownWords;
}

bool ShellText::known() const {
  return std::none_of(text.begin(), text.end(), is_unknown);
}

void ShellText::add(std::string_view more, std::optional<std::size_t> offset, bool own) {
  if (more.empty()) return;
  const TextPiece* const last = pieces.empty() ? nullptr : &pieces.back();
  const bool goes_on = last != nullptr && last->own == own &&
                       last->offset.has_value() == offset.has_value() &&
                       (!offset || *last->offset + (text.size() - last->begin) == *offset);
  if (!goes_on) pieces.push_back({text.size(), offset, own});
  text += more;
}

void ShellText::add(const ShellText& other, std::size_t begin, std::size_t end) {
  auto piece = std::upper_bound(
      other.pieces.begin(), other.pieces.end(), begin, [](std::size_t from, const TextPiece& next) {
        return from < next.begin;
      });
  if (piece != other.pieces.begin()) --piece;
  for (; piece != other.pieces.end() && piece->begin < end; ++piece) {
    const std::size_t from = std::max(begin, piece->begin);
    const std::size_t stop =
        std::next(piece) == other.pieces.end() ? end : std::min(end, std::next(piece)->begin);
    const auto offset =
        piece->offset ? std::optional(*piece->offset + (from - piece->begin)) : std::nullopt;
    add(std::string_view(other.text).substr(from, stop - from), offset, false);
  }
}

void ShellText::add_unknown(char what) {
  // Twice unknown is no more unknown.
  if (!text.empty() && is_unknown(text.back())) {
    text.back() = std::max(text.back(), what);
    return;
  }
  add(std::string_view(&what, 1), std::nullopt, false);
}

ShellText either(const ShellText& one, const ShellText& other) {
  if (one.text == other.text) return one;
  const auto differ =
      std::mismatch(one.text.begin(), one.text.end(), other.text.begin(), other.text.end());
  ShellText both{.at = one.at};
  both.add(one, 0, static_cast<std::size_t>(differ.first - one.text.begin()));
  both.add_unknown(kUnknownWords);
  return both;
}

}  // namespace wideep
