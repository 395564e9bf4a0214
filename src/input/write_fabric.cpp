#include "input/write_fabric.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/read_fabric.h"
#include "input/source.h"

namespace wideep {
namespace {

constexpr std::size_t kLineWidth = 96;
/// Characters of a key that has no question mark before it. YAML 1.2.2, 7.4.2.
constexpr std::size_t kMostOfKey = 1024;

/// Whether YAML reads the text as that very text without quotes.
bool is_plain(std::string_view text) {
  constexpr std::string_view kSpecial = "[]{},&*!|>'\"%@`#?:-\\ ";
  constexpr std::string_view kInside = "[]{},#:\"'\\?";
  constexpr std::array<std::string_view, 4> kNulls{"~", "null", "Null", "NULL"};
  if (text.empty() || kSpecial.find(text.front()) != std::string_view::npos) return false;
  if (text.back() == ' ' || std::find(kNulls.begin(), kNulls.end(), text) != kNulls.end()) {
    return false;
  }
  return std::none_of(text.begin(), text.end(), [&](char c) {
    return kInside.find(c) != std::string_view::npos || static_cast<unsigned char>(c) < ' ';
  });
}

/// Whether readers of YAML take the text without quotes for a number or a truth value.
bool looks_typed(std::string_view text) {
  constexpr std::array<std::string_view, 8> kTruths{
      "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return lower.find_first_of("0123456789.+") == 0 ||
         std::find(kTruths.begin(), kTruths.end(), lower) != kTruths.end();
}

std::string scalar(const Node& node) {
  const std::string& text = node.text;
  if (is_plain(text) && !(node.quoted && looks_typed(text))) return text;
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < ' ') {
      quoted += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  return fmt::format("\"{}\"", quoted);
}

/// A key as it stands before its colon; `before_colon` ends a long one.
std::string key_text(std::string key, std::string_view before_colon) {
  return key.size() < kMostOfKey ? key : fmt::format("? {}{}", key, before_colon);
}

std::string flow(const Node& node) {
  if (node.kind == Node::Kind::kNull) return "null";
  if (node.is_scalar()) return scalar(node);
  std::string text;
  std::string_view comma;
  for (const Entry& entry : node.entries) {
    text += fmt::format("{}{}: {}", comma, key_text(flow(entry.key), " "), flow(entry.value));
    comma = ", ";
  }
  for (const Node& item : node.items) {
    text += fmt::format("{}{}", comma, flow(item));
    comma = ", ";
  }
  return node.is_map() ? fmt::format("{{{}}}", text) : fmt::format("[{}]", text);
}

/// Levels of maps and lists in it.
int depth(const Node& node) {
  int deepest = 0;
  for (const Entry& entry : node.entries) deepest = std::max(deepest, depth(entry.value));
  for (const Node& item : node.items) deepest = std::max(deepest, depth(item));
  return node.is_scalar() || node.kind == Node::Kind::kNull ? 0 : deepest + 1;
}

/// On the line of its lead where it fits there, else below.
void write_block(const Node& node, std::size_t indent, std::string& text) {
  const std::string margin(indent, ' ');
  const auto write_value = [&](const std::string& lead, const Node& value) {
    const std::string line = fmt::format("{}{} {}", margin, lead, flow(value));
    const bool empty = value.entries.empty() && value.items.empty();
    if (empty || (line.size() <= kLineWidth && depth(value) <= 2)) {
      text += line + '\n';
      return;
    }
    const std::size_t begins = text.size();
    text += fmt::format("{}{}\n", margin, lead);
    write_block(value, indent + 2, text);
    // The first key of a list's item stands beside the dash.
    if (lead == "-") text.replace(begins, margin.size() + 2 + indent + 2, margin + "- ");
  };
  for (const Entry& entry : node.entries) {
    write_value(key_text(flow(entry.key), '\n' + margin) + ':', entry.value);
  }
  for (const Node& item : node.items) write_value("-", item);
}

/// The value where a dotted path begins is written out if it is a preset's name; what the path
/// names is taken away.
void take_away(Node& node, std::string_view path) {
  const std::size_t dot = path.find('.');
  const std::string_view head = path.substr(0, dot);
  if (dot == std::string_view::npos) {
    std::erase_if(node.entries, [&](const Entry& entry) { return entry.key.text == head; });
  } else if (Node* const next = node.find(head)) {
    take_away(*next, path.substr(dot + 1));
  }
}

/// Writes out the kernels' presets that the changes change, whose keys may have to go; a GPU's
/// preset stays named.
void expand(Node& base, const Node& changes, Findings& findings) {
  const Node* const kernels = changes.find("kernels");
  Node* const present = base.find("kernels");
  if (kernels != nullptr && present != nullptr) {
    for (Entry& entry : present->entries) {
      if (kernels->find(entry.key.text) == nullptr) continue;
      entry.value = with_preset(PresetKind::kKernel, entry.value, findings);
    }
  }
  Node* const gpu = base.find("gpu");
  if (gpu != nullptr && gpu->is_scalar() && changes.find("gpu") != nullptr) {
    Node named = make_node(Node::Kind::kMap, gpu->place);
    named.entries.push_back({make_node(Node::Kind::kScalar, gpu->place, "preset"), *gpu});
    *gpu = std::move(named);
  }
}

bool is_file(const std::string& name) {
  return names_file(name) || is_there(name);
}

}  // namespace

std::string to_yaml(const Node& node) {
  if (node.entries.empty() && node.items.empty()) return flow(node) + '\n';
  std::string text;
  write_block(node, 0, text);
  return text;
}

BaseFabric read_base_fabric(const std::string& name) {
  BaseFabric base;
  Findings findings;
  if (is_file(name)) {
    const Source& source = base.sources.emplace_back(need_source(name));
    base.node = parse_yaml(source, findings);
    const auto has = [&](const char* key) { return base.node.find(key) != nullptr; };
    if (base.node.is_map() && !has("kernels") && !has("preset") && !has("gpus_per_domain")) {
      findings.report(base.node.place, "this is no fabric: it has no kernels");
      findings.throw_if_any();
    }
    base.node = with_preset(PresetKind::kFabric, base.node, findings);
  } else {
    const Source& source = base.sources.emplace_back(Source{"--base", name});
    const Node named = make_node(Node::Kind::kScalar, {&source, 1, 1}, name);
    base.node = with_preset(PresetKind::kFabric, named, findings);
  }
  findings.throw_if_any();
  base.fabric = read_fabric(base.node, findings);
  findings.throw_if_any();
  return base;
}

std::string fabric_text(const BaseFabric& base, const FabricChanges& changes) {
  Findings findings;
  const Source source{"calibration", changes.yaml};
  const Node over = parse_yaml(source, findings);
  Node whole = base.node;
  expand(whole, over, findings);
  for (const std::string& path : changes.replaced) take_away(whole, path);
  whole = whole.is_map() ? merged(whole, over) : over;
  findings.throw_if_any();
  const auto about = std::find_if(whole.entries.begin(),
                                  whole.entries.end(),
                                  [](const Entry& entry) { return entry.key.text == "about"; });
  if (about != whole.entries.end()) std::rotate(whole.entries.begin(), about, about + 1);
  std::string text = to_yaml(whole);
  // What is written must be what is read.
  const Source written{"calibration", text};
  const Node again = parse_yaml(written, findings);
  read_fabric(again, findings);
  findings.throw_if_any();
  return text;
}

}  // namespace wideep
