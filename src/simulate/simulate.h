#pragma once

#include <cstddef>
#include <vector>

#include "units/quantity.h"

namespace wideep {

/// What a task occupies while it runs. Each resource runs one task at a time.
enum class Resource { kLink, kCompute };
inline constexpr std::size_t kResourceCount = 2;

/// A part of a layer that occupies one resource for a while.
struct Task {
  Resource resource = Resource::kLink;
  Seconds duration;
  std::vector<std::size_t>
      after;  ///< indices of tasks that must have finished, all before this one
};

/// When a task ran.
struct Span {
  Seconds start;
  Seconds finish;
};

/// Replays tasks event by event: every resource takes its tasks in the order of the list, each as
/// soon as the one before it on that resource and all that it waits for have finished. Knows
/// nothing of layers or formulas. Returns the spans in the order of the tasks.
std::vector<Span> simulate(const std::vector<Task>& tasks);

/// When the last task finishes; 0 without tasks.
Seconds makespan(const std::vector<Span>& spans);

}  // namespace wideep
