#include "deploy/shell_words.h"

#include <algorithm>
#include <optional>

#include "deploy/shell_characters.h"
#include "deploy/shell_nesting.h"

namespace wideep {
namespace {

bool ends_word(char c) {
  return is_shell_blank(c) || c == '\n' ||
         std::string_view(";&|()<>").find(c) != std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  ShellTokens read() {
    while (at_ < text_.size()) next();
    return std::move(found_);
  }

 private:
  using Kind = ShellToken::Kind;

  void next() {
    const char c = text_[at_];
    if (const std::size_t passed = continuation_at(text_, at_); passed > 0) {
      at_ += passed;
    } else if (is_shell_blank(c)) {
      ++at_;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '\n') {
      take_newline();
    } else if (in_test_) {
      take_test_word();
    } else if (in_array_ && c == ')') {
      in_array_ = false;
      add(Kind::kArrayEnd, 1);
    } else if (const std::size_t length = redirection_at(at_); length > 0) {
      take_redirection(length);
    } else if (ends_word(c)) {
      take_operator();
    } else {
      take_word();
    }
  }

  void add(Kind kind, std::size_t length) {
    found_.tokens.push_back({kind, at_, at_ + length});
    at_ += length;
  }

  void take_newline() {
    if (!in_array_) add(Kind::kNewline, 1);
    if (in_array_) ++at_;
    at_command_ = !in_array_;
    in_test_ = false;
    for (; next_body_ < found_.bodies.size(); ++next_body_) take_body(next_body_);
  }

  void take_body(std::size_t which) {
    HereBody& body = found_.bodies[which];
    const std::string& end = ends_[which];
    body.begin = at_;
    while (at_ < text_.size()) {
      const std::size_t stop = std::min(text_.find('\n', at_), text_.size());
      std::string_view line = text_.substr(at_, stop - at_);
      if (line.ends_with('\r')) line.remove_suffix(1);
      while (body.strips_tabs && line.starts_with('\t')) line.remove_prefix(1);
      body.end = at_;
      at_ = std::min(stop + 1, text_.size());
      if (line == end) return;
    }
    body.end = at_;
  }

  /// Of "2>", ">>", "<<<", "&>", with its number; 0 where there is none.
  [[nodiscard]] std::size_t redirection_at(std::size_t from) const {
    std::size_t at = from;
    while (at < text_.size() && is_shell_digit(text_[at])) ++at;
    if (at == from && text_.substr(at, 2) == "&>") ++at;
    if (at == text_.size() || (text_[at] != '<' && text_[at] != '>')) return 0;
    const bool process = at + 1 < text_.size() && text_[at + 1] == '(';
    if (process) return 0;
    for (const std::string_view sign : {"<<<", "<<-", "<<", "<>", "<&", ">>", ">&", ">|"}) {
      if (text_.substr(at).starts_with(sign)) return at + sign.size() - from;
    }
    return at + 1 - from;
  }

  void take_redirection(std::size_t length) {
    const std::string_view sign = text_.substr(at_, length);
    const bool here = (sign.ends_with("<<") || sign.ends_with("<<-")) && !sign.ends_with("<<<");
    add(Kind::kRedirect, length);
    while (at_ < text_.size() && (is_shell_blank(text_[at_]) || continuation_at(text_, at_) > 0)) {
      at_ += std::max<std::size_t>(1, continuation_at(text_, at_));
    }
    const std::size_t end = word_end();
    if (end == at_) return;
    if (here) start_body(text_.substr(at_, end - at_), sign.ends_with('-'));
    add(here ? Kind::kHereTarget : Kind::kTarget, end - at_);
    if (here) found_.tokens.back().body = found_.bodies.size() - 1;
  }

  void start_body(std::string_view name, bool strips_tabs) {
    HereBody body{.begin = text_.size(), .end = text_.size(), .strips_tabs = strips_tabs};
    std::string end;
    for (const char c : name) {
      const bool quote = c == '\'' || c == '"' || c == '\\';
      body.quoted = body.quoted || quote;
      if (!quote) end += c;
    }
    found_.bodies.push_back(body);
    ends_.push_back(std::move(end));
  }

  void take_operator() {
    // <( and >( are words that stand for a file.
    const char c = text_[at_];
    if (c == '<' || c == '>') {
      return add(Kind::kWord, end_of_command(text_, at_ + 2) - at_);
    }
    at_command_ = true;
    if (c == '(' && text_.substr(at_, 2) == "((") {
      if (const auto end = end_of_arithmetic()) return add(Kind::kWord, *end - at_);
    }
    for (const std::string_view sign : {";;&", ";;", ";&", "&&", "||", "|&"}) {
      if (text_.substr(at_).starts_with(sign)) return add(Kind::kOperator, sign.size());
    }
    add(Kind::kOperator, 1);
  }

  /// Behind the "))" of an arithmetic command; nothing where the line has none.
  std::optional<std::size_t> end_of_arithmetic() {
    if (at_ < no_arithmetic_before_) return std::nullopt;
    const std::size_t line = std::min(text_.find('\n', at_), text_.size());
    const std::size_t end = text_.substr(0, line).find("))", at_);
    if (end == std::string_view::npos) {
      no_arithmetic_before_ = line;
      return std::nullopt;
    }
    return std::min(text_.find_first_not_of(')', end), text_.size());
  }

  [[nodiscard]] std::size_t word_end() const {
    std::size_t at = at_;
    while (at < text_.size() && (!ends_word(text_[at]))) {
      const bool plain = std::string_view("\\'\"`$").find(text_[at]) == std::string_view::npos;
      at = plain ? at + 1 : end_of_part(text_, at);
    }
    return std::min(at, text_.size());
  }

  void take_word() {
    const std::size_t end = word_end();
    const std::string_view word = text_.substr(at_, end - at_);
    if (!in_array_ && end < text_.size() && text_[end] == '(' && word.ends_with('=') &&
        name_length(word) > 0) {
      add(Kind::kArray, word.size());
      ++at_;
      in_array_ = true;
      return;
    }
    in_test_ = at_command_ && !in_array_ && word == "[[";
    // Behind these a command begins, as it does behind an operator.
    const bool opens = word == "if" || word == "elif" || word == "while" || word == "until" ||
                       word == "!" || word == "then" || word == "else" || word == "do" ||
                       word == "{";
    at_command_ = at_command_ && opens;
    add(Kind::kWord, word.size());
  }

  /// Between [[ and ]] no character is an operator.
  void take_test_word() {
    std::size_t end = at_;
    if (text_.substr(at_).starts_with("]]")) {
      in_test_ = false;
      return add(Kind::kWord, 2);
    }
    while (end < text_.size() && !is_shell_blank(text_[end]) && text_[end] != '\n' &&
           text_[end] != ';') {
      end = end_of_part(text_, end);
    }
    if (end == at_) in_test_ = false;
    if (end > at_) add(Kind::kWord, std::min(end, text_.size()) - at_);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool at_command_ = true;
  bool in_array_ = false;
  bool in_test_ = false;
  ShellTokens found_;
  std::vector<std::string> ends_;  ///< of here-documents, as found_.bodies
  std::size_t next_body_ = 0;
  std::size_t no_arithmetic_before_ = 0;  ///< looked for once a line
};

}  // namespace

ShellTokens shell_tokens(std::string_view text) {
  return Lexer(text).read();
}

}  // namespace wideep
