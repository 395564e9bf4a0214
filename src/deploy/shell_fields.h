#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "deploy/shell_text.h"
#include "deploy/shell_variables.h"

namespace wideep {

/// Puts together the words that a word expands to.
class ShellFields {
 public:
  /// `splits`: into words where an expansion without quotes has blanks in it; otherwise all of it
  /// is one text.
  ShellFields(ShellVariables& variables, bool splits) : variables_(variables), splits_(splits) {}

  /// Something stands there, be it empty quotes.
  void begin_word() { is_word_ = true; }

  void add(std::string_view text, std::optional<std::size_t> offset, bool own = true);
  void add_unknown(bool quoted);
  void add_unknown_words();

  /// What a variable holds.
  void add_text(const ShellText& text, bool quoted);

  /// "${X[@]}": each element a word.
  void add_elements(const ShellVariable& variable, bool quoted);

  void end_word();
  [[nodiscard]] bool splits() const { return splits_; }

  /// All words of it.
  std::vector<ShellText> words();

  /// All of it as one text.
  ShellText text() { return std::move(current_); }

 private:
  void become(std::size_t from, char what);

  ShellVariables& variables_;
  bool splits_;
  std::vector<ShellText> words_;
  ShellText current_;
  bool is_word_ = false;
  bool from_array_ = false;
};

}  // namespace wideep
