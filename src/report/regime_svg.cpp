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

/// Where things lie on the sheet.
struct MapPlaces {
  int wide;  ///< of a cell
  int high;
  int right;  ///< of the map
  int bottom;
  int legend;
};

MapPlaces places_on(const RegimeMap& map) {
  const int columns = static_cast<int>(map.columns());
  const int rows = static_cast<int>(map.rows());
  const int wide = std::max(1, kCellsWide / columns);
  const int high = std::max(1, kCellsHigh / rows);
  const int bottom = kMapTop + high * rows;
  return {wide, high, kMapLeft + wide * columns, bottom, bottom + 3 * kLegendLine};
}

std::string cells_of(const RegimeMap& map, const MapPlaces& places) {
  std::string svg;
  for (std::size_t row = 0; row < map.rows(); ++row) {
    for (std::size_t column = 0; column < map.columns(); ++column) {
      const std::size_t regime = map.cells[row * map.columns() + column];
      fmt::format_to(
          std::back_inserter(svg),
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"><title>{}, {}: "
          "{}</title></rect>\n",
          kMapLeft + static_cast<int>(column) * places.wide,
          kMapTop + static_cast<int>(row) * places.high,
          places.wide,
          places.high,
          regime_colour(regime),
          markup(map.values[0][row]),
          markup(map.values[1][column]),
          regime == RegimeMap::kNothing ? "nothing is feasible" : markup(map.regimes[regime]));
    }
  }
  return svg;
}

std::string axes_of(const RegimeMap& map, const MapPlaces& places) {
  constexpr int kBaseline = 4;
  std::string svg;
  for (const std::size_t row : evenly(map.rows(), kMapTicks)) {
    const int y = kMapTop + static_cast<int>(row) * places.high + places.high / 2 + kBaseline;
    svg += map_label(kMapLeft - kBaseline, y, "end", map.values[0][row]);
  }
  const int bottom = places.bottom;
  for (const std::size_t column : evenly(map.columns(), kMapTicks)) {
    const int x = kMapLeft + static_cast<int>(column) * places.wide + places.wide / 2;
    svg += map_label(x, bottom + kLegendLine, "middle", map.values[1][column]);
  }
  return svg +
         map_label((kMapLeft + places.right) / 2, bottom + 2 * kLegendLine, "middle", map.keys[1]);
}

std::string legend_of(const RegimeMap& map, const MapPlaces& places) {
  std::string svg;
  const auto entry = [&](int line, std::string_view fill, std::string_view name) {
    constexpr int kSquare = 14;
    const int y = places.legend + line * kLegendLine;
    fmt::format_to(std::back_inserter(svg),
                   "<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"{3}\" "
                   "stroke=\"#000000\"/>\n",
                   kMapLeft,
                   y,
                   kSquare,
                   fill);
    svg += map_label(kMapLeft + kLegendLine, y + kSquare - 2, "start", name);
  };
  int line = 0;
  for (std::size_t at = 0; at < map.regimes.size(); ++at) {
    entry(line++, regime_colour(at), map.regimes[at]);
  }
  entry(line, kNoColour, "nothing is feasible");
  return svg;
}

}  // namespace

std::string regime_svg(const RegimeMap& map) {
  const MapPlaces places = places_on(map);
  const int lines = static_cast<int>(map.regimes.size()) + 2;
  const std::string head = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
      std::max(places.right + kLegendLine, kMapLeft + kCellsWide),
      places.legend + kLegendLine * lines);
  const std::string frame = fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" "
      "stroke=\"#000000\"/>\n",
      kMapLeft,
      kMapTop,
      places.right - kMapLeft,
      places.bottom - kMapTop);
  const std::string title = map_label(
      kMapLeft, kLegendLine, "start", fmt::format("Which wins where, by {}", map.keys[0]));
  return head + title + cells_of(map, places) + frame + axes_of(map, places) +
         legend_of(map, places) + "</svg>\n";
}

}  // namespace wideep
