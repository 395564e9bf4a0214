#include "plan/slot_queue.h"

#include <algorithm>
#include <cmath>

#include "plan/erlang.h"

namespace wideep {
namespace {

/// Variance over mean of the requests that prefill finishes while a slot is held, where each step
/// finishes `batch`: whole steps come and go together, but a part of one is there or not.
double peakedness(double batch, double steps) {
  if (steps < 1.0) return 1.0 + batch * (1.0 - steps) * (1.0 - steps);
  const double part = steps - std::floor(steps);
  return 1.0 + batch * part * (1.0 - part) / steps;
}

/// Of a single instance, each of whose steps finishes a batch: a share of each waits until slots
/// are free, in rounds.
struct BatchWait {
  double waits = 0.0;
  double steps = 0.0;  ///< mean of all, in steps
};

BatchWait batch_wait(double batch, double steps, double slots) {
  const double held = std::floor(steps);  // batches that slots are still held by
  const double ratio = batch / std::max(1.0, slots - held * batch);
  if (ratio <= 1.0) return {};
  const double rounds = held > 0.0 ? 1.0 : std::floor(ratio);
  return {1.0 - 1.0 / ratio, rounds * (1.0 - (rounds + 1.0) / (2.0 * ratio)) * (steps - held)};
}

/// Share of the wait that is left where prefill itself spaces requests out: of equal prompts that
/// take steps of their own, and fully where prefill is the busier of the two.
double left_by_spacing(const ServingSetting& setting,
                       const Chunks& chunks,
                       double batch,
                       double busier) {
  constexpr double kSharpness = 4.0;  // found by the simulation
  const double equal = std::max(0.0, 1.0 - chunks.spread);
  const double own_steps = std::min(1.0, chunks.tokens / setting.step_tokens);
  const double spaced = equal * own_steps / std::max(1.0, batch);
  return 1.0 - spaced * std::pow(std::min(1.0, busier), kSharpness);
}

}  // namespace

SlotQueue slot_queue(const ServingSetting& setting,
                     const Chunks& chunks,
                     const PrefillQueue& prefill,
                     PerSecond rate) {
  constexpr double kLongHold = 2.0;        // steps, after which batches have drifted apart
  constexpr double kEvenWait = 1.0 / 3.0;  // of a uniform law
  const Seconds hold = slot_hold(setting);
  SlotQueue queue;
  queue.utilization = rate * hold / setting.decode_slots;
  const double steps = hold / prefill.step;
  const double finished = rate * prefill.step / setting.prefill_instances;
  const double batch = finished * std::min(1.0, setting.step_tokens / chunks.tokens);
  const bool single = setting.prefill_instances == 1;
  const double slots = setting.decode_slots / (single ? 1.0 : peakedness(batch, steps));
  queue.waits = erlang_c(slots, queue.utilization * slots);
  queue.waiting = constant_service_factor(slots, queue.utilization) * queue.waits /
                  (slots * (1.0 - queue.utilization)) * hold;
  if (single && steps < kLongHold) {
    const BatchWait wait = batch_wait(batch + 1.0, steps, setting.decode_slots);
    queue.burst = wait.steps * prefill.step;
    if (wait.steps > 0.0) {
      queue.uneven = (queue.waiting + kEvenWait * queue.burst) / (queue.waiting + queue.burst);
    }
    queue.waits = std::max(queue.waits, wait.waits);
    queue.waiting = queue.waiting + queue.burst;
  }
  const double left =
      left_by_spacing(setting, chunks, finished, prefill.utilization / queue.utilization);
  queue.waits *= left;
  queue.waiting = left * queue.waiting;
  return queue;
}

}  // namespace wideep
