#include "model/group_times.h"

#include <algorithm>
#include <utility>

#include "model/schedule_tables.h"

namespace wideep {
namespace {

// The tables of groups as straight code, which takes a fifth of the time of walking through them.

template <const auto& kGroups, std::size_t kGroup>
constexpr std::size_t first_path() {
  std::size_t first = 0;
  for (std::size_t group = 0; group < kGroup; ++group) first += kGroups[group].paths.size();
  return first;
}

template <const auto& kGroups, std::size_t kGroup, std::size_t kPath, std::size_t... kPieces>
Seconds path_time(const Durations& durations, std::index_sequence<kPieces...> /*all*/) {
  Seconds sum;
  ((sum = sum + durations.at(kGroups[kGroup].paths[kPath][kPieces])), ...);
  return sum;
}

template <const auto& kGroups, std::size_t kGroup, std::size_t... kPaths>
void set_group(const Durations& durations,
               PathTimes& paths,
               std::index_sequence<kPaths...> /*all*/) {
  constexpr std::size_t kFirst = first_path<kGroups, kGroup>();
  ((paths[kFirst + kPaths] = path_time<kGroups, kGroup, kPaths>(
        durations, std::make_index_sequence<kGroups[kGroup].paths[kPaths].size()>())),
   ...);
}

template <const auto& kGroups, std::size_t... kAt>
void set_all(const Durations& durations, PathTimes& paths, std::index_sequence<kAt...> /*all*/) {
  (set_group<kGroups, kAt>(durations, paths, std::make_index_sequence<kGroups[kAt].paths.size()>()),
   ...);
}

/// What a group takes, added to a layer among many and to what the ends take more than it.
template <const auto& kGroups, std::size_t kGroup>
void add_group(const PathTimes& paths, Seconds& steady, Seconds& ends) {
  constexpr std::size_t kFirst = first_path<kGroups, kGroup>();
  constexpr std::size_t kCount = kGroups[kGroup].paths.size();
  Seconds longest = paths[kFirst];
  for (std::size_t path = 1; path < kCount; ++path) {
    longest = std::max(longest, paths[kFirst + path]);
  }
  constexpr Repeat kRepeat = kGroups[kGroup].repeat;
  if constexpr (kRepeat != Repeat::kOnce) steady = steady + longest;
  if constexpr (kRepeat == Repeat::kOnce) ends = ends + longest;
  if constexpr (kRepeat == Repeat::kBetweenLayers) ends = ends - longest;
}

template <const auto& kGroups, std::size_t... kAt>
Seconds layer_of(const PathTimes& paths, int layers, std::index_sequence<kAt...> /*all*/) {
  Seconds steady;
  Seconds ends;
  (add_group<kGroups, kAt>(paths, steady, ends), ...);
  return steady + ends / layers;
}

/// Both of a table.
template <const auto& kGroups>
struct Of {
  static constexpr auto kAll = std::make_index_sequence<kGroups.size()>();
  static void set(const Durations& durations, PathTimes& paths) {
    static_assert(first_path<kGroups, kGroups.size()>() <= kMostPaths);
    set_all<kGroups>(durations, paths, kAll);
  }
  static Seconds layer(const PathTimes& paths, int layers) {
    return layer_of<kGroups>(paths, layers, kAll);
  }
};

}  // namespace

void set_path_times(Schedule schedule, const Durations& durations, PathTimes& paths) {
  switch (schedule) {
    case Schedule::kVllmLl:
      return Of<groups::kVllmLl>::set(durations, paths);
    case Schedule::kVllmHt:
      return Of<groups::kVllmHt>::set(durations, paths);
    case Schedule::kSglangDecode:
      return Of<groups::kSglangDecode>::set(durations, paths);
    case Schedule::kSglangPrefill:
      return Of<groups::kSglangPrefill>::set(durations, paths);
    case Schedule::kTrtllmDecode:
    case Schedule::kInOrder:
    case Schedule::kSglangSboSm90:
    case Schedule::kSglangSboSm100:
      break;
  }
}

Seconds layer_of_paths(Schedule schedule, int layers, const PathTimes& paths) {
  switch (schedule) {
    case Schedule::kVllmLl:
      return Of<groups::kVllmLl>::layer(paths, layers);
    case Schedule::kVllmHt:
      return Of<groups::kVllmHt>::layer(paths, layers);
    case Schedule::kSglangDecode:
      return Of<groups::kSglangDecode>::layer(paths, layers);
    case Schedule::kSglangPrefill:
      return Of<groups::kSglangPrefill>::layer(paths, layers);
    case Schedule::kTrtllmDecode:
    case Schedule::kInOrder:
    case Schedule::kSglangSboSm90:
    case Schedule::kSglangSboSm100:
      break;
  }
  return {};
}

}  // namespace wideep
