#include "simulate/schedule.h"

#include <algorithm>
#include <optional>

#include "model/layer_costs.h"
#include "model/overlap.h"

namespace wideep {
namespace {

/// Adds tasks to a schedule, in the order in which each resource takes them.
class Builder {
 public:
  explicit Builder(LayerCosts costs) : costs_(costs) {}

  std::size_t dispatch(int layer, int piece, MicroBatch batch, std::vector<std::size_t> after) {
    return add(
        {Resource::kLink, costs_.dispatch.time(batch.tokens, batch.chunks), std::move(after)},
        {Stage::kDispatch, layer, piece, batch.tokens, batch.tokens * costs_.dispatch_per_token});
  }
  std::size_t experts(int layer, int piece, double tokens, std::size_t dispatched) {
    return add({Resource::kCompute, costs_.expert_time(tokens), {dispatched}},
               {Stage::kExperts, layer, piece, tokens, {}});
  }
  std::size_t combine(int layer, int piece, MicroBatch batch, std::size_t computed) {
    return add(
        {Resource::kLink, costs_.combine.time(batch.tokens, batch.chunks), {computed}},
        {Stage::kCombine, layer, piece, batch.tokens, batch.tokens * costs_.combine_per_token});
  }

  Schedule take() { return std::move(schedule_); }

 private:
  std::size_t add(Task task, const Label& label) {
    schedule_.tasks.push_back(std::move(task));
    schedule_.labels.push_back(label);
    return schedule_.tasks.size() - 1;
  }

  LayerCosts costs_;
  Schedule schedule_;
};

/// Equal pieces of the batch, one for `none`.
void add_pieces(Builder& builder, double tokens, int pieces, int layers) {
  const MicroBatch piece{tokens / pieces, 1.0};
  std::vector<std::size_t> tasks(static_cast<std::size_t>(pieces));  // of one stage, by piece
  std::vector<std::size_t> before;  // the last combine of the layer before, which all wait for
  for (int layer = 0; layer < layers; ++layer) {
    int at = 0;
    for (std::size_t& task : tasks) task = builder.dispatch(layer, at++, piece, before);
    at = 0;
    for (std::size_t& task : tasks) task = builder.experts(layer, at++, piece.tokens, task);
    at = 0;
    for (std::size_t& task : tasks) task = builder.combine(layer, at++, piece, task);
    before = {tasks.back()};
  }
}

void add_micro_batches(Builder& builder, const std::array<MicroBatch, 2>& batches, int layers) {
  const auto& [first, second] = batches;
  std::vector<std::size_t> before_1;
  std::vector<std::size_t> before_2;
  for (int layer = 0; layer < layers; ++layer) {
    const std::size_t d1 = builder.dispatch(layer, 0, first, before_1);
    const std::size_t d2 = builder.dispatch(layer, 1, second, before_2);
    const std::size_t e1 = builder.experts(layer, 0, first.tokens, d1);
    const std::size_t e2 = builder.experts(layer, 1, second.tokens, d2);
    before_1 = {builder.combine(layer, 0, first, e1)};
    before_2 = {builder.combine(layer, 1, second, e2)};
  }
}

}  // namespace

Schedule schedule_of(const Problem& problem, const Config& config, int layers) {
  const double tokens = tokens_per_rank(problem.workload, config.ep_width);
  Builder builder(
      layer_costs(problem.workload, problem.fabric.kernels[config.kernel], config.ep_width));
  if (config.overlap == Overlap::kDbo) {
    add_micro_batches(builder, micro_batches(tokens, config.first_tokens, config.chunks), layers);
  } else {
    add_pieces(builder, tokens, config.overlap == Overlap::kNone ? 1 : config.chunks, layers);
  }
  return builder.take();
}

}  // namespace wideep
