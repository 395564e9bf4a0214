#include "deploy/change.h"

#include <algorithm>

#include <fmt/format.h>

#include "deploy/change_text.h"

namespace wideep {
namespace {

/// An item of a list that is text.
std::string in_quotes(const std::string& value) {
  const char quote = value.find('"') == std::string::npos ? '"' : '\'';
  return fmt::format("{0}{1}{0}", quote, value);
}

/// What is put in, in front of which nothing but what separates it stands.
std::string addition(const Change& change, const DeployedRole& role, const Settings& settings) {
  const auto column = static_cast<std::size_t>(std::max(1, settings.add_at.column)) - 1;
  const std::string indent(column, ' ');
  switch (settings.form) {
    case Form::kShell:
      return is_flag(change) ? " " + shell_words(change, role) : shell_words(change, role) + " ";
    case Form::kYamlMap:
      return "\n" + indent + map_entry(change, role);
    case Form::kYamlNamed:
      return fmt::format("\n{0}- name: {1}\n{0}  value: \"{2}\"", indent, change.key, change.value);
    case Form::kYamlList:
      return fmt::format("\n{0}- --{1}", indent, change.key) +
             (change.value.empty() ? "" : fmt::format("\n{}- {}", indent, in_quotes(change.value)));
    case Form::kJsonList:
      break;
  }
  return fmt::format(", \"--{}\"", change.key) +
         (change.value.empty() ? "" : fmt::format(", \"{}\"", change.value));
}

/// The key in which "a.b.c" lies, "a.b"; empty where it lies in none.
std::string parent_of(const std::string& key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string::npos ? std::string{} : key.substr(0, dot);
}

/// A key put into a JSON object or a YAML map that is there.
std::optional<TextEdit> edit_in_parent(const Change& change, const Settings& settings) {
  const std::string parent = parent_of(change.key);
  const Setting* const there = parent.empty() ? nullptr : settings.find(parent);
  if (there == nullptr) return std::nullopt;
  const std::string name = change.key.substr(parent.size() + 1);
  if (!there->value_in.empty() && there->value && there->value->starts_with('{')) {
    const bool alone = there->value->find(':') == std::string::npos;
    return TextEdit{there->value_at.source,
                    {there->value_in.begin + 1, there->value_in.begin + 1},
                    fmt::format("\"{}\": {}{}", name, in_json(change.value), alone ? "" : ", ")};
  }
  const std::string inside = parent + ".";
  for (auto child = settings.all.rbegin(); child != settings.all.rend(); ++child) {
    const bool direct =
        child->key.starts_with(inside) && child->key.find('.', inside.size()) == std::string::npos;
    if (!direct || child->whole.empty()) continue;
    const std::string& text = child->at.source->text;
    const std::size_t end = std::min(text.find('\n', child->whole.end), text.size());
    const std::string indent(static_cast<std::size_t>(child->at.column) - 1, ' ');
    return TextEdit{child->at.source,
                    {end, end},
                    fmt::format("\n{}{}: {}", indent, name, in_yaml(change.value, false))};
  }
  return std::nullopt;
}

std::optional<TextEdit> edit_to_set(const Change& change,
                                    const DeployedRole& role,
                                    const Settings& settings) {
  const Setting* const there = settings.find(change.key);
  if (there != nullptr) {
    // Switched the other way, "--no-KEY", or on by a value that is written down.
    const bool negative =
        there->written.find("no-") != std::string::npos && there->value == "false";
    if (negative && !there->whole.empty()) {
      const std::string text =
          settings.form == Form::kYamlMap ? change.key + ": true" : "--" + change.key;
      return TextEdit{there->at.source, there->whole, text};
    }
    if (there->value_in.empty()) return std::nullopt;
    return TextEdit{there->value_at.source,
                    there->value_in,
                    change.value.empty() ? std::string("true") : change.value};
  }
  if (auto inside = edit_in_parent(change, settings)) return inside;
  const std::string parent = parent_of(change.key);
  const bool unwritten =
      !parent.empty() && settings.find(parent.substr(0, parent.find('.'))) != nullptr;
  if (!settings.add_after || unwritten) return std::nullopt;
  return TextEdit{settings.add_at.source,
                  {*settings.add_after, *settings.add_after},
                  addition(change, role, settings)};
}

/// A key and its value with what separates them from their neighbours: the lines they have for
/// themselves, or the blanks in front.
TextExtent with_surroundings(const TextExtent& whole, const std::string& text, Form form) {
  std::size_t begin = whole.begin;
  std::size_t end = whole.end;
  const std::size_t before = text.rfind('\n', begin == 0 ? 0 : begin - 1);
  const std::size_t line = before == std::string::npos ? 0 : before + 1;
  const std::size_t stop = std::min(text.find('\n', end), text.size());
  const std::string_view rest = std::string_view(text).substr(end, stop - end);
  const std::string_view front = std::string_view(text).substr(line, begin - line);
  const bool first = front.find_first_not_of(" -") == std::string_view::npos;
  const bool last = rest.find_first_not_of(" \\\"'") == std::string_view::npos;
  const bool goes_on = rest.find('\\') != std::string_view::npos;
  if (form == Form::kShell && first && last && !goes_on && line > 1) {
    // What continues the line before would go on with the line behind.
    const std::size_t sign = text.find_last_not_of(" \t", line - 2);
    if (sign != std::string::npos && text[sign] == '\\') {
      const std::size_t kept = text.find_last_not_of(" \t", sign == 0 ? 0 : sign - 1);
      return {kept == std::string::npos ? 0 : kept + 1, end};
    }
  }
  if (form != Form::kJsonList && first && (form != Form::kShell || last)) {
    return {line, std::min(stop + 1, text.size())};
  }
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
  return {begin, end};
}

std::optional<TextEdit> edit_to_remove(const Change& change, const Settings& settings) {
  const Setting* const there = settings.find(change.key);
  if (there == nullptr || there->whole.empty() || settings.form == Form::kJsonList) {
    return std::nullopt;
  }
  return TextEdit{
      there->at.source, with_surroundings(there->whole, there->at.source->text, settings.form), ""};
}

}  // namespace

Change set_flag(std::string_view key, std::string_view value) {
  return {.what = Change::What::kSetFlag, .key = std::string(key), .value = std::string(value)};
}

Change set_flag(std::string_view key, long long value) {
  return set_flag(key, std::to_string(value));
}

Change remove_flag(std::string_view key) {
  return {.what = Change::What::kRemoveFlag, .key = std::string(key)};
}

Change set_variable(std::string_view key, std::string_view value) {
  return {.what = Change::What::kSetVariable, .key = std::string(key), .value = std::string(value)};
}

Change set_variable(std::string_view key, long long value) {
  return set_variable(key, std::to_string(value));
}

Change remove_variable(std::string_view key) {
  return {.what = Change::What::kRemoveVariable, .key = std::string(key)};
}

std::vector<Change> changes_in(std::string_view flags) {
  std::vector<Change> changes;
  while (!flags.empty()) {
    const std::size_t end = std::min(flags.find(' '), flags.size());
    const std::string_view word = flags.substr(0, end);
    flags.remove_prefix(std::min(end + 1, flags.size()));
    const std::size_t equals = word.find('=');
    if (word.starts_with("--")) {
      changes.push_back(set_flag(word.substr(2)));
    } else if (equals != std::string_view::npos) {
      const std::string_view key = word.substr(0, equals);
      const bool nested = key.find('.') != std::string_view::npos;
      const std::string_view value = word.substr(equals + 1);
      changes.push_back(nested ? set_flag(key, value) : set_variable(key, value));
    } else if (!changes.empty() && !word.empty()) {
      changes.back().value = word;
    }
  }
  return changes;
}

std::optional<TextEdit> edit_of(const Change& change, const DeployedRole& role) {
  const Settings& settings = settings_of(change, role);
  return is_set(change) ? edit_to_set(change, role, settings) : edit_to_remove(change, settings);
}

std::string edited(const Source& source, std::vector<TextEdit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const TextEdit& a, const TextEdit& b) {
    return a.where.begin < b.where.begin;
  });
  std::string text;
  std::size_t at = 0;
  for (const TextEdit& edit : edits) {
    if (edit.source != &source || edit.where.begin < at) continue;
    text.append(source.text, at, edit.where.begin - at);
    text += edit.text;
    at = edit.where.end;
  }
  return text.append(source.text, at);
}

}  // namespace wideep
