#include "simulate/serving.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <queue>
#include <utility>
#include <vector>

#include "model/uniform.h"

namespace wideep {
namespace {

using Moment = double;  // seconds since the start
constexpr Moment kNever = std::numeric_limits<double>::max();

/// Requests discarded at the start, over those counted, and over those that decode holds at a time.
constexpr double kWarmUpShare = 0.1;
constexpr double kWarmUpFillings = 8.0;

/// With mean 1.
double exponential(Uniform& uniform) {
  return -std::log(uniform());
}

class Lengths {
 public:
  explicit Lengths(const std::vector<PromptLength>& prompts) : prompts_(prompts) {
    for (const PromptLength& prompt : prompts) {
      sums_.push_back((sums_.empty() ? 0.0 : sums_.back()) + prompt.weight);
    }
  }
  double draw(Uniform& uniform) const {
    if (prompts_.size() == 1) return prompts_.front().tokens;
    const double drawn = uniform() * sums_.back();
    const auto at = std::upper_bound(sums_.begin(), sums_.end() - 1, drawn) - sums_.begin();
    return prompts_[static_cast<std::size_t>(at)].tokens;
  }
  [[nodiscard]] double mean() const {
    double tokens = 0.0;
    for (const PromptLength& prompt : prompts_) tokens += prompt.weight * prompt.tokens;
    return tokens / sums_.back();
  }

 private:
  const std::vector<PromptLength>& prompts_;
  std::vector<double> sums_;
};

struct Request {
  double left = 0.0;  ///< tokens of its prompt that are in no step yet
  Moment arrived = 0.0;
  Moment begun = 0.0;
  Moment prefilled = 0.0;
  Moment admitted = 0.0;  ///< to a decode slot
};

using Requests = std::vector<Request>;
constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

/// One attention group in the step that its instance runs.
struct Group {
  double tokens = 0.0;
  std::size_t cut = kNobody;  ///< whose prompt goes on in the next step
};

/// One prefill instance.
class Instance {
 public:
  explicit Instance(int groups) : groups_(static_cast<std::size_t>(groups)) {}

  /// Puts what has been cut, then who waits, into a step that begins now; `head` is the first who
  /// waits, `tail` one past the last. Returns when it ends; kNever without anything to do.
  Moment begin(const ServingSetting& setting, Moment now, Requests& requests, std::size_t& head) {
    const std::size_t tail = requests.size();
    done_.clear();
    for (Group& group : groups_) {
      group.tokens = 0.0;
      if (group.cut != kNobody) take(setting, std::exchange(group.cut, kNobody), group, requests);
    }
    while (head < tail) {
      Group& emptiest = *std::min_element(groups_.begin(), groups_.end(), fewer_tokens);
      if (emptiest.tokens >= setting.step_tokens) break;
      requests[head].begun = now;
      take(setting, head++, emptiest, requests);
    }
    const double fullest = std::max_element(groups_.begin(), groups_.end(), fewer_tokens)->tokens;
    if (fullest <= 0.0) return kNever;
    return now + (setting.step_fixed + fullest * setting.step_per_token).base();
  }

  /// Whose last token is in the step, in the order in which they were put there.
  [[nodiscard]] const std::vector<std::size_t>& done() const { return done_; }

 private:
  static bool fewer_tokens(const Group& a, const Group& b) { return a.tokens < b.tokens; }

  void take(const ServingSetting& setting, std::size_t who, Group& group, Requests& requests) {
    double& left = requests[who].left;
    const double tokens = std::min(left, setting.step_tokens - group.tokens);
    group.tokens += tokens;
    left -= tokens;
    if (left > 0.0) {
      group.cut = who;
    } else {
      done_.push_back(who);
    }
  }

  std::vector<Group> groups_;
  std::vector<std::size_t> done_;
};

/// Who comes next: `concurrency` 0 is an open deployment.
struct Load {
  double rate = 0.0;
  int concurrency = 0;
};

class Deployment {
 public:
  Deployment(const ServingSetting& setting, const Load& load, std::uint64_t seed)
      : setting_(setting),
        load_(load),
        uniform_(seed),
        lengths_(setting.prompts),
        instances_(static_cast<std::size_t>(setting.prefill_instances), Instance(setting.groups)),
        slot_free_(static_cast<std::size_t>(setting.decode_slots), 0.0) {
    for (std::size_t i = instances_.size(); i > 0; --i) idle_.push_back(i - 1);
    if (load.concurrency == 0) arrivals_.push(exponential(uniform_) / load.rate);
    // Not at once, which they would go on doing where nothing is random.
    for (int i = 0; i < load.concurrency; ++i) {
      arrivals_.push(uniform_() * slot_hold(setting).base());
    }
  }

  /// The first so many requests, once each has a decode slot.
  Requests run(std::size_t count) {
    awaited_ = count;
    while (awaited_admitted_ < count) {
      const Moment arrival = arrivals_.empty() ? kNever : arrivals_.top();
      const Moment end = running_.empty() ? kNever : running_.top().first;
      if (arrival <= end) {
        arrive(arrival);
      } else {
        finish_step(end);
      }
    }
    requests_.resize(count);
    return std::move(requests_);
  }

 private:
  void arrive(Moment now) {
    arrivals_.pop();
    requests_.push_back({.left = lengths_.draw(uniform_), .arrived = now});
    if (load_.concurrency == 0) arrivals_.push(now + exponential(uniform_) / load_.rate);
    if (idle_.empty()) return;
    const std::size_t first = idle_.back();
    idle_.pop_back();
    begin_step(first, now);
  }

  void finish_step(Moment now) {
    const std::size_t instance = running_.top().second;
    running_.pop();
    for (const std::size_t who : instances_[instance].done()) admit(who, now);
    begin_step(instance, now);
  }

  void begin_step(std::size_t instance, Moment now) {
    const Moment end = instances_[instance].begin(setting_, now, requests_, waiting_);
    if (end == kNever) {
      idle_.push_back(instance);
    } else {
      running_.emplace(end, instance);
    }
  }

  /// Every slot is held equally long, and transfers take equally long: slots are taken in turn.
  void admit(std::size_t who, Moment now) {
    Request& request = requests_[who];
    request.prefilled = now;
    if (who < awaited_) ++awaited_admitted_;
    Moment& free = slot_free_[admitted_++ % slot_free_.size()];
    request.admitted = std::max(free, now + setting_.transfer.base());
    free = request.admitted + slot_hold(setting_).base();
    if (load_.concurrency > 0) arrivals_.push(free);
  }

  const ServingSetting& setting_;
  Load load_;
  Uniform uniform_;
  Lengths lengths_;
  Requests requests_;
  std::vector<Instance> instances_;
  std::vector<std::size_t> idle_;
  std::vector<Moment> slot_free_;
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> arrivals_;
  using Ending = std::pair<Moment, std::size_t>;
  std::priority_queue<Ending, std::vector<Ending>, std::greater<>> running_;
  std::size_t waiting_ = 0;  ///< the first who is in no step yet
  std::size_t admitted_ = 0;
  std::size_t awaited_ = 0;
  std::size_t awaited_admitted_ = 0;
};

template <class Of>
TimeSpread spread(const Requests& requests, std::vector<double>& times, const Of& of) {
  constexpr double kQuantile = 0.95;
  times.clear();
  double sum = 0.0;
  for (const Request& request : requests) {
    times.push_back(of(request));
    sum += times.back();
  }
  const auto count = static_cast<double>(times.size());
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(kQuantile * count);
  std::nth_element(times.begin(), at, times.end());
  return {Seconds(sum / count), Seconds(*at)};
}

ServingTimes times_of(const ServingSetting& setting, const Requests& requests) {
  const double transfer = setting.transfer.base();
  const double first = setting.tpot.base();
  std::vector<double> times;
  times.reserve(requests.size());
  const auto of = [&](const auto& time) { return spread(requests, times, time); };
  ServingTimes all;
  all.waiting = of([](const Request& r) { return r.begun - r.arrived; });
  all.prefill = of([](const Request& r) { return r.prefilled - r.begun; });
  all.transfer = {setting.transfer, setting.transfer};
  all.slot_waiting = of([&](const Request& r) { return r.admitted - (r.prefilled + transfer); });
  all.first_step = {setting.tpot, setting.tpot};
  all.ttft = of([&](const Request& r) { return r.admitted + first - r.arrived; });
  const Moment observed = requests.back().arrived - requests.front().arrived;
  all.rate = PerSecond(static_cast<double>(requests.size() - 1) / observed);
  const Seconds full = setting.step_fixed + setting.step_tokens * setting.step_per_token;
  const double groups = setting.prefill_instances * setting.groups;
  all.prefill_utilization =
      all.rate * full * Lengths(setting.prompts).mean() / (groups * setting.step_tokens);
  all.decode_utilization = all.rate * slot_hold(setting) / setting.decode_slots;
  return all;
}

ServingTimes simulate_load(const ServingSetting& setting, const Load& load, const ServingRun& run) {
  const double in_decode =
      load.concurrency > 0 ? load.concurrency : load.rate * slot_hold(setting).base();
  const double warm_up = kWarmUpShare * run.requests + kWarmUpFillings * in_decode;
  const auto skipped = static_cast<std::ptrdiff_t>(warm_up);
  const auto counted = static_cast<std::ptrdiff_t>(run.requests);
  Requests requests =
      Deployment(setting, load, run.seed).run(static_cast<std::size_t>(skipped + counted));
  requests.erase(requests.begin(), requests.begin() + skipped);
  return times_of(setting, requests);
}

}  // namespace

ServingTimes simulate_open(const ServingSetting& setting, PerSecond rate, const ServingRun& run) {
  return simulate_load(setting, {.rate = rate.base()}, run);
}

ServingTimes simulate_closed(const ServingSetting& setting,
                             int concurrency,
                             const ServingRun& run) {
  return simulate_load(setting, {.concurrency = concurrency}, run);
}

}  // namespace wideep
