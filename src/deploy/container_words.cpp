// Commands and variables of containers.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "deploy/manifest.h"
#include "deploy/shell_text.h"

namespace wideep {
namespace {

/// Adds a stretch of a text, each line with its own place.
void add_lines(const EmbeddedText& from, std::size_t begin, std::size_t end, ShellText& to) {
  while (begin < end) {
    const std::string_view rest = std::string_view(from.text()).substr(begin, end - begin);
    const std::size_t line = std::min(rest.find('\n'), rest.size() - 1) + 1;
    to.add(rest.substr(0, line), from.offset(begin));
    begin += line;
  }
}

/// $(NAME) where that is a variable; $$ is a sign.
ShellText expanded(const EmbeddedText& text, const ShellVariables& variables) {
  const std::string& all = text.text();
  ShellText result;
  std::size_t at = 0;
  for (std::size_t sign = all.find('$'); sign != std::string::npos; sign = all.find('$', sign)) {
    if (all.compare(sign, 2, "$$") == 0) {
      add_lines(text, at, sign + 1, result);
      at = sign + 2;
      sign = at;
      continue;
    }
    constexpr std::size_t kLongestName = 256;
    const bool opens = all.compare(sign, 2, "$(") == 0;
    const std::size_t close =
        opens ? std::string_view(all).substr(0, sign + kLongestName).find(')', sign)
              : std::string::npos;
    const ShellVariable* const variable =
        close == std::string::npos
            ? nullptr
            : variables.find(std::string_view(all).substr(sign + 2, close - sign - 2));
    if (variable == nullptr || variable->text() == nullptr) {
      ++sign;
      continue;
    }
    add_lines(text, at, sign, result);
    result.add(*variable->text(), 0, variable->text()->text.size());
    at = close + 1;
    sign = at;
  }
  add_lines(text, at, all.size(), result);
  return result;
}

/// The scalar as it stands, with its quotes.
TextExtent written_of(const Node& scalar, const Manifest& manifest) {
  TextExtent written = manifest.lines->extent(scalar);
  if (!written.empty() && scalar.quoted) written = {written.begin - 1, written.end + 1};
  return written;
}

ShellWord word_of_item(const Node& item,
                       const ShellVariables& variables,
                       const Manifest& manifest) {
  ShellWord word{.written = written_of(item, manifest)};
  word.at = item.place;
  const ShellText text = expanded(EmbeddedText(item, manifest.lines), variables);
  if (!text.known()) {
    word.marked = text.text;
    word.pieces = text.pieces;
    word.begin =
        text.text.substr(0, text.text.find_first_of(std::string{kUnknownPart, kUnknownWords}));
    return word;
  }
  word.text = text.text;
  word.pieces = text.pieces;
  const bool own = std::all_of(
      text.pieces.begin(), text.pieces.end(), [](const TextPiece& piece) { return piece.own; });
  if (own) word.raw = extent_of_pieces(text.pieces, 0, text.text.size());
  return word;
}

/// An item of env: {name, value}, or a value from elsewhere.
void add_variable(const Node& item, const Manifest& manifest, ShellVariables& variables) {
  const Node* const name = find_path(&item, {"name"});
  if (name == nullptr || !name->is_scalar()) return;
  ShellVariable variable = unknown_variable();
  variable.exported = true;
  variable.at = name->place;
  variable.written = name->text;
  const Node* const value = item.find("value");
  if (value != nullptr || item.find("valueFrom") == nullptr) {
    ShellText text;
    if (value != nullptr && value->is_scalar()) {
      text = expanded(EmbeddedText(*value, manifest.lines), variables);
      text.at = manifest.lines->offset(value->place);
      const TextExtent written = written_of(*value, manifest);
      const Node& key = item.entries.front().key;
      const TextExtent first = manifest.lines->extent(key);
      const std::size_t opens = manifest.lines->offset(item.place);
      const bool in_braces = manifest.lines->source().text.compare(opens, 1, "{") == 0;
      if (!in_braces && !written.empty() && !first.empty() && first.begin < written.begin) {
        variable.whole = {first.begin, written.end};
      }
    }
    variable.values = {std::move(text)};
  }
  variables.set(name->text, std::move(variable));
}

}  // namespace

std::vector<ShellWord> words_of_list(const Node* list,
                                     const ShellVariables& variables,
                                     const Manifest& manifest) {
  std::vector<ShellWord> words;
  if (list == nullptr) return words;
  // The older shape of Dynamo has one text in place of a list.
  if (list->is_scalar()) words.push_back(word_of_item(*list, variables, manifest));
  for (const Node& item : list->items) {
    if (item.is_scalar()) words.push_back(word_of_item(item, variables, manifest));
  }
  return words;
}

ShellVariables container_variables(const PodContainer& where, Manifest& manifest) {
  ShellVariables variables;
  for (const Setting& each : where.given) {
    ShellVariable variable = unknown_variable();
    variable.exported = true;
    variable.at = each.at;
    variable.written = each.key;
    if (each.value) {
      ShellText text;
      text.add(*each.value, std::nullopt, false);
      variable.values = {std::move(text)};
    }
    variables.set(each.key, std::move(variable));
  }
  if (const Node* const from = where.container->find("envFrom"); from != nullptr) {
    for (const Node& item : from->items) {
      const std::string name = text_of_scalar(find_path(&item, {"configMapRef", "name"}));
      const auto map = manifest.config_maps.find(name);
      if (map == manifest.config_maps.end()) {
        add_not_read(*manifest.not_read,
                     fmt::format("line {}: variables that come from elsewhere are not known",
                                 item.place.line));
        continue;
      }
      for (const Entry& entry : map->second->entries) {
        ShellVariable variable{.exported = true, .at = entry.key.place, .written = entry.key.text};
        ShellText text;
        add_lines(EmbeddedText(entry.value, manifest.lines), 0, entry.value.text.size(), text);
        text.at = manifest.lines->offset(entry.value.place);
        variable.values = {std::move(text)};
        variables.set(entry.key.text, std::move(variable));
      }
    }
  }
  for (const Node* const list : where.environments) {
    if (list == nullptr) continue;
    for (const Node& item : list->items) add_variable(item, manifest, variables);
  }
  return variables;
}

void set_environment_place(const PodContainer& where,
                           const Manifest& manifest,
                           Settings& environment) {
  // Others belong to other containers too.
  const Node* const list = where.environments.empty() ? nullptr : where.environments.back();
  if (list == nullptr || list->items.empty()) return;
  const Node& last = list->items.back();
  const std::string& text = manifest.lines->source().text;
  std::size_t end = manifest.lines->offset(last.place);
  for (const Entry& entry : last.entries) {
    end = std::max(end, manifest.lines->offset(entry.value.place));
    // What comes from elsewhere is a map of maps.
    if (!entry.value.is_scalar()) return;
    end = std::max(end, written_of(entry.value, manifest).end);
  }
  const std::size_t line = manifest.lines->offset({last.place.source, last.place.line, 1});
  const std::size_t dash = text.find_first_not_of(' ', line);
  if (dash >= text.size() || text[dash] != '-') return;
  environment.form = Form::kYamlNamed;
  environment.add_at = {last.place.source, last.place.line, static_cast<int>(dash - line) + 1};
  environment.add_after = std::min(text.find('\n', end), text.size());
}

}  // namespace wideep
