#pragma once

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/shell_script.h"
#include "deploy/shell_words.h"

namespace wideep {

/// The structure of a script: what is open at a token.
struct ShellBlock {
  enum class Kind { kIf, kCase, kLoop, kSubshell, kBraces, kFunction, kChain };
  Kind kind = Kind::kIf;
  bool has_else = false;
  bool in_head = false;  ///< the condition of `if`, the word of `case`
  bool in_pattern = false;
  std::string branch{};  ///< what leads to the present one
};

/// Goes through the tokens of a script.
class ShellWalk {
 public:
  ShellWalk(const EmbeddedText& script, ShellState& state, const ShellVisitor& visit)
      : script_(script), state_(state), visit_(visit), found_(shell_tokens(script.text())) {}

  void run();

 private:
  using Kind = ShellToken::Kind;
  using Block = ShellBlock::Kind;

  [[nodiscard]] std::string_view text_of(const ShellToken& token) const;
  [[nodiscard]] bool is(std::size_t token, Kind kind, std::string_view text) const;
  [[nodiscard]] bool inside(Block kind) const;
  void open(Block kind);
  void close(std::initializer_list<Block> kinds);
  void close_chain();
  void take_operator();
  void take_connector(std::string_view sign);
  bool take_keyword(std::string_view word);
  void take_if(std::string_view word);
  void take_loop(std::string_view word);
  void take_for();
  void take_case_word();
  void take_pattern();
  bool take_function();
  void blur_loop();
  void blur_function();

  // Commands, in shell_commands.cpp.
  struct Parts {
    std::vector<std::size_t> assignments;
    std::vector<ShellToken> words;
    std::vector<ShellToken> targets;  ///< of redirections
    std::vector<std::size_t> bodies;
    std::size_t begin = 0;
  };
  Parts take_parts();
  void take_command();
  void assign(std::size_t token, bool exported);
  void assign_array(std::size_t token);
  void assign_word(TextExtent word, bool exported, TextExtent whole);
  [[nodiscard]] Setting assignment_for(const ShellToken& word);
  bool take_builtin(const Parts& parts);
  void declare(const Parts& parts, bool exported);
  void keep_files(const Parts& parts, const ShellCommand& command);
  ShellCommand command_of(const Parts& parts);
  void note_condition(const ShellCommand& command);
  [[nodiscard]] std::vector<std::string> branches() const;

  const EmbeddedText& script_;
  ShellState& state_;
  const ShellVisitor& visit_;
  ShellTokens found_;
  std::size_t at_ = 0;  ///< the present token
  std::vector<ShellBlock> blocks_;
  std::map<std::string_view, std::size_t>
      last_set_;  ///< the token that sets a name, once asked for
  bool last_set_known_ = false;
  bool exports_all_ = false;  ///< set -a
  bool was_test_ = false;     ///< whether the last command only asks something
};

/// The length of NAME=, NAME+= or NAME[...]= at the beginning of a word; 0 where it is none.
std::size_t assignment_length(std::string_view word);

}  // namespace wideep
