#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "deploy/shell_characters.h"
#include "deploy/shell_expand.h"
#include "deploy/shell_nesting.h"
#include "deploy/shell_walk.h"

namespace wideep {
namespace {

/// Here-documents that are kept with the variables that hold at them.
constexpr std::size_t kMostFiles = 64;
constexpr std::size_t kMostSentences = 50;
/// Of one command, or of one list of elements.
constexpr std::size_t kMostWords = 20'000;

ShellWord word_of(ShellText text, const EmbeddedText& script, std::size_t token) {
  ShellWord word{.written = text.written};
  // In a folded scalar no word has a place of its own.
  word.at = text.at ? script.source_place(*text.at) : script.place(token);
  const bool own = std::all_of(
      text.pieces.begin(), text.pieces.end(), [](const TextPiece& piece) { return piece.own; });
  word.pieces = std::move(text.pieces);
  if (text.known()) {
    if (own) word.raw = extent_of_pieces(word.pieces, 0, text.text.size());
    word.text = std::move(text.text);
    return word;
  }
  const auto unknown = std::find_if(text.text.begin(), text.text.end(), is_unknown);
  word.begin.assign(text.text.begin(), unknown);
  word.alone = text.text.find(kUnknownWords) == std::string::npos;
  word.marked = std::move(text.text);
  return word;
}

/// The word behind "=" or "==" of [ X = word ].
std::string compared_with(const std::vector<ShellWord>& words) {
  for (std::size_t at = 1; at + 1 < words.size(); ++at) {
    if (words[at].text != "=" && words[at].text != "==") continue;
    if (words[at + 1].text) return *words[at + 1].text;
    return words[at - 1].text.value_or("");
  }
  return {};
}

}  // namespace

TextExtent ShellWord::extent(std::size_t from, std::size_t to) const {
  if (!text || raw.empty()) {
    const auto in_part = [&](const TextPiece& piece) { return piece.begin < to; };
    const bool own = std::all_of(pieces.begin(), pieces.end(), [&](const TextPiece& piece) {
      return piece.own || !in_part(piece) ||
             (&piece != &pieces.back() && (&piece + 1)->begin <= from);
    });
    return text && own ? extent_of_pieces(pieces, from, to) : TextExtent{};
  }
  return from < to ? TextExtent{raw.begin + from, raw.begin + to} : TextExtent{};
}

void add_not_read(std::vector<std::string>& not_read, std::string sentence) {
  if (not_read.size() >= kMostSentences) return;
  if (std::find(not_read.begin(), not_read.end(), sentence) != not_read.end()) return;
  not_read.push_back(std::move(sentence));
}

void read_script(const EmbeddedText& script, ShellState& state, const ShellVisitor& visit) {
  ShellWalk(script, state, visit).run();
  if (state.variables.spent()) {
    add_not_read(state.not_read,
                 "a script is nested or expands beyond what is followed: what its variables hold "
                 "is not known");
  }
}

ShellFile file_of(EmbeddedText text) {
  return {.text = std::make_shared<const EmbeddedText>(std::move(text))};
}

EmbeddedText script_in(const ShellWord& word, const EmbeddedText& script) {
  return {word.text.value_or(word.marked), word.pieces, script, word.at};
}

/// The tokens of a command, sorted; up to the operator or line end behind it.
ShellWalk::Parts ShellWalk::take_parts() {
  Parts parts;
  parts.begin = found_.tokens[at_].begin;
  for (; at_ < found_.tokens.size(); ++at_) {
    const ShellToken& token = found_.tokens[at_];
    if (token.kind == Kind::kNewline || token.kind == Kind::kOperator) break;
    if (token.kind == Kind::kTarget) parts.targets.push_back(token);
    if (token.kind == Kind::kHereTarget) parts.bodies.push_back(token.body);
    if (token.kind == Kind::kArray) {
      parts.assignments.push_back(at_);
      while (at_ < found_.tokens.size() && found_.tokens[at_].kind != Kind::kArrayEnd) ++at_;
      if (at_ == found_.tokens.size()) break;
      continue;
    }
    if (token.kind != Kind::kWord) continue;
    if (parts.words.empty() && assignment_length(text_of(token)) > 0) {
      parts.assignments.push_back(at_);
    } else if (parts.words.size() < kMostWords) {
      parts.words.push_back(token);
    } else {
      add_not_read(state_.not_read,
                   fmt::format("of a command's words, the first {} are read", kMostWords));
    }
  }
  return parts;
}

void ShellWalk::take_command() {
  const std::size_t first = at_;
  const Parts parts = take_parts();
  was_test_ = false;
  if (at_ == first) ++at_;
  if (parts.words.empty()) {
    for (const std::size_t token : parts.assignments) assign(token, exports_all_);
    return;
  }
  if (take_builtin(parts)) return;
  const ShellCommand command = command_of(parts);
  keep_files(parts, command);
  note_condition(command);
  if (!command.words.empty()) visit_(command);
}

/// What changes variables, and starts nothing.
bool ShellWalk::take_builtin(const Parts& parts) {
  const std::string_view name = text_of(parts.words.front());
  const auto each_name = [&](auto&& change) {
    for (std::size_t at = 1; at < parts.words.size(); ++at) {
      const std::string_view word = text_of(parts.words[at]);
      if (name_length(word) == word.size()) change(std::string(word));
    }
  };
  if (is_one_of(name, {"export", "declare", "typeset", "local", "readonly"})) {
    declare(parts, name == "export");
  } else if (name == "unset") {
    each_name([this](const std::string& word) { state_.variables.unset(word); });
  } else if (is_one_of(name, {"read", "mapfile", "readarray", "getopts"})) {
    each_name([this](const std::string& word) { state_.variables.set(word, unknown_variable()); });
  } else if (name == "set") {
    for (std::size_t at = 1; at < parts.words.size(); ++at) {
      const std::string_view word = text_of(parts.words[at]);
      if (word.starts_with('-') && word.find('a') != std::string_view::npos) exports_all_ = true;
      if (word.starts_with('+') && word.find('a') != std::string_view::npos) exports_all_ = false;
    }
  } else if (is_one_of(name, {"source", "."})) {
    const std::string_view file = parts.words.size() > 1 ? text_of(parts.words[1]) : "";
    // A virtual environment sets nothing of ours.
    if (!file.ends_with("/activate")) {
      add_not_read(state_.not_read,
                   "'source " + std::string(file) + "' is not followed: what it sets is not known");
    }
  } else {
    return false;
  }
  return true;
}

ShellCommand ShellWalk::command_of(const Parts& parts) {
  ShellCommand command{.begin = script_.offset(parts.begin), .branches = branches()};
  for (const ShellToken& token : parts.words) {
    for (ShellText& text : expand_word(script_, {token.begin, token.end}, state_.variables)) {
      if (command.words.size() >= kMostWords) break;
      command.words.push_back(word_of(std::move(text), script_, token.begin));
    }
  }
  for (const std::size_t token : parts.assignments) {
    if (found_.tokens[token].kind == Kind::kWord) {
      command.assignments.push_back(assignment_for(found_.tokens[token]));
    }
  }
  return command;
}

void ShellWalk::note_condition(const ShellCommand& command) {
  const std::string_view name = command.words.empty() || !command.words.front().text
                                    ? std::string_view{}
                                    : *command.words.front().text;
  was_test_ = is_one_of(name, {"[", "[[", "test", "grep", "which", "command", "type", "false"}) ||
              name.starts_with("((");
  if (!was_test_ || blocks_.empty()) return;
  const auto block = std::find_if(blocks_.rbegin(), blocks_.rend(), [](const ShellBlock& each) {
    return each.kind != ShellBlock::Kind::kChain || each.branch.empty();
  });
  const bool in_head = block != blocks_.rend() && block->kind == Block::kIf && block->in_head;
  if (in_head && block->branch.empty()) block->branch = compared_with(command.words);
}

std::vector<std::string> ShellWalk::branches() const {
  std::vector<std::string> found;
  for (const ShellBlock& block : blocks_) {
    if (!block.branch.empty() && !block.in_head) found.push_back(block.branch);
  }
  return found;
}

/// cat > FILE <<EOF, cat <<EOF > FILE, tee FILE <<EOF.
void ShellWalk::keep_files(const Parts& parts, const ShellCommand& command) {
  const bool full = state_.files.size() >= kMostFiles;
  if (full || parts.bodies.size() != 1 || command.words.empty()) return;
  const std::string name = command.words.front().text.value_or("");
  std::optional<std::string> file;
  if (name == "cat" && parts.targets.size() == 1) {
    const ShellText target = expand_value(
        script_, {parts.targets.front().begin, parts.targets.front().end}, state_.variables);
    if (target.known()) file = target.text;
  } else if (name == "tee" && command.words.size() >= 2) {
    file = command.words.back().text;
  }
  if (!file) return;
  const HereBody& body = found_.bodies[parts.bodies.front()];
  std::string_view lines =
      std::string_view(script_.text()).substr(body.begin, body.end - body.begin);
  if (!state_.variables.spend(lines.size())) return;
  ShellText text;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size() - 1) + 1;
    text.add(lines.substr(at, end - at), script_.offset(body.begin + at));
    at = end;
  }
  const Place place = script_.place(body.begin);
  ShellFile kept = file_of({std::move(text.text), std::move(text.pieces), script_, place});
  if (!body.quoted && lines.find('$') != std::string_view::npos) {
    kept.variables = std::make_shared<ShellVariables>(state_.variables);
  }
  state_.files[*file] = std::move(kept);
}

}  // namespace wideep
