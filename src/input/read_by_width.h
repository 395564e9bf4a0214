#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "input/ranges.h"
#include "input/section.h"
#include "model/by_width.h"

namespace wideep {

/// Keeps that a figure in that range is taken, or a table of such by EP width.
template <class Q>
void record_by_width(const std::string& path, Range<Q> range) {
  record_range(path, range);
  record_range(path + " (EP width)", range::kEpWidth);
}

/// A figure, or a table of them by EP width: `{16: 20.3us, 32: 26.3us}`. `read` reads one figure
/// from its node and reports its faults; nothing where one is faulty.
template <class Q, class Read>
std::optional<ByWidth<Q>> read_by_width(Section& section,
                                        const Node& value,
                                        const std::string& path,
                                        const Read& read) {
  if (!value.is_map()) {
    const std::optional<Q> constant = read(value);
    return constant ? std::optional(ByWidth<Q>::constant(*constant)) : std::nullopt;
  }
  ByWidth<Q> table{{}, false};
  bool sound = !value.entries.empty();
  if (!sound) section.findings().report(value.place, fmt::format("'{}' must not be empty", path));
  for (const auto& [width, figure] : value.entries) {
    const auto whole = section.whole_of(width, path + " (EP width)", range::kEpWidth);
    const std::optional<Q> found = read(figure);
    sound = sound && whole && found;
    if (sound) table.points.push_back({*whole, *found});
  }
  if (!sound) return std::nullopt;
  std::sort(table.points.begin(), table.points.end(), [](const auto& a, const auto& b) {
    return a.ep_width < b.ep_width;
  });
  for (std::size_t at = 1; at < table.points.size(); ++at) {
    if (table.points[at].ep_width != table.points[at - 1].ep_width) continue;
    section.findings().report(
        value.place, fmt::format("'{}' gives EP width {} twice", path, table.points[at].ep_width));
    return std::nullopt;
  }
  return table;
}

}  // namespace wideep
