#include "simulate/schedule.h"

#include "model/layer_costs.h"
#include "model/overlap.h"

namespace wideep {
namespace {

using Tasks = std::vector<std::size_t>;

/// Which part of which layer a task is.
struct Part {
  int layer = 0;
  int piece = 0;
  double tokens = 0.0;
};

/// Adds tasks to a schedule, in the order in which each resource takes them.
class Builder {
 public:
  explicit Builder(const LayerCosts& costs) : costs_(costs) {}

  /// What the next task waits for: attention, or what it would wait for where there is none.
  Tasks attention(const Part& part, Seconds time, Tasks after) {
    if (time == Seconds(0.0)) return after;
    return {add({Resource::kCompute, time, std::move(after)},
                {Stage::kAttention, part.layer, part.piece, part.tokens, {}})};
  }
  std::size_t dispatch(const Part& part, double chunks, Tasks after) {
    return add({Resource::kLink, costs_.dispatch.time(part.tokens, chunks), std::move(after)},
               label_of(Stage::kDispatch, part, costs_.dispatch_per_token));
  }
  std::size_t experts(const Part& part, Seconds time, std::size_t dispatched) {
    return add({Resource::kCompute, time, {dispatched}}, label_of(Stage::kExperts, part, {}));
  }
  std::size_t combine(const Part& part, double chunks, std::size_t computed) {
    return add({Resource::kLink, costs_.combine.time(part.tokens, chunks), {computed}},
               label_of(Stage::kCombine, part, costs_.combine_per_token));
  }

  Schedule take() { return std::move(schedule_); }

 private:
  static Label label_of(Stage stage, const Part& part, Bytes per_token) {
    return {stage, part.layer, part.piece, part.tokens, part.tokens * per_token};
  }
  std::size_t add(Task task, const Label& label) {
    schedule_.tasks.push_back(std::move(task));
    schedule_.labels.push_back(label);
    return schedule_.tasks.size() - 1;
  }

  const LayerCosts& costs_;
  Schedule schedule_;
};

/// The whole batch at once.
Schedule of_batch(const LayerCosts& costs, double tokens, int layers) {
  Builder builder(costs);
  Tasks before;
  for (int layer = 0; layer < layers; ++layer) {
    const Part batch{layer, 0, tokens};
    const Tasks attended = builder.attention(batch, costs.dense.time(tokens), before);
    const std::size_t sent = builder.dispatch(batch, 1.0, attended);
    const std::size_t computed = builder.experts(batch, costs.expert.time(tokens), sent);
    before = {builder.combine(batch, 1.0, computed)};
  }
  return builder.take();
}

/// Attention of the whole batch, then equal chunks of it, beside which the kernel keeps its SMs.
Schedule of_chunks(const LayerCosts& costs, double tokens, int chunks, int layers) {
  const double piece = tokens / chunks;
  const Seconds held = costs.dispatch.sm_held(piece) + costs.combine.sm_held(piece);
  const Seconds experts = costs.slowdown * costs.expert.time(piece) + held;
  Builder builder(costs);
  Tasks tasks(static_cast<std::size_t>(chunks));  // of one stage, by chunk
  Tasks before;  // the last combine of the layer before, which all wait for
  for (int layer = 0; layer < layers; ++layer) {
    const Tasks attended = builder.attention({layer, 0, tokens}, costs.dense.time(tokens), before);
    int at = 0;
    for (std::size_t& task : tasks) task = builder.dispatch({layer, at++, piece}, 1.0, attended);
    at = 0;
    for (std::size_t& task : tasks) task = builder.experts({layer, at++, piece}, experts, task);
    at = 0;
    for (std::size_t& task : tasks) task = builder.combine({layer, at++, piece}, 1.0, task);
    before = {tasks.back()};
  }
  return builder.take();
}

/// Two micro-batches in antiphase. Compute stops while the transfer beside it holds every SM; the
/// first attention has none beside it.
Schedule of_micro_batches(const LayerCosts& costs, const MicroBatches& batches, int layers) {
  const auto& [one, two] = batches;
  const auto attention = [&](MicroBatch batch) {
    return costs.slowdown * costs.dense.time(batch.tokens);
  };
  const auto experts = [&](MicroBatch batch) {
    return costs.slowdown * costs.expert.time(batch.tokens);
  };
  const auto held = [&](std::size_t slot) {
    const SlotShape& shape = kDboSlots[slot];
    const MicroBatch sent = batches[shape.sending];
    return link_of(costs, shape).sm_held(sent.tokens, sent.chunks);
  };
  Builder builder(costs);
  Tasks before_1;
  Tasks before_2;
  for (int layer = 0; layer < layers; ++layer) {
    const Part first{layer, 0, one.tokens};
    const Part second{layer, 1, two.tokens};
    const Seconds beside_a1 = layer == 0 ? Seconds(0.0) : held(0);
    const Tasks a1 = builder.attention(first, attention(one) + beside_a1, before_1);
    const Tasks a2 = builder.attention(second, attention(two) + held(1), before_2);
    const std::size_t d1 = builder.dispatch(first, one.chunks, a1);
    const std::size_t d2 = builder.dispatch(second, two.chunks, a2);
    const std::size_t e1 = builder.experts(first, experts(one) + held(2), d1);
    const std::size_t e2 = builder.experts(second, experts(two) + held(3), d2);
    before_1 = {builder.combine(first, one.chunks, e1)};
    before_2 = {builder.combine(second, two.chunks, e2)};
  }
  return builder.take();
}

}  // namespace

Schedule schedule_of(const Problem& problem, const Config& config, int layers) {
  const LayerCosts costs = layer_costs(problem, config);
  switch (config.overlap) {
    case Overlap::kNone:
      return of_batch(costs, config.tokens, layers);
    case Overlap::kChunk:
      return of_chunks(costs, config.tokens, config.chunks, layers);
    case Overlap::kDbo:
      break;
  }
  return of_micro_batches(costs, micro_batches(config), layers);
}

}  // namespace wideep
