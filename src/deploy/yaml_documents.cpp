#include "deploy/yaml_documents.h"

#include <algorithm>
#include <string_view>

namespace wideep {
namespace {

/// A node read from a copy has its places in what was copied, some lines further down.
void move_places(Node& node, const Source& source, int lines) {
  node.place.source = &source;
  node.place.line += lines;
  for (Node& item : node.items) move_places(item, source, lines);
  for (Entry& entry : node.entries) {
    move_places(entry.key, source, lines);
    move_places(entry.value, source, lines);
  }
}

/// "---" by itself, or with something behind it.
bool is_separator(std::string_view line) {
  constexpr std::string_view kSign = "---";
  if (!line.starts_with(kSign)) return false;
  return line.size() == kSign.size() || line[kSign.size()] == ' ' || line[kSign.size()] == '\r' ||
         line[kSign.size()] == '\t';
}

bool says_something(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line[first] != '#';
}

}  // namespace

std::optional<Node> yaml_in(const Source& source, TextExtent lines, Findings& faults) {
  const std::string_view text = source.text;
  const std::size_t newline =
      lines.begin == 0 ? std::string_view::npos : text.rfind('\n', lines.begin - 1);
  const std::size_t first = newline == std::string_view::npos ? 0 : newline + 1;
  // Blanks in place of what stands in front keep the columns.
  Source copy{.name = source.name, .text = std::string(lines.begin - first, ' ')};
  copy.text += text.substr(lines.begin, lines.end - lines.begin);
  const auto passed = static_cast<int>(
      std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(first), '\n'));
  Findings found;
  Node root = parse_yaml(copy, found);
  for (Diagnostic each : found.placed()) {
    each.where = {&source, each.where.line + passed, each.where.column};
    faults.report(std::move(each));
  }
  if (found.any() || root.kind == Node::Kind::kNull) return std::nullopt;
  move_places(root, source, passed);
  return root;
}

std::vector<TextExtent> yaml_documents(const Source& source) {
  const std::string_view text = source.text;
  std::vector<TextExtent> found;
  TextExtent present;
  bool says = false;
  const auto close = [&](std::size_t end) {
    present.end = end;
    if (says) found.push_back(present);
    says = false;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, stop - at);
    const std::size_t next = std::min(stop + 1, text.size());
    if (is_separator(line)) {
      close(at);
      present.begin = next;
    } else if (says_something(line) && !line.starts_with('%') && !line.starts_with("...")) {
      says = true;
    }
    at = next;
  }
  close(text.size());
  return found;
}

}  // namespace wideep
