// The regime map as a picture.
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "report/regime_map.h"

namespace wideep {
namespace {

/// Told apart by most eyes. Source: Okabe and Ito, Color Universal Design (2008), then lighter
/// ones.
constexpr std::array<std::string_view, 16> kRegimeColours = {"#0072b2",
                                                             "#e69f00",
                                                             "#009e73",
                                                             "#cc79a7",
                                                             "#56b4e9",
                                                             "#d55e00",
                                                             "#f0e442",
                                                             "#999999",
                                                             "#80b9d9",
                                                             "#f3cf80",
                                                             "#80cfb9",
                                                             "#e6bcd3",
                                                             "#abdaf4",
                                                             "#eaaf80",
                                                             "#f8f2a1",
                                                             "#cccccc"};
constexpr std::string_view kNoColour = "#ffffff";

constexpr int kMapLeft = 110;  // pixels; room for the values of rows
constexpr int kMapTop = 40;
constexpr int kCellsWide = 600;  // of the cells together, or a little less
constexpr int kCellsHigh = 400;
constexpr int kLegendLine = 20;  // of the legend
constexpr int kMapTicks = 5;     // values that are written at an axis

std::string_view regime_colour(std::size_t regime) {
  return regime == RegimeMap::kNothing ? kNoColour : kRegimeColours[regime % kRegimeColours.size()];
}

std::string markup(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&') safe += "&amp;";
    if (c == '<') safe += "&lt;";
    if (c == '>') safe += "&gt;";
    if (c != '&' && c != '<' && c != '>') safe += c;
  }
  return safe;
}

std::string map_label(int x, int y, std::string_view anchor, std::string_view text) {
  return fmt::format(
      "<text x=\"{}\" y=\"{}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, markup(text));
}

}  // namespace

std::string regime_svg(const RegimeMap& map) {
  const int columns = static_cast<int>(map.columns());
  const int rows = static_cast<int>(map.rows());
  const int wide = std::max(1, kCellsWide / columns);
  const int high = std::max(1, kCellsHigh / rows);
  const int right = kMapLeft + wide * columns;
  const int bottom = kMapTop + high * rows;
  const int legend = bottom + 3 * kLegendLine;
  const int height = legend + kLegendLine * (static_cast<int>(map.regimes.size()) + 2);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
      std::max(right + kLegendLine, kMapLeft + kCellsWide),
      height);
  const auto out = std::back_inserter(svg);
  svg += map_label(
      kMapLeft, kLegendLine, "start", fmt::format("Which wins where, by {}", map.keys[0]));
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < columns; ++column) {
      const auto at_row = static_cast<std::size_t>(row);
      const auto at_column = static_cast<std::size_t>(column);
      const std::size_t regime = map.cells[at_row * map.columns() + at_column];
      fmt::format_to(
          out,
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"><title>{}, {}: "
          "{}</title></rect>\n",
          kMapLeft + column * wide,
          kMapTop + row * high,
          wide,
          high,
          regime_colour(regime),
          markup(map.values[0][at_row]),
          markup(map.values[1][at_column]),
          regime == RegimeMap::kNothing ? "nothing is feasible" : markup(map.regimes[regime]));
    }
  }
  fmt::format_to(out,
                 "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" "
                 "stroke=\"#000000\"/>\n",
                 kMapLeft,
                 kMapTop,
                 wide * columns,
                 high * rows);
  constexpr int kBaseline = 4;
  for (const std::size_t row : evenly(map.rows(), kMapTicks)) {
    const int y = kMapTop + static_cast<int>(row) * high + high / 2 + kBaseline;
    svg += map_label(kMapLeft - kBaseline, y, "end", map.values[0][row]);
  }
  for (const std::size_t column : evenly(map.columns(), kMapTicks)) {
    const int x = kMapLeft + static_cast<int>(column) * wide + wide / 2;
    svg += map_label(x, bottom + kLegendLine, "middle", map.values[1][column]);
  }
  svg += map_label((kMapLeft + right) / 2, bottom + 2 * kLegendLine, "middle", map.keys[1]);
  const auto entry = [&](int line, std::string_view fill, std::string_view name) {
    constexpr int kSquare = 14;
    const int y = legend + line * kLegendLine;
    fmt::format_to(out,
                   "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"{3}\" "
                   "stroke=\"#000000\"/>\n",
                   kMapLeft,
                   y,
                   kSquare,
                   fill);
    svg += map_label(kMapLeft + kLegendLine, y + kSquare - 2, "start", name);
  };
  int line = 0;
  for (std::size_t at = 0; at < map.regimes.size(); ++at)
    entry(line++, regime_colour(at), map.regimes[at]);
  entry(line, kNoColour, "nothing is feasible");
  return svg + "</svg>\n";
}

}  // namespace wideep
