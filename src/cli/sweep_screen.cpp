#include "cli/sweep_screen.h"

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/terminal.h"
#include "plan/sweep.h"
#include "report/regime_map.h"
#include "report/sweep_table.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Cells of a picture along each side.
constexpr std::size_t kMostCells = 120;
/// Points of one axis, of which stretches are told.
constexpr std::size_t kMostOnAxis = 1'000;
/// Rows of a map on a screen.
constexpr std::size_t kMapRows = 16;

std::vector<std::string> keys_of(const SweptProblem& swept) {
  std::vector<std::string> keys;
  for (const Axis& axis : swept.axes()) keys.push_back(axis.key);
  return keys;
}

/// What `row_of` says of points; the fields of each are handed over apart by tabs.
template <class RowOf>
std::vector<TableRow> rows_of(const SweepScreen& screen,
                              std::vector<std::uint64_t> chosen,
                              const RowOf& row_of) {
  SweepRun run{.points = {0, chosen.size()},
               .chosen = {},
               .optimum = screen.optimum,
               .threads = screen.threads};
  run.chosen = std::move(chosen);
  std::vector<TableRow> rows;
  Progress progress(run.chosen.size(), 0, true);
  const auto add = [&](const SweepPoint& point, std::string& text) {
    for (const std::string& field : row_of(point)) text += field + '\t';
    text += '\n';
  };
  sweep(screen.swept, run, add, [&](std::uint64_t points, std::string_view text) {
    TableRow row;
    while (!text.empty()) {
      if (text.front() == '\n') {
        rows.push_back(std::move(row));
        row.clear();
        text.remove_prefix(1);
        continue;
      }
      const std::size_t end = text.find('\t');
      row.emplace_back(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    progress.add(points);
  });
  return rows;
}

/// The map of the places that are looked at along each axis; of a single axis one row.
RegimeMap map_of(const SweepScreen& screen, const std::vector<std::vector<std::size_t>>& places) {
  const SweptProblem& swept = screen.swept;
  RegimeMap map{.keys = keys_of(swept), .values = {}, .regimes = {}, .cells = {}};
  std::vector<std::uint64_t> chosen = {0};
  for (std::size_t axis = 0; axis < places.size(); ++axis) {
    std::vector<std::string> values;
    for (const std::size_t place : places[axis]) values.push_back(swept.value_text(axis, place));
    map.values.push_back(std::move(values));
    std::vector<std::uint64_t> further;
    for (const std::uint64_t before : chosen) {
      for (const std::size_t place : places[axis]) {
        further.push_back(before * swept.axes()[axis].count + place);
      }
    }
    chosen = std::move(further);
  }
  const auto regime = [](const SweepPoint& point) { return TableRow{regime_of(point)}; };
  for (const TableRow& row : rows_of(screen, chosen, regime)) map.add(row.front());
  return map;
}

std::vector<std::vector<std::size_t>> places_on(const SweptProblem& swept,
                                                std::vector<std::size_t> most) {
  std::vector<std::vector<std::size_t>> places;
  for (std::size_t axis = 0; axis < most.size(); ++axis) {
    places.push_back(evenly(swept.axes()[axis].count, most[axis]));
  }
  return places;
}

Text rows_text(const SweepScreen& screen, std::size_t most, const Display& display) {
  const std::uint64_t all = screen.swept.points();
  const auto shown = evenly(all, most);
  const auto rows = rows_of(screen, {shown.begin(), shown.end()}, table_row);
  Text text = table_text(keys_of(screen.swept), rows, display);
  if (rows.size() < all) {
    text += plain_line(fmt::format("{} of {} points, evenly spaced; --format csv prints all.",
                                   rows.size(),
                                   format_count(static_cast<double>(all))));
  }
  return text;
}

}  // namespace

void show_table(const SweepScreen& screen) {
  const Display display = display_of(stdout);
  const std::size_t axes = screen.swept.axes().size();
  constexpr std::size_t kRowsAlone = 24;
  constexpr std::size_t kRowsBeside = 12;
  Text text;
  // Of two axes a few rows out of many say less than the map.
  if (axes != 2 || screen.swept.points() <= kRowsAlone) {
    text += rows_text(screen, axes > 1 ? kRowsAlone : kRowsBeside, display);
  }
  if (axes == 1) {
    text += regime_text(map_of(screen, places_on(screen.swept, {kMostOnAxis})), display);
  } else if (axes == 2) {
    const auto columns = static_cast<std::size_t>(display.columns);
    text += regime_text(map_of(screen, places_on(screen.swept, {kMapRows, columns})), display);
    text += plain_line("--format csv prints the points, --svg FILE draws them all.");
  }
  show(text);
}

void write_map(const SweepScreen& screen) {
  if (screen.svg.empty()) return;
  const auto places = places_on(screen.swept, {kMostCells, kMostCells});
  write_file(screen.svg, regime_svg(map_of(screen, places)));
  complain(fmt::format("wideep-opt: the map is drawn in {}\n", screen.svg));
}

}  // namespace wideep
