#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace wideep {

/// A piece of a script, [begin, end) of its text.
struct ShellToken {
  enum class Kind {
    kWord,      ///< with its quotes, as it stands
    kArray,     ///< NAME=( or NAME+=(, without the bracket; its elements follow as words
    kArrayEnd,  ///< the closing bracket
    kOperator,  ///< ; & && || | ;; ( )
    kNewline,
    kRedirect,   ///< > < >> with the number in front of it
    kTarget,     ///< the word behind a redirection
    kHereTarget  ///< the name that ends a here-document; `body` says which one it is
  };
  Kind kind = Kind::kWord;
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t body = 0;
};

/// The lines of a here-document.
struct HereBody {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool quoted = false;       ///< its name stood in quotes: nothing in it is expanded
  bool strips_tabs = false;  ///< <<-
};

struct ShellTokens {
  std::vector<ShellToken> tokens;
  std::vector<HereBody> bodies;
};

/// Splits a script into tokens, comments left out; nothing is expanded. What is not closed ends
/// with the text. Time and memory are linear in it.
ShellTokens shell_tokens(std::string_view text);

}  // namespace wideep
