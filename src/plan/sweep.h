#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "input/swept_problem.h"
#include "plan/sweep_point.h"

namespace wideep {

/// Points `first` to `last` - 1 of a sweep.
struct PointRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// Part `shard` of `shards`, counted from 1: as long as the others, to a point, and after those
/// before it.
PointRange shard_of(std::uint64_t points, std::uint64_t shard, std::uint64_t shards);

/// How a sweep is run.
struct SweepRun {
  PointRange points;
  /// Where not every point is asked for: those that are, of which `points` are the places.
  std::vector<std::uint64_t> chosen{};
  bool thresholds = true;  ///< whether they are asked for
  bool optimum = false;    ///< use the optimum, whether an engine runs it or not
  int threads = 0;         ///< 0: as many as there are cores
};

/// Adds what is printed of a point to the text. Called by several threads at once.
using PointText = std::function<void(const SweepPoint& point, std::string& text)>;

/// Takes the texts of `points` points, one after the other and in order, from one thread at a time.
using TakeText = std::function<void(std::uint64_t points, std::string_view text)>;

/// Computes the points on all cores and hands over their texts in order, which are the same
/// whatever the number of threads; memory does not grow with the points. What `text` and `take`
/// throw ends the sweep and is thrown on, as is InputError of a point that the input refuses.
void sweep(const SweptProblem& swept,
           const SweepRun& run,
           const PointText& text,
           const TakeText& take);

/// One point, as sweep() computes it with that run. `at` moves to that point, and the result points
/// into `problem`, where the point's is put.
SweepPoint sweep_point(SweptProblem& at,
                       std::uint64_t point,
                       const SweepRun& run,
                       Problem& problem);

}  // namespace wideep
