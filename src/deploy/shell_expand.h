#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "deploy/shell_text.h"
#include "deploy/shell_variables.h"
#include "deploy/text_place.h"

namespace wideep {

// What a shell makes of [begin, end) of a script: $X, ${X}, ${X:-d}, ${X:+t}, ${X:=d}, arrays,
// $((...)), quotes and escapes. Commands in it, positional parameters, variables that the script
// does not set and anything else are unknown. `${X:-d}` of a variable that the script does not set
// is what the script says for that case, d.

/// The words that a word becomes; none, one or several.
std::vector<ShellText> expand_word(const EmbeddedText& script,
                                   TextExtent word,
                                   ShellVariables& variables);

/// What is assigned: one text, not split.
ShellText expand_value(const EmbeddedText& script, TextExtent word, ShellVariables& variables);

/// Lines of a here-document, or a text in quotes.
ShellText expand_quoted(const EmbeddedText& script, TextExtent lines, ShellVariables& variables);

}  // namespace wideep
