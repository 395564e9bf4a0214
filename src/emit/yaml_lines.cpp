#include "emit/yaml_lines.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include <fmt/format.h>

namespace wideep {

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(count), ' ');
}

std::string line(const std::string& text, const std::string& why) {
  constexpr std::size_t kReasonColumn = 46;  // where reasons stand one below the other
  return why.empty() ? text + "\n" : fmt::format("{:<{}}  # {}\n", text, kReasonColumn, why);
}

namespace {

/// A name that Kubernetes takes: a letter, then letters, digits and '-' (RFC 1035), short enough
/// for what is put behind it: role, index and hash in a label of 63.
std::string plain_name(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    name += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
  }
  while (name.starts_with('-')) name.erase(0, 1);
  if (!name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
    name.insert(0, "model-");
  }
  constexpr std::size_t kLongest = 32;
  name.resize(std::min(name.size(), kLongest));
  while (name.ends_with('-')) name.pop_back();
  return name.empty() ? "engine" : name;
}

}  // namespace

std::string model_name(const LaunchSet& set) {
  return plain_name(set.model.substr(set.model.rfind('/') + 1));
}

std::string yaml_text(std::string_view value) {
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
           c == '/' || c == '=';
  });
  if (plain) return std::string(value);
  std::string text = "'";
  for (const char c : value) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

std::string options_yaml(const Launch& launch, int indent) {
  std::string text;
  std::vector<std::string> open;
  std::vector<LaunchSetting> settings = launch.flags;
  // Keys of one map stand together.
  std::stable_sort(settings.begin(), settings.end(), [](const auto& a, const auto& b) {
    const auto section = [](const LaunchSetting& one) {
      const std::size_t dot = one.key.rfind('.');
      return dot == std::string::npos ? std::string() : one.key.substr(0, dot);
    };
    return section(a) < section(b);
  });
  for (const LaunchSetting& each : settings) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    for (std::size_t dot = each.key.find('.'); dot != std::string::npos;
         dot = each.key.find('.', at)) {
      parts.push_back(each.key.substr(at, dot - at));
      at = dot + 1;
    }
    std::size_t same = 0;
    while (same < open.size() && same < parts.size() && open[same] == parts[same]) ++same;
    open.resize(same);
    for (; same < parts.size(); ++same) {
      text += line(spaces(indent + 2 * static_cast<int>(same)) + parts[same] + ":");
      open.push_back(parts[same]);
    }
    text += line(spaces(indent + 2 * static_cast<int>(parts.size())) +
                     fmt::format("{}: {}", each.key.substr(at), each.value),
                 each.why);
  }
  return text;
}

}  // namespace wideep
