#include "simulate/task_builder.h"

namespace wideep {
namespace {

/// What is to be done for one half in a layer, beside the kernel.
struct Half {
  double tokens = 0.0;
  double chunks = 1.0;
  Seconds prep;
  Seconds core;
  Seconds shared;
  Seconds experts;
  Seconds dispatch_held;  ///< of its dispatch, in which no SM computes
  Seconds combine_held;

  [[nodiscard]] Seconds attention() const { return prep + core; }
  [[nodiscard]] Slice in(int layer, int piece) const { return {layer, piece, tokens}; }
};

Half half_of(const LayerCosts& costs, MicroBatch batch) {
  const double slow = costs.slowdown;
  const DenseParts& dense = costs.dense;
  const auto [tokens, chunks] = batch;
  return {.tokens = tokens,
          .chunks = chunks,
          .prep = slow * dense.prep.time(tokens),
          .core = slow * (dense.core.time(tokens) + dense.gate.time(tokens)),
          .shared = slow * dense.shared.time(tokens),
          .experts = slow * costs.expert.time(tokens),
          .dispatch_held = costs.dispatch.sm_held(tokens, chunks),
          .combine_held = costs.combine.sm_held(tokens, chunks)};
}

Tasks and_also(Tasks tasks, const Tasks& others) {
  tasks.insert(tasks.end(), others.begin(), others.end());
  return tasks;
}

/// Both halves through so many layers.
struct Course {
  TaskBuilder builder;
  Half one;
  Half two;
  int layers;
};

Tasks shared(Course& course, const Slice& slice, Tasks after) {
  const Half& half = slice.piece == 0 ? course.one : course.two;
  return course.builder.compute(Stage::kShared, slice, half.shared, std::move(after));
}

/// Experts beside transfers, in the order of issue attention 1 and 2, experts 1 and 2. On one
/// stream with the sends and receives of transfers, what is issued after a receive waits for it,
/// and each half's shared experts follow its own experts; where transfers have a stream of their
/// own, both follow experts 2.
TaskList experts_beside_transfers(Course course, bool own_stream) {
  auto& [builder, one, two, layers] = course;
  Tasks combined_1;  // in the layer before
  Tasks combined_2;
  Tasks shared_2;
  for (int layer = 0; layer < layers; ++layer) {
    const Slice first = one.in(layer, 0);
    const Slice second = two.in(layer, 1);
    const Seconds beside_a1 = layer == 0 ? Seconds(0.0) : two.combine_held;
    const Tasks a1 = builder.compute(
        Stage::kAttention, first, one.attention() + beside_a1, and_also(combined_1, shared_2));
    const Tasks a2 = builder.compute(Stage::kAttention,
                                     second,
                                     two.attention() + one.dispatch_held,
                                     and_also(combined_2, shared_2));
    const std::size_t d1 = builder.dispatch(first, one.chunks, a1);
    const std::size_t d2 = builder.dispatch(second, two.chunks, a2);
    const std::size_t e1 = builder.experts(first, one.experts + two.dispatch_held, {d1});
    if (!own_stream) shared(course, first, {e1, d2});
    const std::size_t e2 = builder.experts(second, two.experts + one.combine_held, {d2});
    combined_1 = {builder.combine(first, one.chunks, e1)};
    shared_2 = shared(
        course, second, own_stream ? shared(course, first, {e2}) : and_also(combined_1, {e2}));
    combined_2 = {builder.combine(second, two.chunks, e2)};
  }
  return builder.take();
}

/// The second half half a layer behind, on one stream. Order of issue: shared 1, preparation 2,
/// experts 1, core 2, shared 2, preparation 1 of the next layer, experts 2, core 1 of the next.
TaskList half_a_layer_behind(Course course) {
  TaskBuilder& builder = course.builder;
  const Half& one = course.one;
  const Half& two = course.two;
  const int layers = course.layers;
  Tasks combined_2;  // in the layer before
  const auto prepare = [&](const Slice& slice, Seconds time, Tasks after) {
    return builder.compute(Stage::kPrep, slice, time, std::move(after));
  };
  const auto attend = [&](const Slice& slice, Seconds time, Tasks after) {
    return builder.compute(Stage::kAttention, slice, time, std::move(after));
  };
  const Slice start = one.in(0, 0);
  Tasks attended_1 = attend(start, one.core, prepare(start, one.prep, {}));
  for (int layer = 0; layer < layers; ++layer) {
    const Slice first = one.in(layer, 0);
    const Slice second = two.in(layer, 1);
    const bool last = layer == layers - 1;
    const Tasks received = and_also(attended_1, combined_2);
    const std::size_t d1 = builder.dispatch(first, one.chunks, received);
    const Tasks prepared_2 =
        prepare(second, two.prep + one.dispatch_held, shared(course, first, received));
    const std::size_t e1 = builder.experts(first, one.experts, and_also(prepared_2, {d1}));
    const Tasks combined_1 = {builder.combine(first, one.chunks, e1)};
    const Tasks attended_2 = attend(second, two.core + one.combine_held, {e1});
    const Tasks sent = and_also(attended_2, combined_1);
    const std::size_t d2 = builder.dispatch(second, two.chunks, sent);
    const Slice next = one.in(layer + 1, 0);
    const Tasks shared_2 = shared(course, second, sent);
    const Tasks prepared_1 =
        last ? shared_2 : prepare(next, one.prep + two.dispatch_held, shared_2);
    const std::size_t e2 = builder.experts(second, two.experts, and_also(prepared_1, {d2}));
    combined_2 = {builder.combine(second, two.chunks, e2)};
    if (!last) attended_1 = attend(next, one.core + two.combine_held, {e2});
  }
  return builder.take();
}

/// Transfers on a stream of their own. Order of issue: shared 1 of the layer before and attention
/// 1, the same of 2, experts 1 and 2; each half's attention waits for its combine after its shared
/// experts.
TaskList shared_before_attention(Course course) {
  auto& [builder, one, two, layers] = course;
  Tasks combined_1;  // in the layer before
  Tasks combined_2;
  Tasks experts_2;
  for (int layer = 0; layer < layers; ++layer) {
    const Slice first = one.in(layer, 0);
    const Slice second = two.in(layer, 1);
    Tasks ready_1;
    Tasks ready_2;
    Seconds beside_a1;
    if (layer > 0) {
      ready_1 = shared(course, one.in(layer - 1, 0), experts_2);
      beside_a1 = two.combine_held;
    }
    const Tasks a1 = builder.compute(
        Stage::kAttention, first, one.attention() + beside_a1, and_also(ready_1, combined_1));
    if (layer > 0) ready_2 = shared(course, two.in(layer - 1, 1), a1);
    const Tasks a2 = builder.compute(Stage::kAttention,
                                     second,
                                     two.attention() + one.dispatch_held,
                                     and_also(ready_2, combined_2));
    const std::size_t d1 = builder.dispatch(first, one.chunks, a1);
    const std::size_t d2 = builder.dispatch(second, two.chunks, and_also(a1, a2));
    const std::size_t e1 =
        builder.experts(first, one.experts + two.dispatch_held, and_also(a2, {d1}));
    experts_2 = {builder.experts(second, two.experts + one.combine_held, {d2})};
    combined_1 = {builder.combine(first, one.chunks, e1)};
    combined_2 = {builder.combine(second, two.chunks, experts_2.front())};
  }
  const Tasks shared_1 = shared(course, one.in(layers - 1, 0), experts_2);
  shared(course, two.in(layers - 1, 1), and_also(shared_1, combined_1));
  return builder.take();
}

}  // namespace

TaskList tasks_of_halves(const LayerCosts& costs, const MicroBatches& halves, int layers) {
  Course course{.builder = TaskBuilder(costs),
                .one = half_of(costs, halves[0]),
                .two = half_of(costs, halves[1]),
                .layers = layers};
  switch (costs.schedule) {
    case Schedule::kVllmHt:
      return experts_beside_transfers(std::move(course), true);
    case Schedule::kSglangDecode:
      return half_a_layer_behind(std::move(course));
    case Schedule::kSglangPrefill:
      return shared_before_attention(std::move(course));
    case Schedule::kVllmLl:
    case Schedule::kTrtllmDecode:
    case Schedule::kInOrder:
    case Schedule::kSglangSboSm90:
    case Schedule::kSglangSboSm100:
      break;
  }
  return experts_beside_transfers(std::move(course), false);
}

}  // namespace wideep
