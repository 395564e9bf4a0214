// Settings that stand in YAML and JSON.
#include <algorithm>
#include <deque>
#include <utility>

#include "deploy/keys.h"
#include "deploy/text_place.h"

namespace wideep {
namespace {

/// A list of plain values as words: "1 2 4"; a list of anything else as a sign that it is there.
std::string words_of(const Node& list) {
  std::string text;
  for (const Node& item : list.items) {
    if (!item.is_scalar()) return "[...]";
    if (!text.empty()) text += ' ';
    text += item.text;
  }
  return text;
}

std::string text_of(const Node& value) {
  switch (value.kind) {
    case Node::Kind::kNull:
      return "null";
    case Node::Kind::kScalar:
      return value.text;
    case Node::Kind::kSequence:
      return words_of(value);
    case Node::Kind::kMap:
      break;
  }
  return "{...}";
}

/// A template of what starts the engine, "{job_id}", or a variable of the shell.
bool is_template(const Node& value) {
  if (!value.is_scalar()) return false;
  const std::string& text = value.text;
  const std::size_t brace = text.find('{');
  if (brace != std::string::npos && (brace > 0 || text.size() > 2) &&
      text.find('"') == std::string::npos) {
    return text.find('}', brace) != std::string::npos;
  }
  return text.find("${") != std::string::npos;
}

TextExtent whole_of(const Node& key, const TextExtent& value) {
  const TextExtent name = extent_of(key);
  if (name.empty() || value.empty() || value.begin < name.begin) return {};
  return {name.begin, value.end};
}

Setting setting_of(const Entry& entry, std::string key) {
  Setting setting{.key = std::move(key),
                  .value = text_of(entry.value),
                  .written = entry.key.text,
                  .at = entry.key.place,
                  .value_at = entry.value.place};
  if (is_template(entry.value)) setting.value = std::nullopt;
  setting.value_in = extent_of(entry.value);
  setting.whole = whole_of(entry.key, setting.value_in);
  return setting;
}

/// The key itself, then those in it.
void add_entry(const Entry& entry, const std::string& key, std::vector<Setting>& out) {
  out.push_back(setting_of(entry, key));
  if (!entry.value.is_map()) return;
  for (const Entry& inner : entry.value.entries) add_entry(inner, key + "." + inner.key.text, out);
}

/// Behind the last line of a node.
std::size_t end_of(const Node& node) {
  std::size_t end = 0;
  if (node.place.source != nullptr) {
    end = offset_of(node.place) + (node.is_scalar() ? node.text.size() : 0);
  }
  for (const Node& item : node.items) end = std::max(end, end_of(item));
  for (const Entry& entry : node.entries) {
    end = std::max({end, end_of(entry.key), end_of(entry.value)});
  }
  return end;
}

void set_where_to_add(const Node& map, Settings& settings) {
  if (map.entries.empty()) return;
  const Source* const source = map.entries.front().key.place.source;
  if (source == nullptr) return;
  const std::size_t last = end_of(map);
  settings.add_at = map.entries.front().key.place;
  settings.add_after = std::min(source->text.find('\n', last), source->text.size());
}

/// "no-KEY" switched on is KEY switched off.
void turn_negative(Setting& setting) {
  constexpr std::string_view kNo = "no-";
  if (!setting.key.starts_with(kNo) || truth_in(setting) != true) return;
  setting.key = setting.key.substr(kNo.size());
  setting.value = "false";
}

}  // namespace

Settings settings_in(const Node& map, ServingEngine engine) {
  Settings settings{.form = Form::kYamlMap};
  for (const Entry& entry : map.entries) {
    add_entry(entry, canonical_key(engine, entry.key.text), settings.all);
  }
  for (Setting& setting : settings.all) turn_negative(setting);
  add_parts(settings);
  set_where_to_add(map, settings);
  return settings;
}

Settings variables_in(const Node& map) {
  Settings settings{.form = Form::kYamlMap};
  for (const Entry& entry : map.entries) {
    settings.all.push_back(setting_of(entry, entry.key.text));
  }
  set_where_to_add(map, settings);
  return settings;
}

void add_parts(Settings& settings) {
  std::vector<Setting> all;
  for (Setting& setting : settings.all) {
    all.push_back(setting);
    if (!setting.value || !setting.value->starts_with('{') || *setting.value == "{...}") continue;
    // Nodes point into it no longer than their settings are made.
    const Source json{.name = "", .text = *setting.value};
    Findings faults;
    const Node root = parse_yaml(json, faults);
    if (faults.any() || !root.is_map()) continue;
    std::vector<Setting> parts;
    for (const Entry& entry : root.entries) {
      add_entry(entry, setting.key + "." + entry.key.text, parts);
    }
    const TextExtent whole = setting.value_in;
    for (Setting& part : parts) {
      const std::size_t at = offset_of(part.at);
      const std::size_t value_at = offset_of(part.value_at);
      part.at = setting.value_at;
      part.value_at = setting.value_at;
      if (whole.empty()) {
        part.whole = {};
        part.value_in = {};
      } else {
        part.at = place_of(*setting.value_at.source, whole.begin + at);
        part.value_at = place_of(*setting.value_at.source, whole.begin + value_at);
        if (!part.whole.empty()) {
          part.whole = {part.whole.begin + whole.begin, part.whole.end + whole.begin};
        }
        if (!part.value_in.empty()) {
          part.value_in = {part.value_in.begin + whole.begin, part.value_in.end + whole.begin};
        }
      }
      all.push_back(std::move(part));
    }
  }
  settings.all = std::move(all);
}

}  // namespace wideep
