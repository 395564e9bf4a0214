#include "plan/prefill_queue.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "plan/erlang.h"

namespace wideep {
namespace {

/// E[min(limit, x)] of a normal x.
double mean_below(double limit, double mean, double variance) {
  const double deviation = std::sqrt(variance);
  if (deviation <= 0.0) return std::min(limit, mean);
  const double z = (limit - mean) / deviation;
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
  return limit - ((limit - mean) * normal_share(z) + deviation * density);
}

/// Whether every instance is in a step.
struct AllBusy {
  double share = 0.0;   ///< of time
  double nobody = 1.0;  ///< share of steps at whose end nobody waits
};

/// Smallest root of (1 + a) r = a + r^(K + 1): of those who wait with all busy, n + 1 are r times
/// as likely as n. Newton's iteration from below, where the function is concave.
double queue_ratio(double load, double most) {
  constexpr int kIterations = 4;
  double ratio = load / (1.0 + load);
  for (int i = 0; i < kIterations; ++i) {
    const double power = std::pow(ratio, most);
    const double slope = (1.0 + load) - (most + 1.0) * power;
    if (slope <= 0.0) break;
    ratio -= ((1.0 + load) * ratio - load - ratio * power) / slope;
  }
  return ratio;
}

/// M servers that at the end of a step take all who wait, K at most.
AllBusy all_busy(int instances, double load, double most) {
  constexpr double kFewest = 1e-3;
  const double each = load / instances;
  const double bulk = 1.0 - queue_ratio(each, most);
  // Steps end at random moments of a step of even length, not of an exponential one.
  double even = std::exp(-each);
  if (instances > 1) {
    const double shape = (instances + 1.0) / (instances - 1.0);
    even = std::pow(1.0 + each / shape, -shape);
  }
  const double evener = even * (1.0 + each);
  const double nobody = std::max(kFewest, bulk * std::pow(evener, 1.0 - 1.0 / most));
  const double busy = erlang_b(instances, load) / nobody;
  return {busy / (1.0 - busy * nobody + busy), nobody};
}

/// Tokens of the fullest group in the steps of one kind.
struct Content {
  const ServingSetting& setting;
  const Chunks& chunks;
  double above_mean = 0.0;  ///< fullest_above_mean

  /// Of steps with a Poisson number of newcomers, whose mean has the squared coefficient of
  /// variation `uneven`, and with one last chunk or none.
  [[nodiscard]] double tokens(double newcomers, double last, double uneven) const {
    const double sum = newcomers * chunks.first + last * chunks.last;
    const double longest = longest_of(chunks, newcomers + last);
    const double fullest = std::max(longest, sum / setting.groups + above_mean);
    return mean_below(setting.step_tokens, fullest, variance(newcomers, uneven));
  }
  /// Of the tokens of a group.
  [[nodiscard]] double variance(double newcomers, double uneven) const {
    const double mean = newcomers * chunks.first;
    return (newcomers * chunks.first_square + mean * mean * uneven) /
           (static_cast<double>(setting.groups) * setting.groups);
  }
};

/// What prefill_queue looks for by repetition.
class WaitBalance {
 public:
  WaitBalance(const ServingSetting& setting, const Chunks& chunks, double rate, PrefillQueue& queue)
      : setting_(setting),
        chunks_(chunks),
        content_{setting, chunks, fullest_above_mean(chunks, setting.groups)},
        rate_(rate),
        instances_(setting.prefill_instances),
        full_step_(queue.full_step.base()),
        step_(queue.alone.base()),
        visit_(step_ + chunks.before * full_step_),
        queue_(queue) {
    // A newcomer meets a full chunk in another group.
    const double others = (setting.groups - 1.0) / setting.groups;
    long_ = -std::expm1(-rate * chunks.before * full_step_ / instances_ * others);
  }

  void step() {
    const AllBusy busy = all_busy(setting_.prefill_instances, rate_ * visit_, queue_.per_instance);
    const double running = std::min(1.0, rate_ * visit_ / instances_);
    const double meets_long = std::min(1.0, long_ / (busy.share + (1.0 - busy.share) * running));
    const double seen = seen_step();
    const double newcomers = 2.0 * rate_ * seen / (instances_ + 1.0);
    const double uneven = 0.5 * (instances_ - 1.0) / (instances_ + 2.0);
    const double tokens = content_.tokens(newcomers, 1.0, uneven);
    const double next = time(mean_content());
    queue_.waits = busy.share;
    queue_.residual =
        Seconds((meets_long * full_step_ + (1.0 - meets_long) * seen) / (instances_ + 1.0));
    queue_.joined = Seconds(meets_long * full_step_ + (1.0 - meets_long) * time(tokens));
    const double varied = std::min(content_.variance(newcomers, uneven),
                                   setting_.step_tokens * (setting_.step_tokens - tokens) / 8.0);
    queue_.joined_variance = varied * (setting_.step_per_token * setting_.step_per_token);
    settle(busy, meets_long, next);
    queue_.step = Seconds(step_);
  }

 private:
  [[nodiscard]] double time(double tokens) const {
    return (setting_.step_fixed + tokens * setting_.step_per_token).base();
  }

  /// Prompts that arrive while an instance is in a step.
  [[nodiscard]] double arrivals() const { return rate_ * step_ / instances_; }

  [[nodiscard]] double mean_content() const {
    const double uneven = (instances_ - 1.0) / (instances_ + 1.0);
    const double tokens = content_.tokens(std::max(1.0, arrivals()), 0.0, uneven);
    const double carried = arrivals() * chunks_.first / setting_.groups;
    return std::max(tokens, std::min(setting_.step_tokens, carried));
  }

  /// Mean of the step that an arrival falls into. A single instance takes in a step who arrived in
  /// the one before: long steps follow long ones.
  [[nodiscard]] double seen_step() const {
    if (setting_.prefill_instances > 1) return std::min(full_step_, step_);
    constexpr double kMostFeedback = 0.95;
    const double per_token = setting_.step_per_token.base();
    const double feedback =
        std::min(kMostFeedback, rate_ * chunks_.first * per_token / setting_.groups);
    const double variance = per_token * per_token * content_.variance(arrivals(), 0.0);
    return std::min(full_step_, step_ + variance / (1.0 - feedback * feedback) / step_);
  }

  /// Half the way towards what follows from it.
  void settle(const AllBusy& busy, double meets_long, double next) {
    const double alone = visit_alone();
    const double joined =
        chunks_.before * full_step_ + meets_long * full_step_ + (1.0 - meets_long) * next;
    const double begun_alone = rate_ * (1.0 - busy.share);
    const double begun_after = busy.share * (1.0 - busy.nobody) * instances_ / visit_;
    const double visit = (begun_alone * alone + begun_after * joined) / (begun_alone + begun_after);
    step_ = 0.5 * (step_ + next);
    visit_ = 0.5 * (visit_ + visit);
  }
  [[nodiscard]] double visit_alone() const {
    return queue_.alone.base() + chunks_.before * full_step_;
  }

  const ServingSetting& setting_;
  const Chunks& chunks_;
  Content content_;
  double rate_;  // 1/s
  double instances_;
  double full_step_;  // s
  double step_;       // s
  double visit_;      // s, that an instance runs for those who begin together
  double long_ = 0.0;
  PrefillQueue& queue_;
};

/// Share of those who wait, before whom so much arrived in the running step that their prompt does
/// not end in the next.
double spilled(const ServingSetting& setting,
               const Chunks& chunks,
               double rate,
               const PrefillQueue& queue) {
  constexpr double kCutOf = 6.0;  // prompts in a step, found by the simulation
  const double arrived = rate * queue.residual.base();
  const double mean = arrived * chunks.first;
  const double instances = setting.prefill_instances;
  const double variance =
      arrived * chunks.first_square + mean * mean * instances / (instances + 2.0);
  const double groups = setting.groups;
  const double uneven = (1.0 - 1.0 / groups) * chunks.last_square / (2.0 * chunks.last);
  double share = 0.0;
  for (const ChunkedPrompt& prompt : chunks.prompts) {
    const double room = groups * (setting.step_tokens - prompt.last + uneven);
    share += prompt.share * (room > 0.0 ? gamma_share_above(room, mean, variance) : 1.0);
  }
  // Of many prompts in a step only the last is cut: those after it begin when another instance
  // does.
  const double cut = std::min(1.0, kCutOf * chunks.first / setting.step_tokens);
  return share * (cut + (1.0 - cut) / instances);
}

}  // namespace

Seconds full_step(const ServingSetting& setting) {
  return setting.step_fixed + setting.step_tokens * setting.step_per_token;
}

PerSecond prefill_capacity(const ServingSetting& setting, double mean_tokens) {
  const double groups = static_cast<double>(setting.prefill_instances) * setting.groups;
  return PerSecond(groups * setting.step_tokens / (mean_tokens * full_step(setting).base()));
}

PrefillQueue prefill_queue(const ServingSetting& setting, const Chunks& chunks, PerSecond rate) {
  constexpr int kRounds = 12;
  const double groups = static_cast<double>(setting.prefill_instances) * setting.groups;
  const double packed = std::max(1.0, setting.step_tokens / chunks.tokens);
  PrefillQueue queue;
  queue.full_step = full_step(setting);
  queue.alone = setting.step_fixed + chunks.last * setting.step_per_token;
  queue.per_instance = setting.groups * packed;
  queue.utilization = rate / prefill_capacity(setting, chunks.tokens);
  queue.queues = std::pow(queue.utilization, std::sqrt(2.0 * (groups * packed + 1.0)) - 1.0);
  const Seconds service = chunks.tokens / setting.step_tokens * queue.full_step;
  queue.congestion =
      0.5 * (1.0 + chunks.spread) * queue.queues / (1.0 - queue.utilization) * service / groups;
  WaitBalance balance(setting, chunks, rate.base(), queue);
  for (int round = 0; round < kRounds; ++round) balance.step();
  const double aligned = std::max(0.0, queue.waits - queue.queues / queue.per_instance);
  queue.waiting = aligned * queue.residual + queue.congestion;
  queue.spills = spilled(setting, chunks, rate.base(), queue);
  queue.prefill = (chunks.before + queue.waits * queue.spills) * queue.full_step +
                  (1.0 - queue.waits) * queue.alone + queue.waits * queue.joined;
  return queue;
}

}  // namespace wideep
