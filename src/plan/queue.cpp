#include "plan/queue.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "plan/chunks.h"
#include "plan/prefill_queue.h"
#include "plan/root.h"
#include "plan/slot_queue.h"
#include "plan/time_law.h"

namespace wideep {
namespace {

constexpr double kPercentile = 0.95;

struct Queues {
  PrefillQueue prefill;
  SlotQueue slots;
};

Seconds mean_ttft(const ServingSetting& setting, const Queues& queues) {
  return queues.prefill.waiting + queues.prefill.prefill + setting.transfer + queues.slots.waiting +
         setting.tpot;
}

/// What a case, that a share of requests meets, adds to their times.
struct Case {
  double share = 0.0;
  Seconds mean;
  SquareSeconds variance;
};

Case operator+(const Case& a, const Case& b) {
  return {a.share * b.share, a.mean + b.mean, a.variance + b.variance};
}

/// Nobody is waited for; the end of a step is; that and room in a step.
using PrefillCases = std::array<Case, 3>;

PrefillCases waiting_cases(const ServingSetting& setting, const PrefillQueue& queue) {
  const double instances = setting.prefill_instances;
  const double queues = std::min(queue.queues, queue.waits);
  Case ends{queue.waits - queues, queue.residual, queue.residual * queue.residual};
  ends.variance = ends.variance * (instances / (instances + 2.0));
  Case room = ends;
  room.share = queues;
  if (queues > 0.0) {
    const Seconds beyond = queue.congestion / queue.queues;
    room.mean = room.mean - queue.residual / queue.per_instance + beyond;
    room.variance = room.variance + beyond * beyond;
  }
  return {{{1.0 - queue.waits, {}, {}}, ends, room}};
}

/// What those who wait find in prefill beyond what a prompt takes alone.
Case joined_case(const PrefillQueue& queue) {
  constexpr double kSpillVariance = 0.3;  // of a draw's: those who spill waited least
  const Seconds step = queue.full_step;
  const double spills = queue.spills;
  return {1.0,
          std::max(Seconds(0.0), queue.joined - queue.alone) + spills * step,
          queue.joined_variance + kSpillVariance * spills * (1.0 - spills) * (step * step)};
}

std::array<Case, 2> slot_cases(const SlotQueue& queue) {
  if (queue.waits <= 0.0) return {{{1.0, {}, {}}, {}}};
  const Seconds waiting = queue.waiting / queue.waits;
  return {
      {{1.0 - queue.waits, {}, {}}, {queue.waits, waiting, queue.uneven * (waiting * waiting)}}};
}

/// 95th percentiles of sums of cases.
class Percentile {
 public:
  void add(Seconds offset, const Case& what) {
    constexpr double kRare = 1e-3;
    if (what.share < kRare) return;
    parts_.push_back({what.share, offset, what.mean, what.variance});
  }
  [[nodiscard]] Seconds value() const { return quantile(parts_, kPercentile); }

 private:
  std::vector<TimePart> parts_;
};

template <class Cases>
Seconds percentile(const Cases& cases) {
  Percentile sum;
  for (const Case& one : cases) sum.add({}, one);
  return sum.value();
}

/// In the times, those of prefill and of TTFT, which differ from prompt to prompt.
void put_percentiles(const ServingSetting& setting,
                     const Chunks& chunks,
                     const Queues& queues,
                     ServingTimes& times) {
  const PrefillCases waiting = waiting_cases(setting, queues.prefill);
  const auto slots = slot_cases(queues.slots);
  const Case joined = joined_case(queues.prefill);
  times.waiting.p95 = percentile(waiting);
  times.slot_waiting.p95 = percentile(slots);
  Percentile prefill;
  Percentile ttft;
  for (const ChunkedPrompt& prompt : chunks.prompts) {
    const Seconds alone = prompt.before * queues.prefill.full_step + setting.step_fixed +
                          prompt.last * setting.step_per_token;
    const Case of_prompt{prompt.share, {}, {}};
    for (const Case& before : waiting) {
      const bool waits = &before != &waiting.front();
      const Case in_prefill = waits ? of_prompt + joined : of_prompt;
      prefill.add(alone, {in_prefill.share * before.share, in_prefill.mean, in_prefill.variance});
      for (const Case& after : slots) {
        ttft.add(alone + setting.transfer + setting.tpot, before + in_prefill + after);
      }
    }
  }
  times.prefill.p95 = prefill.value();
  times.ttft.p95 = ttft.value();
}

ServingTimes times_of(const ServingSetting& setting,
                      const Chunks& chunks,
                      const Queues& queues,
                      PerSecond rate) {
  ServingTimes times;
  times.rate = rate;
  times.waiting.mean = queues.prefill.waiting;
  times.prefill.mean = queues.prefill.prefill;
  times.transfer = {setting.transfer, setting.transfer};
  times.slot_waiting.mean = queues.slots.waiting;
  times.first_step = {setting.tpot, setting.tpot};
  times.ttft.mean = mean_ttft(setting, queues);
  put_percentiles(setting, chunks, queues, times);
  times.prefill_utilization = rate / prefill_capacity(setting, chunks.tokens);
  times.decode_utilization = rate * slot_hold(setting) / setting.decode_slots;
  return times;
}

std::optional<WaitingDoubt> doubt_of(const ServingSetting& setting,
                                     const Chunks& chunks,
                                     const Queues& queues) {
  constexpr double kCheap = 0.08;  // of a full step: what it costs beside its tokens
  constexpr double kBusy = 0.3;    // where cheap steps grow on each other
  constexpr double kCrowded = 0.7;
  constexpr double kShort = 0.2;  // of a step: a prompt of which it holds many
  constexpr double kFelt = 0.1;   // of TTFT
  const PrefillQueue& prefill = queues.prefill;
  const double steps = chunks.tokens / setting.step_tokens;
  if (queues.slots.burst > kFelt * mean_ttft(setting, queues)) return WaitingDoubt::kBursts;
  if (steps > 1.0) return {};
  if (setting.step_fixed < kCheap * prefill.full_step && prefill.utilization > kBusy) {
    return WaitingDoubt::kShortSteps;
  }
  if (setting.prefill_instances > 1 && steps > kShort && prefill.utilization > kCrowded) {
    return WaitingDoubt::kCrowdedSteps;
  }
  return {};
}

PerSecond decode_capacity(const ServingSetting& setting) {
  return PerSecond(setting.decode_slots / slot_hold(setting).base());
}

/// As one of `concurrency` requests sees the others.
class Closed {
 public:
  Closed(const ServingSetting& setting, const Chunks& chunks, double concurrency)
      : setting_(setting), chunks_(chunks), concurrency_(concurrency) {}

  [[nodiscard]] Queues queues(PerSecond rate) const {
    constexpr double kNobody = 1e-9;  // in place of no others at all
    const PerSecond seen =
        std::max(1.0 - 1.0 / concurrency_, kNobody) * std::max(rate, PerSecond(kNobody));
    Queues queues;
    queues.prefill = prefill_queue(setting_, chunks_, seen);
    // Where all have a slot nobody waits for one.
    if (concurrency_ > setting_.decode_slots) {
      queues.slots = slot_queue(setting_, chunks_, queues.prefill, seen);
    }
    return queues;
  }
  [[nodiscard]] double requests(PerSecond rate) const {
    return rate * (mean_ttft(setting_, queues(rate)) + after_first());
  }
  [[nodiscard]] Seconds after_first() const {
    return (setting_.output_tokens - 1.0) * setting_.tpot;
  }

 private:
  const ServingSetting& setting_;
  const Chunks& chunks_;
  double concurrency_;
};

}  // namespace

PerSecond largest_rate(const ServingSetting& setting) {
  return std::min(prefill_capacity(setting, Chunks(setting).tokens), decode_capacity(setting));
}

WaitingEstimate waiting_at_rate(const ServingSetting& setting, PerSecond rate) {
  const Chunks chunks(setting);
  if (rate >= prefill_capacity(setting, chunks.tokens)) return {{}, Overload::kPrefill, {}};
  if (rate >= decode_capacity(setting)) return {{}, Overload::kDecode, {}};
  Queues queues;
  queues.prefill = prefill_queue(setting, chunks, rate);
  queues.slots = slot_queue(setting, chunks, queues.prefill, rate);
  return {times_of(setting, chunks, queues, rate), {}, doubt_of(setting, chunks, queues)};
}

WaitingEstimate waiting_at_concurrency(const ServingSetting& setting, double concurrency) {
  constexpr double kExact = 1e-4;
  constexpr double kBusiest = 1.0 - 1e-6;
  const Chunks chunks(setting);
  const Closed closed(setting, chunks, concurrency);
  const PerSecond most = kBusiest * largest_rate(setting);
  const auto missing = [&](double rate) { return concurrency - closed.requests(PerSecond(rate)); };
  const bool saturated = missing(most.base()) >= 0.0;
  const PerSecond rate =
      saturated ? most : PerSecond(falling_root(missing, 0.0, most.base(), kExact));
  const Queues queues = closed.queues(rate);
  ServingTimes times = times_of(setting, chunks, queues, rate);
  // Where something is in use all the time, who is nowhere else waits for it.
  const Seconds ttft(concurrency / rate.base() - closed.after_first().base());
  if (saturated) {
    const Seconds more = ttft - times.ttft.mean;
    TimeSpread& waiting =
        decode_capacity(setting) <= most / kBusiest ? times.slot_waiting : times.waiting;
    for (TimeSpread* spread : {&waiting, &times.ttft}) {
      *spread = {spread->mean + more, spread->p95 + more};
    }
  }
  return {times, {}, doubt_of(setting, chunks, queues)};
}

}  // namespace wideep
