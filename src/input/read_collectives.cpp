#include "input/read_collectives.h"

#include <algorithm>

#include <fmt/format.h>

#include "input/ranges.h"

namespace wideep {
namespace {

/// `{2KiB: 5us, 1MiB: 17.8us}`; nothing where something is wrong with it.
std::optional<CollectiveCurve> read_curve(Section& kernel,
                                          const Node& value,
                                          const std::string& path) {
  Findings& findings = kernel.findings();
  if (!value.is_map() || value.entries.size() < 2) {
    findings.report(
        value.place,
        fmt::format("'{}' must map two sizes or more to times, such as {{2KiB: 5us, 1MiB: 18us}}",
                    path));
    return std::nullopt;
  }
  if (is_recording()) asked_at(path)->only_table = true;
  CollectiveCurve curve;
  bool sound = true;
  for (const auto& [size, figure] : value.entries) {
    const auto bytes = kernel.quantity_of(size, path + " (bytes)", range::kCollectiveBytes);
    const auto time = kernel.quantity_of(figure, path, range::kLatency);
    sound = sound && bytes && time;
    if (!sound) continue;
    if (!curve.points.empty() && *bytes <= curve.points.back().bytes) {
      findings.report(size.place, fmt::format("'{}' must have sizes that ascend", path));
      sound = false;
    } else if (!curve.points.empty() && *time < curve.points.back().time) {
      findings.report(figure.place, fmt::format("'{}' must have times that never fall", path));
      sound = false;
    } else {
      curve.points.push_back({*bytes, *time});
    }
  }
  return sound ? std::optional(std::move(curve)) : std::nullopt;
}

std::vector<RankCurve> read_operation(Section& kernel, std::string_view op) {
  const Node* const value = kernel.find(op);
  if (value == nullptr) return {};
  const std::string path = kernel.path_of(op);
  Findings& findings = kernel.findings();
  if (!value->is_map() || value->entries.empty()) {
    findings.report(value->place,
                    fmt::format("'{}' must map numbers of ranks to times by size", path));
    return {};
  }
  std::vector<RankCurve> curves;
  for (const auto& [key, figures] : value->entries) {
    const auto ranks = kernel.whole_of(key, path + " (ranks)", range::kRanks);
    if (!ranks) continue;
    const auto alike = [&](const RankCurve& one) { return one.ranks == *ranks; };
    if (std::any_of(curves.begin(), curves.end(), alike)) {
      findings.report(key.place, fmt::format("'{}' gives {} ranks twice", path, *ranks));
      continue;
    }
    auto curve = read_curve(kernel, figures, fmt::format("{}.{}", path, *ranks));
    if (curve) curves.push_back({*ranks, std::move(*curve)});
  }
  std::sort(curves.begin(), curves.end(), [](const RankCurve& a, const RankCurve& b) {
    return a.ranks < b.ranks;
  });
  return curves;
}

/// A lowest and a highest value, which `read` reads; nothing where it is not that.
template <class T, class Read>
std::optional<std::pair<T, T>> read_ends(Section& section, std::string_view key, const Read& read) {
  const Node* const value = section.find(key);
  if (value == nullptr) return std::nullopt;
  std::vector<T> ends;
  const std::vector<const Node*> items = section.items_of(*value, section.path_of(key));
  for (const Node* item : items) {
    if (const std::optional<T> end = read(*item)) ends.push_back(*end);
  }
  if (ends.size() == 2 && items.size() == 2 && ends.front() <= ends.back()) {
    return std::pair(ends.front(), ends.back());
  }
  if (ends.size() == items.size() && !items.empty()) {
    section.report(key,
                   fmt::format("'{}' must be a lowest and a highest value", section.path_of(key)));
  }
  return std::nullopt;
}

CollectiveRange read_range(Section& kernel) {
  Section section = kernel.section("fitted");
  CollectiveRange range;
  const auto ranks = read_ends<int>(section, "ranks", [&](const Node& end) {
    return section.whole_of(end, section.path_of("ranks"), range::kRanks);
  });
  const auto bytes = read_ends<Bytes>(section, "bytes", [&](const Node& end) {
    return section.quantity_of(end, section.path_of("bytes"), range::kCollectiveBytes);
  });
  section.finish();
  if (ranks) {
    range.fewest_ranks = ranks->first;
    range.most_ranks = ranks->second;
  }
  if (bytes) {
    range.least = bytes->first;
    range.most = bytes->second;
  }
  return range;
}

}  // namespace

Collectives read_collectives(Section& kernel) {
  Collectives collectives;
  bool any = false;
  for (const auto& [word, op] : kCollectiveOpWords) {
    any = any || kernel.has(word);
    collectives.of(op) = read_operation(kernel, word);
  }
  if (!any) {
    kernel.report("collectives",
                  "a kernel of collectives has one of all_reduce, all_gather and reduce_scatter");
  }
  collectives.fitted = read_range(kernel);
  return collectives;
}

}  // namespace wideep
