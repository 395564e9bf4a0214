#include "deploy/change_text.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "deploy/text_place.h"

namespace wideep {
namespace {

bool is_number_or_truth(std::string_view value) {
  return value == "true" || value == "false" || value == "null" ||
         value.find_first_not_of("0123456789.-") == std::string_view::npos;
}

/// "a.b.c", 1 as "{b: {c: 1}}" behind "a: ".
std::string nested(std::string_view path, const std::string& value) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return fmt::format("{}: {}", path, in_yaml(value, false));
  return fmt::format("{}: {{{}}}", path.substr(0, dot), nested(path.substr(dot + 1), value));
}

/// The same as JSON in a text, as one flag takes it.
std::string nested_json(std::string_view path, const std::string& value) {
  const std::size_t dot = path.find('.');
  const std::string_view key = path.substr(0, dot);
  if (dot == std::string_view::npos) return fmt::format("\"{}\": {}", key, in_json(value));
  return fmt::format("\"{}\": {{{}}}", key, nested_json(path.substr(dot + 1), value));
}

/// A flag of a JSON object with one key in it.
Change as_object(const Change& change) {
  const std::size_t dot = change.key.find('.');
  return set_flag(change.key.substr(0, dot),
                  fmt::format("{{{}}}", nested_json(change.key.substr(dot + 1), change.value)));
}

/// The flag in whose value a key lies, "a" of "a.b.c"; empty where it lies in none.
std::string root_of(const Change& change) {
  const std::size_t dot = is_flag(change) ? change.key.find('.') : std::string::npos;
  return dot == std::string::npos ? std::string{} : change.key.substr(0, dot);
}

/// The JSON object that a flag has in the file, with what all those changes make of it; nothing
/// where it is not spelled out there.
std::optional<std::string> whole_object(const std::string& root,
                                        const std::vector<Change>& changes,
                                        const DeployedRole& role) {
  const Setting* const there = role.flags.find(root);
  if (there == nullptr || there->value_in.empty() || !there->value ||
      !there->value->starts_with('{')) {
    return std::nullopt;
  }
  const TextExtent& object = there->value_in;
  std::vector<TextEdit> edits;
  for (const Change& change : changes) {
    if (root_of(change) != root) continue;
    auto edit = edit_of(change, role);
    if (!edit || edit->source != there->value_at.source || edit->where.begin < object.begin ||
        edit->where.end > object.end) {
      return std::nullopt;
    }
    edits.push_back(std::move(*edit));
  }
  const std::string& before = there->value_at.source->text;
  const std::string after = edited(*there->value_at.source, std::move(edits));
  const std::size_t behind = before.size() - object.end;
  return after.substr(object.begin, after.size() - behind - object.begin);
}

/// What stands in front of a variable where a file sets it, so that what is told does as much:
/// "export ", "ENV " of a Dockerfile, "-e " of a container, nothing in front of a command.
std::string_view how_set(const Setting* there, const DeployedRole& role) {
  if (there == nullptr || there->at.source == nullptr) {
    // In lists of words no shell sets it, and a container gets what it is told to get.
    if (role.flags.form == Form::kJsonList) return "ENV ";
    return role.container && !role.environment.add_after ? "-e " : "export ";
  }
  const std::string_view text = there->at.source->text;
  const std::size_t name = offset_of(there->at);
  const std::size_t line = text.rfind('\n', name == 0 ? 0 : name - 1);
  const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
  const std::string_view front = text.substr(begin, name - begin);
  const auto has = [front](std::string_view word) {
    return front.find(word) != std::string_view::npos;
  };
  if (front.ends_with("-e ") || front.ends_with("--env ")) return "-e ";
  if (has("ENV ")) return "ENV ";
  return has("export ") || has("declare ") ? "export " : "";
}

/// What a key is put into where its flag or section is there: "max_batch_size: 64 in
/// cuda_graph_config". Nothing where it is not.
std::optional<std::string> line_inside(const Change& change, const DeployedRole& role) {
  const Settings& settings = role.flags;
  if (!is_flag(change)) return std::nullopt;
  for (std::size_t dot = change.key.rfind('.'); dot != std::string::npos && dot > 0;
       dot = change.key.rfind('.', dot - 1)) {
    const std::string section = change.key.substr(0, dot);
    const Setting* const there = settings.find(section);
    if (there == nullptr) continue;
    const std::string_view rest = std::string_view(change.key).substr(dot + 1);
    const bool in_text = settings.form != Form::kYamlMap || role.engine != ServingEngine::kTrtllm;
    return fmt::format("{} in {}",
                       in_text ? nested_json(rest, change.value) : nested(rest, change.value),
                       section);
  }
  return std::nullopt;
}

std::string line_of(const Change& change, const DeployedRole& role) {
  const Settings& settings = settings_of(change, role);
  const Setting* const there = settings.find(change.key);
  if (!is_set(change)) {
    return "remove " + (there == nullptr || there->written.empty() ? change.key : there->written);
  }
  if (auto inside = line_inside(change, role)) return *std::move(inside);
  if (settings.form == Form::kYamlMap) return map_entry(change, role);
  if (settings.form == Form::kYamlNamed) {
    return fmt::format("{{name: {}, value: \"{}\"}}", change.key, change.value);
  }
  const std::string words = shell_words(change, role);
  return is_flag(change) ? words : std::string(how_set(there, role)) + words;
}

}  // namespace

bool is_set(const Change& change) {
  return change.what == Change::What::kSetFlag || change.what == Change::What::kSetVariable;
}

bool is_flag(const Change& change) {
  return change.what == Change::What::kSetFlag || change.what == Change::What::kRemoveFlag;
}

const Settings& settings_of(const Change& change, const DeployedRole& role) {
  return is_flag(change) ? role.flags : role.environment;
}

std::string in_yaml(const std::string& value, bool always_text) {
  if (value.empty()) return "true";
  if (always_text) return fmt::format("\"{}\"", value);
  const bool plain = value.find_first_of(":{}[],&*#?|<>=!%@\\\"' ") == std::string::npos;
  const bool list = value.front() == '[' && value.back() == ']';
  return plain || list ? value : fmt::format("'{}'", value);
}

std::string in_json(const std::string& value) {
  const bool bare = is_number_or_truth(value) || value.front() == '[';
  return bare ? value : fmt::format("\"{}\"", value);
}

std::string map_entry(const Change& change, const DeployedRole& role) {
  if (!is_flag(change)) return fmt::format("{}: {}", change.key, in_yaml(change.value, true));
  const bool inside = !root_of(change).empty() && role.engine != ServingEngine::kTrtllm;
  const Change entry = inside ? as_object(change) : change;
  return nested(entry.key, entry.value);
}

std::string shell_words(const Change& change, const DeployedRole& role) {
  if (!is_flag(change)) return fmt::format("{}={}", change.key, change.value);
  // vLLM alone takes "--a.b 1" for --a '{"b": 1}' (vllm/utils/argparse_utils.py@00da11e3), and for
  // all of it.
  if (!root_of(change).empty() && role.engine != ServingEngine::kVllm) {
    return shell_words(as_object(change), role);
  }
  if (change.value.empty()) return "--" + change.key;
  const bool plain = change.value.find_first_of("{}[]\"'$`;&|<>() *?") == std::string::npos;
  return plain ? fmt::format("--{} {}", change.key, change.value)
               : fmt::format("--{} '{}'", change.key, change.value);
}

std::string lines_of(const std::vector<Change>& changes, const DeployedRole& role) {
  std::string lines;
  std::set<std::string> written;
  for (const Change& change : changes) {
    const std::string root = root_of(change);
    if (written.contains(root)) continue;
    if (!lines.empty()) lines += ", ";
    const auto whole = root.empty() ? std::nullopt : whole_object(root, changes, role);
    if (whole) written.insert(root);
    lines += line_of(whole ? set_flag(root, *whole) : change, role);
  }
  return lines;
}

}  // namespace wideep
