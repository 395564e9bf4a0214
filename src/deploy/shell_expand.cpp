#include "deploy/shell_expand.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "deploy/shell_arithmetic.h"
#include "deploy/shell_characters.h"
#include "deploy/shell_fields.h"
#include "deploy/shell_nesting.h"
#include "deploy/shell_parameter.h"

namespace wideep {
namespace {

/// Of what stands in another's braces; nobody nests deeper, and each level is looked at anew.
constexpr int kMostNested = 16;

class Expansion {
 public:
  Expansion(const EmbeddedText& script, ShellVariables& variables, bool splits)
      : script_(script), text_(script.text()), variables_(variables), fields_(variables, splits) {}

  std::vector<ShellText> words(TextExtent word) {
    run(word, false);
    return fields_.words();
  }

  ShellText value(TextExtent word, bool quoted) {
    run(word, quoted);
    return fields_.text();
  }

 private:
  void run(TextExtent word, bool quoted) {
    for (std::size_t at = word.begin; at < word.end;) at = step(at, word.end, quoted);
  }

  /// Past one part of the word.
  std::size_t step(std::size_t at, std::size_t end, bool quoted) {
    const char c = text_[at];
    if (c == '\\' && at + 1 < end) return escape(at, quoted);
    if (c == '$' && at + 1 < end) return dollar(at, end, quoted);
    if (c == '`') {
      fields_.add_unknown(quoted);
      return std::min(end, end_of_part(text_, at));
    }
    const bool process = !quoted && (c == '<' || c == '>') && at + 1 < end;
    if (process && text_[at + 1] == '(') {
      fields_.add_unknown(true);
      return std::min(end, end_of_command(text_, at + 2));
    }
    if (!quoted && c == '\'') {
      const std::size_t stop = std::min(end, end_of_part(text_, at));
      literal(at + 1, stop > at + 1 ? stop - 1 : stop);
      fields_.begin_word();
      return stop;
    }
    if (!quoted && c == '"') {
      const std::size_t stop = std::min(end, end_of_part(text_, at));
      fields_.begin_word();
      run({at + 1, stop > at + 1 && text_[stop - 1] == '"' ? stop - 1 : stop}, true);
      return stop;
    }
    if (!quoted && fields_.splits() && (is_shell_blank(c) || c == '\n')) {
      fields_.end_word();
      return at + 1;
    }
    // All of a run of plain characters.
    std::size_t stop = at + 1;
    while (stop < end &&
           std::string_view("\\$`'\" \t\r\n").find(text_[stop]) == std::string_view::npos) {
      ++stop;
    }
    literal(at, stop);
    return stop;
  }

  void literal(std::size_t begin, std::size_t end) {
    // Lines of a block have pieces each.
    while (begin < end) {
      const std::string_view rest = std::string_view(text_).substr(begin, end - begin);
      const std::size_t line = std::min(rest.find('\n'), rest.size() - 1) + 1;
      fields_.add(rest.substr(0, line), script_.offset(begin));
      begin += line;
    }
  }

  std::size_t escape(std::size_t at, bool quoted) {
    constexpr std::size_t kWithReturn = 3;
    if (text_[at + 1] == '\n') return at + 2;
    if (text_.compare(at, kWithReturn, "\\\r\n") == 0) return at + kWithReturn;
    const bool escapes =
        !quoted || std::string_view("$`\"\\").find(text_[at + 1]) != std::string_view::npos;
    literal(escapes ? at + 1 : at, at + 2);
    return at + 2;
  }

  std::size_t dollar(std::size_t at, std::size_t end, bool quoted) {
    const char next = text_[at + 1];
    const std::size_t stop = std::min(end, end_of_part(text_, at));
    if (next == '(') {
      const std::string_view inside = std::string_view(text_).substr(at, stop - at);
      constexpr std::size_t kSigns = 5;  // $(())
      const bool sum =
          inside.starts_with("$((") && inside.ends_with("))") && inside.size() >= kSigns;
      if (sum) add_sum({at + 3, stop - 2}, quoted);
      if (!sum) fields_.add_unknown(quoted);
      return stop;
    }
    if (next == '{') {
      const ShellParameter parameter = shell_parameter(text_, at, stop);
      add_parameter(parameter, quoted);
      return stop;
    }
    if (!quoted && (next == '\'' || next == '"')) {
      if (next == '"') return at + 1;
      add_c_string({at + 2, stop > at + 2 ? stop - 1 : stop});
      return stop;
    }
    const std::size_t length = name_length(std::string_view(text_).substr(at + 1, end - at - 1));
    if (length > 0) {
      add_variable(text_.substr(at + 1, length), quoted);
      return at + 1 + length;
    }
    if (std::string_view("0123456789?#-!").find(next) != std::string_view::npos) {
      fields_.add_unknown(quoted);
      return at + 2;
    }
    if (next == '@' || next == '*') {
      fields_.add_unknown_words();
      return at + 2;
    }
    literal(at, at + 1);
    return at + 1;
  }

  /// $'...': the few escapes that option values have.
  void add_c_string(TextExtent inside) {
    fields_.begin_word();
    for (std::size_t at = inside.begin; at < inside.end; ++at) {
      if (text_[at] != '\\' || at + 1 >= inside.end) {
        literal(at, at + 1);
        continue;
      }
      ++at;
      const char c = text_[at];
      if (c == 'n' || c == 't') {
        fields_.add(c == 'n' ? "\n" : "\t", std::nullopt);
      } else if (c == '\\' || c == '\'' || c == '"') {
        literal(at, at + 1);
      } else {
        fields_.add_unknown(true);
      }
    }
  }

  void add_sum(TextExtent inside, bool quoted) {
    if (++depth_ > kMostNested) return fields_.add_unknown(quoted);
    Expansion parts(script_, variables_, false);
    parts.depth_ = depth_;
    const ShellText expression = parts.value(inside, true);
    --depth_;
    const auto value_of = [this](std::string_view name) -> std::optional<long long> {
      const ShellVariable* const variable = variables_.find(name);
      const ShellText* const text = variable == nullptr ? nullptr : variable->text();
      return text == nullptr ? std::nullopt : shell_number(text->text);
    };
    const auto result = arithmetic(expression.text, value_of);
    if (!result) return fields_.add_unknown(quoted);
    fields_.begin_word();
    fields_.add(std::to_string(*result), std::nullopt, false);
  }

  void add_parameter(const ShellParameter& parameter, bool quoted) {
    using Kind = ShellParameter::Kind;
    if (parameter.kind == Kind::kUnknown) return fields_.add_unknown(quoted);
    const ShellVariable* const variable = variables_.find(parameter.name);
    if (parameter.kind == Kind::kElements) {
      return variable == nullptr ? fields_.add_unknown_words()
                                 : fields_.add_elements(*variable, quoted);
    }
    if (parameter.kind == Kind::kPlain) return add_variable(parameter.name, quoted);

    const ShellText* const text = variable == nullptr ? nullptr : variable->text();
    if (variable != nullptr && text == nullptr) return fields_.add_unknown(quoted);
    if (text != nullptr && !text->known()) {
      // What begins with something is not empty.
      const bool empty = text->text.empty() || is_unknown(text->text.front());
      const bool matters = parameter.kind == Kind::kIfSet || parameter.if_empty;
      if (empty && matters) return fields_.add_unknown(quoted);
    }
    const bool has = text != nullptr && !(parameter.if_empty && text->text.empty());
    if (parameter.kind == Kind::kIfSet) {
      if (has) add_nested(parameter.word, quoted);
      return;
    }
    if (has) return add_variable(parameter.name, quoted);
    if (parameter.kind == Kind::kMustBeSet) return fields_.add_unknown(quoted);
    if (parameter.kind == Kind::kAssign) {
      Expansion given(script_, variables_, false);
      given.depth_ = depth_ + 1;
      ShellText value;
      if (depth_ < kMostNested) value = given.value(parameter.word, quoted);
      if (depth_ >= kMostNested) value.add_unknown(kUnknownWords);
      variables_.set(parameter.name, {.values = {std::move(value)}});
      return add_variable(parameter.name, quoted);
    }
    add_nested(parameter.word, quoted);
  }

  void add_nested(TextExtent word, bool quoted) {
    if (depth_ >= kMostNested) return fields_.add_unknown(quoted);
    ++depth_;
    run(word, quoted);
    --depth_;
  }

  void add_variable(const std::string& name, bool quoted) {
    const ShellVariable* const variable = variables_.find(name);
    if (variable == nullptr) return fields_.add_unknown(quoted);
    // $X of an array is its first element.
    if (variable->values.empty()) return;
    fields_.add_text(variable->values.front(), quoted);
  }

  const EmbeddedText& script_;
  const std::string& text_;
  ShellVariables& variables_;
  ShellFields fields_;
  int depth_ = 0;
};

}  // namespace

std::vector<ShellText> expand_word(const EmbeddedText& script,
                                   TextExtent word,
                                   ShellVariables& variables) {
  std::vector<ShellText> words = Expansion(script, variables, true).words(word);
  const TextExtent written = script.extent(word.begin, word.end);
  for (ShellText& each : words) {
    const bool alone = words.size() == 1;
    if (each.written.empty()) {
      each.written = alone ? written : extent_of_pieces(each.pieces, 0, each.text.size());
    }
    if (alone || (!each.at && (each.pieces.empty() || !each.pieces.front().offset))) {
      each.at = each.at ? each.at : script.offset(word.begin);
    } else if (!each.at) {
      each.at = each.pieces.front().offset;
    }
  }
  return words;
}

ShellText expand_value(const EmbeddedText& script, TextExtent word, ShellVariables& variables) {
  ShellText value = Expansion(script, variables, false).value(word, false);
  if (word.begin < word.end) value.at = script.offset(word.begin);
  value.written = script.extent(word.begin, word.end);
  return value;
}

ShellText expand_quoted(const EmbeddedText& script, TextExtent lines, ShellVariables& variables) {
  return Expansion(script, variables, false).value(lines, true);
}

}  // namespace wideep
