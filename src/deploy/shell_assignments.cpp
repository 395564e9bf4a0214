#include <utility>

#include "deploy/shell_expand.h"
#include "deploy/shell_nesting.h"
#include "deploy/shell_walk.h"

namespace wideep {

std::size_t assignment_length(std::string_view word) {
  std::size_t at = name_length(word);
  if (at == 0 || at == word.size()) return 0;
  if (word[at] == '[') {
    constexpr std::size_t kMostIndex = 64;
    const std::size_t close = word.substr(0, at + kMostIndex).find(']', at);
    if (close == std::string_view::npos) return 0;
    at = close + 1;
  }
  const std::string_view rest = word.substr(at);
  if (rest.starts_with('=')) return at + 1;
  return rest.starts_with("+=") ? at + 2 : 0;
}

void ShellWalk::assign(std::size_t token, bool exported) {
  const ShellToken& there = found_.tokens[token];
  if (there.kind == Kind::kArray) return assign_array(token);
  assign_word({there.begin, there.end}, exported, script_.extent(there.begin, there.end));
}

void ShellWalk::assign_array(std::size_t token) {
  const ShellToken& head = found_.tokens[token];
  const std::string_view word = text_of(head);
  ShellVariable array{.is_array = true, .at = script_.place(head.begin)};
  for (std::size_t at = token + 1; at < found_.tokens.size(); ++at) {
    const ShellToken& each = found_.tokens[at];
    if (each.kind == Kind::kArrayEnd) break;
    if (each.kind != Kind::kWord) continue;
    for (ShellText& text : expand_word(script_, {each.begin, each.end}, state_.variables)) {
      array.values.push_back(std::move(text));
    }
  }
  const std::string name(word.substr(0, name_length(word)));
  array.written = name;
  if (word.ends_with("+=")) {
    state_.variables.append(name, std::move(array));
  } else {
    state_.variables.set(name, std::move(array));
  }
}

void ShellWalk::assign_word(TextExtent word, bool exported, TextExtent whole) {
  const std::string_view text =
      std::string_view(script_.text()).substr(word.begin, word.end - word.begin);
  const std::size_t length = assignment_length(text);
  const std::string name(text.substr(0, name_length(text)));
  // One element of an array.
  if (text[name.size()] == '[') return state_.variables.set(name, unknown_variable());
  ShellVariable variable{
      .exported = exported, .at = script_.place(word.begin), .whole = whole, .written = name};
  variable.values.push_back(
      expand_value(script_, {word.begin + length, word.end}, state_.variables));
  if (text[length - 2] == '+') {
    state_.variables.append(name, std::move(variable));
  } else {
    state_.variables.set(name, std::move(variable));
  }
}

/// X=1 in front of a command, which holds for it alone.
Setting ShellWalk::assignment_for(const ShellToken& word) {
  const std::string_view text = text_of(word);
  const std::string name(text.substr(0, name_length(text)));
  ShellVariable variable{.at = script_.place(word.begin),
                         .whole = script_.extent(word.begin, word.end),
                         .written = name};
  variable.values.push_back(
      expand_value(script_, {word.begin + assignment_length(text), word.end}, state_.variables));
  return setting_of(name, variable, script_);
}

/// export X=1 Y, and its like.
void ShellWalk::declare(const Parts& parts, bool exported) {
  bool exports = exported || exports_all_;
  for (std::size_t at = 1; at < parts.words.size(); ++at) {
    const ShellToken& token = parts.words[at];
    const std::string_view word = text_of(token);
    if (word.starts_with('-')) {
      exports = exports || word.find('x') != std::string_view::npos;
    } else if (assignment_length(word) > 0) {
      // With its only assignment the whole command goes.
      const bool only = parts.words.size() == 2;
      const std::size_t begin = only ? parts.words.front().begin : token.begin;
      assign_word({token.begin, token.end}, exports, script_.extent(begin, token.end));
    } else if (exports && name_length(word) == word.size()) {
      state_.variables.export_name(std::string(word));
    }
  }
  for (const std::size_t token : parts.assignments) assign(token, exports);
}

}  // namespace wideep
