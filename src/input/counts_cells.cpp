#include "input/counts_cells.h"

#include <algorithm>
#include <cctype>

#include "units/parse_quantity.h"

namespace wideep {
namespace {

bool is_layer_name(std::string_view name) {
  constexpr std::string_view kLayer = "layer";
  return std::equal(name.begin(), name.end(), kLayer.begin(), kLayer.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
}

/// As data frames write columns that have no names.
bool numbers_columns(const std::vector<CountsCell>& cells) {
  constexpr std::size_t kNoCoincidence = 8;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].text != std::to_string(i)) return false;
  }
  return cells.size() >= kNoCoincidence;
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t from = text.find_first_not_of(kBlanks);
  if (from == std::string_view::npos) return text.substr(text.size());
  return text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

std::vector<CountsCell> counts_cells(std::string_view line) {
  std::vector<CountsCell> cells;
  for (std::size_t from = 0; from <= line.size();) {
    const std::size_t end = std::min(line.find(',', from), line.size());
    std::string_view text = without_blanks(line.substr(from, end - from));
    // An empty cell is shown where its text would be.
    const auto at = text.empty() ? from : static_cast<std::size_t>(text.data() - line.data());
    if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
      text = without_blanks(text.substr(1, text.size() - 2));
    }
    cells.push_back({text, static_cast<int>(at) + 1});
    from = end + 1;
  }
  return cells;
}

CountsHeader counts_header(const std::vector<CountsCell>& cells) {
  const auto is_name = [](const CountsCell& cell) {
    return !cell.text.empty() && !parse_number(cell.text);
  };
  const std::vector<CountsCell> rest(cells.begin() + 1, cells.end());
  const bool named = !rest.empty() && std::all_of(rest.begin(), rest.end(), is_name);
  if (is_layer_name(cells.front().text)) return {true, true};
  if (cells.front().text.empty()) {
    const bool labels = named || numbers_columns(rest);
    return {labels, labels};
  }
  const bool all_named = is_name(cells.front()) && (rest.empty() || named);
  return {all_named || numbers_columns(cells), false};
}

std::string separator_help(std::string_view cell) {
  const bool parted = without_blanks(cell).find_first_of("; \t") != std::string_view::npos;
  return parted ? "part the counts of a layer by commas" : "";
}

}  // namespace wideep
