#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "deploy/setting.h"
#include "deploy/shell_variables.h"
#include "deploy/text_place.h"

namespace wideep {

/// A word of a command as the command gets it.
struct ShellWord {
  std::optional<std::string> text{};  ///< nothing: not known
  std::string begin{};                ///< of one that is not known: what it begins with
  std::string marked{};               ///< and all of it, with marks where it is not (shell_text.h)
  bool alone = true;                  ///< one word; otherwise it stands for any number of them
  Place at{};
  TextExtent raw{};  ///< its text in the source; empty where it does not stand there in one piece
  TextExtent written{};             ///< with its quotes, or what it is expanded from
  std::vector<TextPiece> pieces{};  ///< of the text, or of `marked`

  /// Of a stretch of its text, as `raw`.
  [[nodiscard]] TextExtent extent(std::size_t from, std::size_t to) const;
};

/// A command that a script may run.
struct ShellCommand {
  std::vector<ShellWord> words{};
  std::vector<Setting> assignments{};  ///< in front of it, for it alone
  std::optional<std::size_t> begin{};  ///< where it stands in its source
  /// What leads to it, from outside: patterns of `case`, what `if` compares something with, names
  /// of functions.
  std::vector<std::string> branches{};
};

/// A file that a command names: written by a here-document, or one that lies elsewhere.
struct ShellFile {
  std::shared_ptr<const EmbeddedText> text{};
  /// Of what is expanded in it; null where nothing is.
  std::shared_ptr<ShellVariables> variables{};
};

/// What a script is read with, and what it leaves behind.
struct ShellState {
  ShellVariables variables{};
  std::map<std::string, ShellFile> files{};
  std::vector<std::string> not_read{};
};

using ShellVisitor = std::function<void(const ShellCommand& command)>;

/// Passes on the commands of a script in their order, those of all its branches, nothing of which
/// is run. `state.variables` are those that hold at the command.
void read_script(const EmbeddedText& script, ShellState& state, const ShellVisitor& visit);

/// All of a text, nothing of which is expanded.
ShellFile file_of(EmbeddedText text);

/// A word's text as a script of its own, in which what is not known remains so.
EmbeddedText script_in(const ShellWord& word, const EmbeddedText& script);

/// Adds a sentence that is not there yet; of many, the first.
void add_not_read(std::vector<std::string>& not_read, std::string sentence);

}  // namespace wideep
