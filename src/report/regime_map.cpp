#include "report/regime_map.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/describe.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr char kNoLetter = '.';
constexpr std::size_t kMostRows = 16;
/// Beyond, regimes share the last letter's place.
constexpr std::string_view kMore = "other choices";

char letter_of(std::size_t regime) {
  if (regime == RegimeMap::kNothing) return kNoLetter;
  return regime < kLetters.size() ? kLetters[regime] : '?';
}

/// What the letters are, with how many of the cells that were looked at each has.
Text legend(const RegimeMap& map) {
  Text text;
  const auto line = [&](char letter, std::string_view name, std::size_t regime) {
    const auto count = std::count(map.cells.begin(), map.cells.end(), regime);
    const double share = static_cast<double>(count) / static_cast<double>(map.cells.size());
    text += Text(fmt::format("  {}  {:<28} {:>6} of points", letter, name, format_percent(share)));
  };
  constexpr std::size_t kShown = 12;
  const std::size_t shown = std::min(map.regimes.size(), kShown);
  for (std::size_t at = 0; at < shown; ++at) line(letter_of(at), map.regimes[at], at);
  if (map.regimes.size() > shown) {
    text += Text(fmt::format("  and {} more: {}", map.regimes.size() - shown, kMore));
  }
  const bool nothing =
      std::find(map.cells.begin(), map.cells.end(), RegimeMap::kNothing) != map.cells.end();
  if (nothing) line(kNoLetter, "nothing is feasible", RegimeMap::kNothing);
  return text;
}

/// Of one axis: from which value to which each choice wins.
Text stretches(const RegimeMap& map) {
  Text text;
  const std::vector<std::string>& values = map.values.back();
  std::size_t width = 0;
  for (const std::string& value : values) width = std::max(width, value.size());
  constexpr int kMostLines = 12;
  int lines = 0;
  for (std::size_t from = 0; from < values.size();) {
    std::size_t to = from;
    while (to + 1 < values.size() && map.cells[to + 1] == map.cells[from]) ++to;
    if (++lines > kMostLines) {
      text += Text("  ... and more stretches");
      break;
    }
    const bool nothing = map.cells[from] == RegimeMap::kNothing;
    text += Text(fmt::format(
        "  {:>{}}{}  {}",
        values[from],
        width,
        from == to ? std::string(width + 4, ' ') : fmt::format(" to {:<{}}", values[to], width),
        nothing ? "nothing is feasible" : map.regimes[map.cells[from]]));
    from = to + 1;
  }
  return text;
}

}  // namespace

std::string regime_of(const SweepPoint& point) {
  const Prediction* const used = point.answer.used();
  if (used == nullptr) return "";
  const Config& config = used->config;
  return fmt::format("{}, {}, {}",
                     layout_text(config),
                     point.problem->fabric.kernels[config.kernel].name,
                     name_of(config.overlap));
}

void RegimeMap::add(std::string_view regime) {
  if (regime.empty()) {
    cells.push_back(kNothing);
    return;
  }
  const auto known = std::find(regimes.begin(), regimes.end(), regime);
  cells.push_back(static_cast<std::size_t>(known - regimes.begin()));
  if (known == regimes.end()) regimes.emplace_back(regime);
}

std::vector<std::size_t> evenly(std::size_t count, std::size_t most) {
  std::vector<std::size_t> places;
  const std::size_t taken = std::min(count, most);
  for (std::size_t at = 0; at < taken; ++at) {
    places.push_back(taken == 1 ? 0 : (at * (count - 1) + (taken - 1) / 2) / (taken - 1));
  }
  return places;
}

Text regime_text(const RegimeMap& map, const Display& display) {
  if (map.keys.size() == 1) {
    return plain_line(fmt::format("Which wins where, by {}", map.keys[0]), Row::Tone::kHeading) +
           stretches(map);
  }
  Text text =
      plain_line(fmt::format("Which wins where: {} down, {} across", map.keys[0], map.keys[1]),
                 Row::Tone::kHeading);
  std::size_t width = 0;
  for (const std::string& value : map.values[0]) width = std::max(width, value.size());
  constexpr std::size_t kMargin = 4;
  const auto room = static_cast<std::size_t>(display.columns) - std::min(width + kMargin, 40UL);
  const auto rows = evenly(map.rows(), kMostRows);
  const auto columns = evenly(map.columns(), room);
  for (const std::size_t row : rows) {
    std::string line = fmt::format("  {:>{}}  ", map.values[0][row], width);
    for (const std::size_t column : columns) {
      line += letter_of(map.cells[row * map.columns() + column]);
    }
    text += Text(line);
  }
  const std::string& low = map.values[1].front();
  const std::string& high = map.values[1].back();
  const std::size_t gap =
      columns.size() > low.size() + high.size() ? columns.size() - low.size() - high.size() : 1;
  text +=
      Text(fmt::format("  {}  {}{}{}", std::string(width, ' '), low, std::string(gap, ' '), high));
  return text + legend(map);
}

}  // namespace wideep
