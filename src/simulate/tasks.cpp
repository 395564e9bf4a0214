#include "simulate/tasks.h"

#include <algorithm>

#include "model/layer_costs.h"
#include "model/overlap.h"
#include "model/schedule.h"
#include "simulate/task_builder.h"

namespace wideep {
namespace {

/// The whole batch at once. Of compute the shared experts come before the routed ones where they
/// run beside dispatch, after them where they run beside combine.
TaskList of_batch(const LayerCosts& costs, double tokens, int layers) {
  const bool in_order = costs.schedule == Schedule::kInOrder;
  const bool beside_combine =
      costs.schedule == Schedule::kVllmLl || costs.schedule == Schedule::kVllmHt;
  const double slow = in_order ? 1.0 : costs.slowdown;
  const LinkCost& beside = beside_combine ? costs.combine : costs.dispatch;
  const Seconds own = slow * costs.dense.shared.time(tokens);
  const Seconds shared = in_order || own == Seconds(0.0) ? own : own + beside.sm_held(tokens);
  TaskBuilder builder(costs);
  Tasks before;
  for (int layer = 0; layer < layers; ++layer) {
    const Slice batch{layer, 0, tokens};
    Tasks ready = builder.compute(
        Stage::kAttention, batch, costs.dense.attention_time(tokens), std::move(before));
    const Tasks attended = ready;
    if (in_order) ready = builder.compute(Stage::kShared, batch, shared, std::move(ready));
    const std::size_t sent = builder.dispatch(batch, 1.0, ready);
    Tasks done;
    if (!in_order && !beside_combine) {
      done = builder.compute(Stage::kShared, batch, shared, attended);
    }
    const std::size_t computed = builder.experts(batch, costs.expert.time(tokens), {sent});
    const std::size_t combined = builder.combine(batch, 1.0, computed);
    if (beside_combine) done = builder.compute(Stage::kShared, batch, shared, {computed});
    before = done;
    before.push_back(combined);
  }
  return builder.take();
}

/// Single-batch overlap, expert by expert: of the transfer the last one's tokens take as long as
/// alone, the others share the rest.
TaskList of_single_batch(const LayerCosts& costs, double tokens, int layers) {
  const DownGemm& gemm = costs.down;
  const bool sm90 = costs.schedule == Schedule::kSglangSboSm90;
  const double sms = gemm.gpu_sms;
  const double slow = sms == 0.0 ? 1.0 : sms / (sms - single_batch_sms(costs.schedule));
  const bool beside = sm90 || gemm.signals_on_sm100;
  const Seconds all = costs.expert.time(tokens);
  const Seconds alone = beside ? gemm.share * (all - costs.expert.launch) : Seconds(0.0);
  const Seconds own = costs.dense.shared.time(tokens);
  const bool shares = own > Seconds(0.0);
  const Seconds held = shares ? costs.dispatch.sm_held(tokens) : Seconds(0.0);
  const Seconds shared = sm90 ? costs.slowdown * own + held : slow * own;
  const Seconds last = costs.combine.time(tokens / gemm.experts);
  const Seconds others = costs.combine.time(tokens) - last;
  TaskBuilder builder(costs);
  Tasks before;
  for (int layer = 0; layer < layers; ++layer) {
    const Slice batch{layer, 0, tokens};
    const Tasks attended = builder.compute(
        Stage::kAttention, batch, costs.dense.attention_time(tokens), std::move(before));
    Tasks ready = {builder.dispatch(batch, 1.0, attended)};
    if (sm90) builder.compute(Stage::kShared, batch, shared, attended);
    ready = {builder.experts(batch, all - alone, ready)};
    before.clear();
    for (int expert = 0; expert < gemm.experts; ++expert) {
      const Slice slice{layer, expert, tokens / gemm.experts};
      const double piece = 1.0 / gemm.experts;
      const Tasks done = builder.compute(Stage::kExperts, slice, piece * slow * alone, ready);
      const bool is_last = expert == gemm.experts - 1;
      const Seconds time = is_last ? last : others / (gemm.experts - 1);
      before = {builder.combine_piece(slice, time, done)};
    }
    if (!sm90) {
      const Tasks done = builder.compute(Stage::kShared, batch, shared, ready);
      before.insert(before.end(), done.begin(), done.end());
    }
  }
  return builder.take();
}

TaskList of_fused(const LayerCosts& costs, double tokens, int layers) {
  TaskBuilder builder(costs);
  Tasks before;
  for (int layer = 0; layer < layers; ++layer) {
    const Slice batch{layer, 0, tokens};
    before = builder.compute(
        Stage::kAttention, batch, costs.dense.attention_time(tokens), std::move(before));
    before =
        builder.compute(Stage::kShared, batch, costs.dense.shared.time(tokens), std::move(before));
    before = builder.compute(Stage::kFused, batch, costs.fused->time(tokens), std::move(before));
  }
  return builder.take();
}

/// Attention of the whole batch, then equal chunks of it, beside which the kernel keeps its SMs.
TaskList of_chunks(const LayerCosts& costs, double tokens, int chunks, int layers) {
  const double piece = tokens / chunks;
  const Seconds held = costs.dispatch.sm_held(piece) + costs.combine.sm_held(piece);
  const Seconds experts = costs.slowdown * costs.expert.time(piece) + held;
  TaskBuilder builder(costs);
  Tasks tasks(static_cast<std::size_t>(chunks));  // of one stage, by chunk
  Tasks before;  // the last combine of the layer before, which all wait for
  for (int layer = 0; layer < layers; ++layer) {
    const Slice batch{layer, 0, tokens};
    Tasks attended = builder.compute(
        Stage::kAttention, batch, costs.dense.attention_time(tokens), std::move(before));
    attended = builder.compute(
        Stage::kShared, batch, costs.dense.shared.time(tokens), std::move(attended));
    int at = 0;
    for (std::size_t& task : tasks) task = builder.dispatch({layer, at++, piece}, 1.0, attended);
    at = 0;
    for (std::size_t& task : tasks) task = builder.experts({layer, at++, piece}, experts, {task});
    at = 0;
    for (std::size_t& task : tasks) task = builder.combine({layer, at++, piece}, 1.0, task);
    before = {tasks.back()};
  }
  return builder.take();
}

}  // namespace

TaskList tasks_of(const Problem& problem, const Config& config, int layers) {
  const LayerCosts costs = layer_costs(problem, config);
  switch (config.overlap) {
    case Overlap::kNone:
      return of_batch(costs, config.tokens, layers);
    case Overlap::kChunk:
      return of_chunks(costs, config.tokens, config.chunks, layers);
    case Overlap::kSbo:
      return of_single_batch(costs, config.tokens, layers);
    case Overlap::kFused:
      return of_fused(costs, config.tokens, layers);
    case Overlap::kDbo:
      break;
  }
  return tasks_of_halves(costs, micro_batches(config), layers);
}

}  // namespace wideep
