#pragma once

#include <cstddef>
#include <string_view>

namespace wideep {

/// Where a part of a word that begins at `at` ends: a quoted text, a substitution, an escaped
/// character, or a plain character. What is not closed ends with the text.
std::size_t end_of_part(std::string_view text, std::size_t at);

/// Behind the bracket that closes a command, from within it.
std::size_t end_of_command(std::string_view text, std::size_t at);

/// How many bytes separate a line from its continuation: a backslash and the line's end; 0 where
/// the line does not go on.
std::size_t continuation_at(std::string_view text, std::size_t at);

/// The length of the name of a variable at the beginning of a text; 0 where there is none.
std::size_t name_length(std::string_view text);

}  // namespace wideep
