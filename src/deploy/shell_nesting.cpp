#include "deploy/shell_nesting.h"

#include <algorithm>
#include <vector>

#include "deploy/shell_characters.h"

namespace wideep {
namespace {

/// Behind a text in single quotes, whose first is at `at`.
std::size_t end_of_quote(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\'', at + 1);
  return end == std::string_view::npos ? text.size() : end + 1;
}

/// Behind the next `close` without a backslash in front.
std::size_t end_of_escaped(std::string_view text, std::size_t at, char close) {
  while (at < text.size() && text[at] != close) at += text[at] == '\\' ? 2U : 1U;
  return std::min(text.size(), at + 1);
}

/// What is open inside of a word: quotes and substitutions, which nest.
class Nesting {
 public:
  explicit Nesting(std::string_view text) : text_(text) {}

  std::size_t part(std::size_t at) {
    do {
      at = step(at);
    } while (!open_.empty() && at < text_.size());
    return std::min(at, text_.size());
  }

  std::size_t command(std::size_t at) {
    open_.push_back(Open::kCommand);
    while (!open_.empty() && at < text_.size()) at = step(at);
    return std::min(at, text_.size());
  }

 private:
  enum class Open : char {
    kNone,
    kQuotes,          ///< "
    kCommand,         ///< $( or ( in it
    kParameter,       ///< ${
    kQuotedParameter  ///< ${ in quotes, where ' is a character as any other
  };

  [[nodiscard]] Open inside() const { return open_.empty() ? Open::kNone : open_.back(); }

  /// Past one character, or what it opens or closes.
  std::size_t step(std::size_t at) {
    const char c = text_[at];
    const char next = at + 1 < text_.size() ? text_[at + 1] : '\0';
    if (c == '\\') return at + std::max<std::size_t>(2, continuation_at(text_, at));
    if (c == '`') return end_of_escaped(text_, at + 1, '`');
    if (c == '"') {
      toggle(Open::kQuotes);
      return at + 1;
    }
    if (c == '$' && (next == '(' || next == '{')) {
      const bool quoted = inside() == Open::kQuotes || inside() == Open::kQuotedParameter;
      const Open braces = quoted ? Open::kQuotedParameter : Open::kParameter;
      open_.push_back(next == '(' ? Open::kCommand : braces);
      return at + 2;
    }
    if (inside() == Open::kQuotes) return at + 1;
    if (inside() != Open::kQuotedParameter) {
      if (c == '\'') return end_of_quote(text_, at);
      if (c == '$' && next == '\'') return end_of_escaped(text_, at + 2, '\'');
    }
    return inside() == Open::kCommand ? step_in_command(at) : step_in_braces(at);
  }

  std::size_t step_in_command(std::size_t at) {
    const char c = text_[at];
    if (c == '(') open_.push_back(Open::kCommand);
    if (c == ')') open_.pop_back();
    const bool comment = c == '#' && (is_shell_blank(text_[at - 1]) || text_[at - 1] == '\n');
    return comment ? std::min(text_.find('\n', at), text_.size()) : at + 1;
  }

  std::size_t step_in_braces(std::size_t at) {
    if (text_[at] == '}' && !open_.empty()) open_.pop_back();
    return at + 1;
  }

  void toggle(Open what) {
    if (inside() == what) {
      open_.pop_back();
    } else {
      open_.push_back(what);
    }
  }

  std::string_view text_;
  std::vector<Open> open_;
};

}  // namespace

std::size_t end_of_part(std::string_view text, std::size_t at) {
  return Nesting(text).part(at);
}

std::size_t end_of_command(std::string_view text, std::size_t at) {
  return Nesting(text).command(at);
}

std::size_t continuation_at(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "\\\n") return 2;
  constexpr std::size_t kWithReturn = 3;
  return text.substr(at, kWithReturn) == "\\\r\n" ? kWithReturn : 0;
}

std::size_t name_length(std::string_view text) {
  if (text.empty() || !is_shell_letter(text.front())) return 0;
  std::size_t at = 1;
  while (at < text.size() && (is_shell_letter(text[at]) || is_shell_digit(text[at]))) ++at;
  return at;
}

}  // namespace wideep
