#include "schema/meanings.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace wideep {
namespace {

/// The cells of "| a | b |", without the blanks around them.
std::vector<std::string_view> cells_of(std::string_view row) {
  std::vector<std::string_view> cells;
  while (row.starts_with('|')) {
    row.remove_prefix(1);
    const std::size_t end = row.find('|');
    if (end == std::string_view::npos) break;
    std::string_view cell = row.substr(0, end);
    while (cell.starts_with(' ')) cell.remove_prefix(1);
    while (cell.ends_with(' ')) cell.remove_suffix(1);
    cells.push_back(cell);
    row.remove_prefix(end);
  }
  return cells;
}

/// Whether one of the names in backquotes is that key.
bool names(std::string_view cell, std::string_view key) {
  return cell.find(fmt::format("`{}`", key)) != std::string_view::npos;
}

/// "its words" of "[its words](page.md)"; a link in parentheses of its own goes with them.
std::string without_links(std::string_view cell) {
  std::string text;
  while (!cell.empty()) {
    const std::size_t open = cell.find('[');
    const std::size_t middle = cell.find("](", open);
    if (open == std::string_view::npos || middle == std::string_view::npos) break;
    const std::size_t end = std::min(cell.find(')', middle), cell.size() - 1);
    const bool aside = open >= 2 && cell.substr(open - 2, 2) == " (" &&
                       cell.substr(open + 1, middle - open - 1).ends_with(".md");
    text += cell.substr(0, aside ? open - 2 : open);
    if (!aside) text += cell.substr(open + 1, middle - open - 1);
    cell.remove_prefix(end + 1);
    if (!aside) continue;
    while (cell.starts_with(", [")) cell.remove_prefix(std::min(cell.find(')') + 1, cell.size()));
    if (cell.starts_with(')')) cell.remove_prefix(1);
  }
  return text.append(cell);
}

std::string plain(std::string_view cell) {
  std::string text = without_links(cell);
  text.erase(std::remove(text.begin(), text.end(), '`'), text.end());
  return text;
}

/// The page from a section's anchor to the next.
std::string_view section_of(std::string_view page, std::string_view section) {
  const std::size_t begin = page.find(fmt::format("<a id=\"{}\"></a>", section));
  if (begin == std::string_view::npos) return {};
  page.remove_prefix(begin + 1);
  return page.substr(0, page.find("<a id="));
}

}  // namespace

Meaning key_meaning(std::string_view section, std::string_view key) {
  constexpr std::size_t kCells = 4;  // key, value, default, meaning
  std::string_view rest = section_of(kInputPage, section);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    const auto cells = cells_of(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    if (cells.size() != kCells || !names(cells[0], key)) continue;
    return {plain(cells[1]), plain(cells[2]), plain(cells[3])};
  }
  return {};
}

}  // namespace wideep
