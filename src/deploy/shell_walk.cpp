#include "deploy/shell_walk.h"

#include <algorithm>
#include <map>

#include "deploy/shell_characters.h"
#include "deploy/shell_nesting.h"

namespace wideep {
namespace {

/// Blocks in blocks. Of what is nested deeper, commands are seen, but no variable is known any
/// more.
constexpr std::size_t kMostBlocks = 64;

}  // namespace

std::string_view ShellWalk::text_of(const ShellToken& token) const {
  return std::string_view(script_.text()).substr(token.begin, token.end - token.begin);
}

bool ShellWalk::is(std::size_t token, Kind kind, std::string_view text) const {
  return token < found_.tokens.size() && found_.tokens[token].kind == kind &&
         text_of(found_.tokens[token]) == text;
}

void ShellWalk::open(Block kind) {
  if (blocks_.size() >= kMostBlocks) {
    state_.variables.spend_all();
    return;
  }
  blocks_.push_back({.kind = kind});
  if (kind != Block::kBraces) state_.variables.open_fork();
}

/// Closes the innermost block of one of those kinds with those in it.
void ShellWalk::close(std::initializer_list<Block> kinds) {
  const auto found =
      std::find_if(blocks_.rbegin(), blocks_.rend(), [kinds](const ShellBlock& block) {
        return std::find(kinds.begin(), kinds.end(), block.kind) != kinds.end();
      });
  if (found == blocks_.rend()) return;
  const auto left = static_cast<std::size_t>(blocks_.rend() - found) - 1;
  while (blocks_.size() > left) {
    const ShellBlock block = std::move(blocks_.back());
    blocks_.pop_back();
    if (block.kind == Block::kBraces) continue;
    if (block.kind == Block::kSubshell) {
      state_.variables.discard_fork();
    } else {
      // Where a pattern may follow, no branch has begun.
      state_.variables.close_fork(block.has_else, !block.in_pattern);
    }
  }
}

/// Whether the innermost block is of that kind.
bool ShellWalk::inside(Block kind) const {
  return !blocks_.empty() && blocks_.back().kind == kind;
}

/// A chain of && and || ends with its line.
void ShellWalk::close_chain() {
  if (inside(Block::kChain)) close({Block::kChain});
}

void ShellWalk::run() {
  while (at_ < found_.tokens.size()) {
    const ShellToken& token = found_.tokens[at_];
    if (!blocks_.empty() && blocks_.back().in_pattern) {
      take_pattern();
      continue;
    }
    switch (token.kind) {
      case Kind::kNewline:
        // A chain goes on behind its operator.
        if (at_ == 0 ||
            !(is(at_ - 1, Kind::kOperator, "&&") || is(at_ - 1, Kind::kOperator, "||"))) {
          close_chain();
        }
        ++at_;
        break;
      case Kind::kOperator:
        take_operator();
        break;
      case Kind::kWord:
        if (!take_keyword(text_of(token)) && !take_function()) take_command();
        break;
      default:
        take_command();
        break;
    }
  }
  while (!blocks_.empty()) close({blocks_.front().kind});
}

void ShellWalk::take_operator() {
  const std::string_view sign = text_of(found_.tokens[at_]);
  ++at_;
  if (sign == "(") {
    open(Block::kSubshell);
  } else if (sign == ")") {
    close({Block::kSubshell});
  } else if (sign == "&&" || sign == "||") {
    take_connector(sign);
  } else if (sign.starts_with(";;") || sign == ";&") {
    close_chain();
    if (!inside(Block::kCase)) return;
    state_.variables.next_branch();
    blocks_.back().in_pattern = true;
  } else if (sign != "|" && sign != "|&") {
    close_chain();
  }
}

void ShellWalk::take_connector(std::string_view sign) {
  const bool open_already = inside(Block::kChain);
  // What follows a command that only asks something may not run; what follows another one with &&
  // runs wherever the script works.
  if (open_already && sign == "||") close_chain();
  const bool asks = sign == "||" || was_test_;
  if (asks && !(open_already && sign == "&&")) open(Block::kChain);
}

bool ShellWalk::take_keyword(std::string_view word) {
  if (is_one_of(word, {"if", "elif", "then", "else", "fi"})) {
    take_if(word);
  } else if (is_one_of(word, {"for", "select", "while", "until", "do", "done"})) {
    take_loop(word);
    return true;
  } else if (word == "case") {
    open(Block::kCase);
    take_case_word();
    return true;
  } else if (word == "esac") {
    close({Block::kCase});
  } else if (word == "{") {
    open(Block::kBraces);
  } else if (word == "}") {
    close({Block::kBraces, Block::kFunction});
  } else if (!is_one_of(word, {"!", "time", "coproc"})) {
    return false;
  }
  ++at_;
  return true;
}

void ShellWalk::take_if(std::string_view word) {
  if (word == "fi") return close({Block::kIf});
  if (word == "if") open(Block::kIf);
  if (!inside(Block::kIf)) return;
  ShellBlock& block = blocks_.back();
  block.in_head = word == "if" || word == "elif";
  if (word == "then") return;
  block.branch.clear();
  if (word != "if") state_.variables.next_branch();
  block.has_else = word == "else";
}

void ShellWalk::take_loop(std::string_view word) {
  ++at_;
  if (word == "do") return;
  if (word == "done") return close({Block::kLoop});
  open(Block::kLoop);
  blur_loop();
  if (word == "for" || word == "select") take_for();
}

/// `for X in words`: X is not known.
void ShellWalk::take_for() {
  if (at_ < found_.tokens.size() && found_.tokens[at_].kind == Kind::kWord) {
    const std::string_view name = text_of(found_.tokens[at_]);
    if (name_length(name) == name.size()) {
      state_.variables.set(std::string(name), unknown_variable());
    }
  }
  const auto ends = [](const ShellToken& token) {
    return token.kind == Kind::kNewline || token.kind == Kind::kOperator;
  };
  while (at_ < found_.tokens.size() && !ends(found_.tokens[at_])) ++at_;
}

/// What a loop sets may have been set by an earlier round of it.
void ShellWalk::blur_loop() {
  if (state_.variables.spent()) return;
  std::map<std::string, bool> appended;
  int depth = 1;
  std::size_t token = at_;
  for (; token < found_.tokens.size() && depth > 0; ++token) {
    const ShellToken& there = found_.tokens[token];
    if (there.kind != Kind::kWord && there.kind != Kind::kArray) continue;
    const std::string_view word = text_of(there);
    if (is_one_of(word, {"for", "while", "until", "select"})) ++depth;
    if (word == "done") --depth;
    if (assignment_length(word) == 0) continue;
    const std::string name(word.substr(0, name_length(word)));
    const bool adds = word.substr(name.size()).starts_with("+=");
    const auto [known, first] = appended.try_emplace(name, adds);
    if (!first) known->second = known->second && adds;
  }
  // Loops that never end would be looked through again and again.
  if (!state_.variables.spend(token - at_)) return;
  for (const auto& [name, adds] : appended) state_.variables.blur(name, adds);
}

void ShellWalk::take_case_word() {
  ++at_;
  while (at_ < found_.tokens.size() && !is(at_, Kind::kWord, "in")) {
    if (found_.tokens[at_].kind == Kind::kOperator) return;
    ++at_;
  }
  ++at_;
  if (inside(Block::kCase)) blocks_.back().in_pattern = true;
}

/// A pattern of `case` with its bracket, or the end of it.
void ShellWalk::take_pattern() {
  ShellBlock& block = blocks_.back();
  const ShellToken& token = found_.tokens[at_];
  if (token.kind == Kind::kNewline || is(at_, Kind::kOperator, "(")) {
    ++at_;
    return;
  }
  if (is(at_, Kind::kWord, "esac")) {
    ++at_;
    return close({Block::kCase});
  }
  block.in_pattern = false;
  block.branch.clear();
  while (at_ < found_.tokens.size() && !is(at_, Kind::kOperator, ")")) {
    if (found_.tokens[at_].kind == Kind::kNewline) return;
    if (found_.tokens[at_].kind == Kind::kWord) {
      const std::string_view word = text_of(found_.tokens[at_]);
      block.has_else = block.has_else || word == "*";
      if (!block.branch.empty()) block.branch += '|';
      block.branch += word;
    }
    ++at_;
  }
  ++at_;
}

/// NAME() or `function NAME`, up to its opening brace.
bool ShellWalk::take_function() {
  const bool keyword = is(at_, Kind::kWord, "function");
  const std::size_t name = keyword ? at_ + 1 : at_;
  if (name >= found_.tokens.size() || found_.tokens[name].kind != Kind::kWord) return false;
  std::size_t after = name + 1;
  const bool brackets = is(after, Kind::kOperator, "(") && is(after + 1, Kind::kOperator, ")");
  if (!keyword && !brackets) return false;
  if (brackets) after += 2;
  while (after < found_.tokens.size() && found_.tokens[after].kind == Kind::kNewline) ++after;
  at_ = after;
  if (!is(after, Kind::kWord, "{")) return true;
  ++at_;
  open(Block::kFunction);
  if (!inside(Block::kFunction)) return true;
  blocks_.back().branch = text_of(found_.tokens[name]);
  blur_function();
  return true;
}

/// A function runs later: what is set again behind this place may not hold in it.
void ShellWalk::blur_function() {
  if (!last_set_known_) {
    last_set_known_ = true;
    for (std::size_t token = 0; token < found_.tokens.size(); ++token) {
      const ShellToken& there = found_.tokens[token];
      if (there.kind != Kind::kWord && there.kind != Kind::kArray) continue;
      const std::string_view word = text_of(there);
      if (assignment_length(word) > 0) last_set_[word.substr(0, name_length(word))] = token;
    }
  }
  if (!state_.variables.spend(last_set_.size())) return;
  for (const auto& [name, token] : last_set_) {
    if (token > at_ && state_.variables.find(name) != nullptr) {
      state_.variables.set(std::string(name), unknown_variable());
    }
  }
}

}  // namespace wideep
