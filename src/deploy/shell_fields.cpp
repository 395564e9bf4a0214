#include "deploy/shell_fields.h"

#include <algorithm>

#include "deploy/shell_characters.h"

namespace wideep {
namespace {

bool separates(char c) {
  return is_shell_blank(c) || c == '\n';
}

}  // namespace

void ShellFields::add(std::string_view text, std::optional<std::size_t> offset, bool own) {
  is_word_ = is_word_ || !text.empty();
  current_.add(text, offset, own);
}

void ShellFields::add_unknown(bool quoted) {
  is_word_ = true;
  current_.add_unknown(quoted ? kUnknownPart : kUnknownWords);
}

void ShellFields::add_unknown_words() {
  is_word_ = true;
  current_.add_unknown(kUnknownWords);
}

void ShellFields::add_text(const ShellText& text, bool quoted) {
  if (!variables_.spend(text.text.size() + 1)) return add_unknown(quoted);
  if (quoted || !splits_) {
    const std::size_t before = current_.text.size();
    current_.add(text, 0, text.text.size());
    if (splits_) become(before, kUnknownPart);
    return;
  }
  for (std::size_t at = 0; at < text.text.size();) {
    std::size_t stop = at;
    while (stop < text.text.size() && !separates(text.text[stop])) ++stop;
    if (stop > at) {
      is_word_ = true;
      const std::size_t before = current_.text.size();
      current_.add(text, at, stop);
      become(before, kUnknownWords);
    }
    if (stop < text.text.size()) end_word();
    at = stop + 1;
  }
}

/// What is not known is part of a word in quotes, and may be several words without.
void ShellFields::become(std::size_t from, char what) {
  const auto begin = current_.text.begin() + static_cast<std::ptrdiff_t>(from);
  std::replace_if(begin, current_.text.end(), is_unknown, what);
}

void ShellFields::add_elements(const ShellVariable& variable, bool quoted) {
  const bool as_words = variable.is_array && splits_;
  if (variable.text() != nullptr && !variable.text()->known()) return add_unknown_words();
  from_array_ = from_array_ || as_words;
  // Of no elements there is not even an empty word.
  if (as_words && variable.values.empty() && current_.text.empty()) is_word_ = false;
  for (const ShellText& each : variable.values) {
    const bool first = &each == &variable.values.front();
    if (!first && as_words) end_word();
    if (!first && !as_words) current_.add(" ", std::nullopt, false);
    if (!quoted || !as_words) {
      add_text(each, quoted);
      continue;
    }
    if (!variables_.spend(each.text.size() + sizeof(ShellText))) return add_unknown_words();
    is_word_ = true;
    if (current_.text.empty()) {
      current_.written = each.written;
      current_.at = each.at;
    }
    current_.add(each, 0, each.text.size());
  }
}

void ShellFields::end_word() {
  if (is_word_ || !current_.text.empty()) words_.push_back(std::move(current_));
  current_ = {};
  is_word_ = false;
}

std::vector<ShellText> ShellFields::words() {
  end_word();
  // One word for another is an expansion; one of several stands where it stands.
  if (words_.size() > 1 || from_array_) {
    for (ShellText& each : words_) {
      for (TextPiece& piece : each.pieces) piece.own = true;
    }
  }
  return std::move(words_);
}

}  // namespace wideep
