#pragma once

#include <utility>
#include <vector>

#include "model/layer_costs.h"
#include "model/overlap.h"
#include "simulate/tasks.h"

namespace wideep {

/// Tasks that another waits for.
using Tasks = std::vector<std::size_t>;

/// What of which layer a task works on.
struct Slice {
  int layer = 0;
  int piece = 0;  ///< chunk or micro-batch
  double tokens = 0.0;
};

/// Adds tasks to a list, in the order in which each resource takes them.
class TaskBuilder {
 public:
  explicit TaskBuilder(const LayerCosts& costs) : costs_(costs) {}

  /// What the next task waits for: this one, or what it would wait for where it takes no time.
  Tasks compute(Stage stage, const Slice& slice, Seconds time, Tasks after) {
    if (time == Seconds(0.0)) return after;
    return {add({Resource::kCompute, time, std::move(after)}, label_of(stage, slice, {}))};
  }
  std::size_t experts(const Slice& slice, Seconds time, Tasks after) {
    return add({Resource::kCompute, time, std::move(after)}, label_of(Stage::kExperts, slice, {}));
  }
  std::size_t dispatch(const Slice& slice, double chunks, Tasks after) {
    return add({Resource::kLink, costs_.dispatch.time(slice.tokens, chunks), std::move(after)},
               label_of(Stage::kDispatch, slice, costs_.dispatch_per_token));
  }
  std::size_t combine(const Slice& slice, double chunks, std::size_t computed) {
    return add({Resource::kLink, costs_.combine.time(slice.tokens, chunks), {computed}},
               label_of(Stage::kCombine, slice, costs_.combine_per_token));
  }

  /// Of a transfer the part with the slice's tokens, which takes `time`.
  std::size_t combine_piece(const Slice& slice, Seconds time, Tasks after) {
    return add({Resource::kLink, time, std::move(after)},
               label_of(Stage::kCombine, slice, costs_.combine_per_token));
  }

  TaskList take() { return std::move(list_); }

 private:
  static Label label_of(Stage stage, const Slice& slice, Bytes per_token) {
    return {stage, slice.layer, slice.piece, slice.tokens, slice.tokens * per_token};
  }
  std::size_t add(Task task, const Label& label) {
    list_.tasks.push_back(std::move(task));
    list_.labels.push_back(label);
    return list_.tasks.size() - 1;
  }

  const LayerCosts& costs_;
  TaskList list_;
};

/// The two halves of dual-batch overlap, by the schedule of the costs. docs/model.md#schedules
TaskList tasks_of_halves(const LayerCosts& costs, const MicroBatches& halves, int layers);

}  // namespace wideep
