#include "plan/plan.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "plan/candidates.h"
#include "plan/cost_bound.h"
#include "plan/smaller_steps.h"

namespace wideep {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

/// GPUs of an instance of each role.
struct Sizes {
  int prefill = 0;  ///< 0: decode takes the prompts
  int decode = 1;
  double bound = 0.0;  ///< of the cost
};

class PlanSearch {
  using Role = InstanceSearch::Role;

 public:
  PlanSearch(const PlanQuestion& question, InstanceSearches& instances)
      : question_(question), instances_(instances) {
    std::optional<Seconds> tpot = question.level.tpot;
    if (tpot) tpot = *tpot / question.slower;
    if (question.roles != Roles::kAggregated) {
      prefill_ = &instances.of(Role::kPrefill, tpot);
      decode_ = &instances.of(Role::kDecode, tpot);
    }
    if (question.roles != Roles::kDisaggregated) mixed_ = &instances.of(Role::kMixed, tpot);
  }

  PlanResult run() {
    for (const Sizes& next : by_bound()) {
      if (next.bound > cutoff()) break;
      look_at(next);
    }
    pick();
    if (!result_.best) result_.obstacles = obstacles();
    return std::move(result_);
  }

  /// Whether some plan costs less.
  bool is_below(double cost) {
    least_ = cost / (1.0 + question_.decode.space.tolerance);
    for (const Sizes& next : by_bound()) {
      if (next.bound > cutoff()) return false;
      look_at(next);
      if (!found_.empty()) return true;
    }
    return false;
  }

 private:
  std::vector<Sizes> by_bound() {
    std::vector<Sizes> all = sizes();
    const auto less = [](const Sizes& a, const Sizes& b) { return a.bound < b.bound; };
    std::stable_sort(all.begin(), all.end(), less);
    return all;
  }

  [[nodiscard]] double cutoff() const {
    return least_ * (1.0 + question_.decode.space.tolerance) * (1.0 + kPlanRounding);
  }

  std::vector<Sizes> sizes() {
    std::vector<Sizes> all;
    const auto add = [&](const SizeRates& rates) {
      const double bound = least_cost(question_, rates);
      if (bound < kNone) all.push_back({rates.prefill_gpus, rates.decode_gpus, bound});
    };
    if (decode_ != nullptr) {
      for (const int prefill : prefill_->sizes()) {
        for (const int decode : decode_->sizes()) {
          add({prefill,
               decode,
               prefill_->most_per_gpu() / question_.slower,
               decode_->most_per_gpu() / question_.slower});
        }
      }
      result_.points += prefill_->points() * decode_->points();
    }
    if (mixed_ != nullptr) {
      for (const int gpus : mixed_->sizes()) {
        add({0, gpus, {}, mixed_->most_per_gpu() / question_.slower});
      }
      result_.points += mixed_->points();
    }
    return all;
  }

  [[nodiscard]] InstancePointer slow(const InstancePointer& instance) const {
    return slowed(instance, question_.slower);
  }

  /// Kinds::quickest.
  static InstancePointer quickest(const Kinds& kinds) {
    InstancePointer smallest;
    for (int tokens = 1; !smallest && tokens < kinds.decode->tokens_per_rank(); ++tokens) {
      smallest = kinds.with_tokens(tokens);
    }
    if (!smallest) return nullptr;
    auto instance = std::make_shared<Instance>(*kinds.decode);
    instance->tpot = std::min(instance->tpot, smallest->tpot);
    return instance;
  }

  void look_at(const Sizes& next) {
    if (next.prefill == 0) {
      for (const InstancePointer& mixed : mixed_->of(next.decode)) look_at_mixed(mixed);
      return;
    }
    for (const InstancePointer& decode : decode_->of(next.decode)) {
      Kinds kinds{.prefill = nullptr, .decode = slow(decode)};
      if (limits_ttft(question_.level)) {
        kinds.with_tokens = [this, decode](int tokens) {
          const InstancePointer smaller = decode_->with_tokens(*decode, tokens);
          return smaller ? slow(smaller) : smaller;
        };
        kinds.quickest = quickest(kinds);
      }
      for (const InstancePointer& prefill : prefill_->of(next.prefill)) {
        kinds.prefill = slow(prefill);
        offer(kinds);
      }
    }
  }

  void look_at_mixed(const InstancePointer& mixed) {
    const InstancePointer whole = slow(mixed);
    const double cost = offer({nullptr, whole});
    const SizeRates full{.prefill_gpus = 0,
                         .decode_gpus = whole->gpus(),
                         .prefill = {},
                         .decode = whole->rate / (1.0 * whole->gpus())};
    // TTFT was not in the way where it costs what it does by tokens alone.
    const bool best = cost <= least_cost(question_, full) * (1.0 + kPlanRounding);
    if (best || !limits_ttft(question_.level)) return;
    for (const InstancePointer& smaller : with_smaller_steps(*mixed_, *mixed)) {
      offer({nullptr, slow(smaller)});
    }
  }

  /// The least cost with these; kNone where they hold nothing, or only what is dearer than others.
  double offer(const Kinds& kinds) {
    ++result_.evaluated;
    if (found_.empty()) tried_.push_back(kinds);
    auto plan = best_counts(question_, kinds, cutoff());
    if (!plan) return kNone;
    const double cost = plan->cost;
    least_ = std::min(least_, cost);
    found_.push_back(std::move(*plan));
    return cost;
  }

  static bool is_better(const Plan& a, const Plan& b) {
    if (a.cost < b.cost * (1.0 - kPlanRounding)) return true;
    if (a.cost > b.cost * (1.0 + kPlanRounding)) return false;
    if (a.most != b.most) return a.most > b.most;
    if (a.gpus() != b.gpus()) return a.gpus() < b.gpus();
    return a.instances() < b.instances();
  }

  static int overlaps(const Plan& plan) {
    const auto cuts = [](const InstancePointer& instance) {
      return is_plain(instance->prediction.config.overlap) ? 0 : 1;
    };
    return cuts(plan.decode.instance) + (plan.prefill ? cuts(plan.prefill->instance) : 0);
  }

  static bool is_simpler(const Plan& a, const Plan& b) {
    if (a.prefill.has_value() != b.prefill.has_value()) return !a.prefill;
    if (overlaps(a) != overlaps(b)) return overlaps(a) < overlaps(b);
    if (a.instances() != b.instances()) return a.instances() < b.instances();
    return is_better(a, b);
  }

  static bool is_like(const Plan& a, const Plan& b) {
    const auto same = [](const InstancePointer& one, const InstancePointer& other) {
      const Config& mine = one->prediction.config;
      const Config& theirs = other->prediction.config;
      return mine.gpus() == theirs.gpus() && mine.kernel == theirs.kernel &&
             mine.experts == theirs.experts && mine.attention == theirs.attention;
    };
    if (a.prefill.has_value() != b.prefill.has_value()) return false;
    return same(a.decode.instance, b.decode.instance) &&
           (!a.prefill || same(a.prefill->instance, b.prefill->instance));
  }

  void pick() {
    const double cut = cutoff();
    const auto beyond = [&](const Plan& plan) { return plan.cost > cut; };
    found_.erase(std::remove_if(found_.begin(), found_.end(), beyond), found_.end());
    if (found_.empty()) return;
    result_.best = *std::min_element(found_.begin(), found_.end(), is_better);
    result_.recommended = *std::min_element(found_.begin(), found_.end(), is_simpler);
    const Plan* next = nullptr;
    for (const Plan& plan : found_) {
      if (is_like(plan, *result_.best)) continue;
      if (next == nullptr || is_better(plan, *next)) next = &plan;
    }
    if (next != nullptr) result_.runner_up = *next;
  }

  [[nodiscard]] int fewest_gpus(int enough) const;
  [[nodiscard]] std::vector<PlanObstacle> obstacles();

  const PlanQuestion& question_;
  InstanceSearches& instances_;
  InstanceSearch* prefill_ = nullptr;  ///< null: not asked for
  InstanceSearch* decode_ = nullptr;
  InstanceSearch* mixed_ = nullptr;
  std::vector<Plan> found_;
  double least_ = kNone;
  std::vector<Kinds> tried_;  ///< as long as none was found
  PlanResult result_;
};

/// The fewest GPUs that hold what is asked, where `enough` do and the number allowed does not:
/// what fits into some fits into more.
int PlanSearch::fewest_gpus(int enough) const {
  PlanQuestion tried = question_;
  int too_few = *question_.demand.gpus;
  while (enough - too_few > 1) {
    const int middle = too_few + (enough - too_few) / 2;
    tried.demand.gpus = middle;
    const bool holds = PlanSearch(tried, instances_).is_below(kNone);
    (holds ? enough : too_few) = middle;
  }
  return enough;
}

std::vector<PlanObstacle> PlanSearch::obstacles() {
  std::vector<PlanObstacle> all;
  const auto add_none =
      [&](const InstanceSearch* role, PlanObstacle::Kind kind, const Problem& problem) {
        if (role == nullptr || role->most_per_gpu() != PerSecond{}) return;
        PlanObstacle obstacle;
        obstacle.kind = kind;
        obstacle.limits = role->reasons();
        obstacle.problem = std::make_shared<Problem>(problem);
        all.push_back(std::move(obstacle));
      };
  add_none(prefill_, PlanObstacle::Kind::kNoPrefill, question_.prefill);
  add_none(decode_, PlanObstacle::Kind::kNoDecode, question_.decode);
  if (decode_ == nullptr) add_none(mixed_, PlanObstacle::Kind::kNoDecode, question_.decode);
  if (!all.empty()) return all;
  if (question_.demand.gpus) {
    PlanQuestion more = question_;
    more.demand.gpus.reset();
    const PlanResult found = best_plan(more, instances_);
    if (found.best) {
      PlanObstacle obstacle;
      obstacle.kind = PlanObstacle::Kind::kGpus;
      obstacle.gpus = fewest_gpus(found.best->gpus());
      return {obstacle};
    }
    return found.obstacles;
  }
  PlanObstacle obstacle;
  const auto& [ttft, p95, tpot] = question_.level;
  if (tried_.empty() || (!ttft && !p95)) {
    obstacle.kind = PlanObstacle::Kind::kMostGpus;
    return {obstacle};
  }
  obstacle.kind = ttft ? PlanObstacle::Kind::kTtft : PlanObstacle::Kind::kTtftP95;
  obstacle.least = Seconds(kNone);
  for (Kinds kinds : tried_) {
    if (kinds.quickest) kinds.decode = kinds.quickest;
    obstacle.least = std::min(obstacle.least, least_ttft(question_, kinds));
  }
  return {obstacle};
}

}  // namespace

PlanResult best_plan(const PlanQuestion& question, InstanceSearches& instances) {
  return PlanSearch(question, instances).run();
}

bool is_beaten(const PlanQuestion& question, double cost) {
  InstanceSearches instances(question);
  return PlanSearch(question, instances).is_below(cost);
}

PlanResult best_plan(const PlanQuestion& question) {
  InstanceSearches instances(question);
  return best_plan(question, instances);
}

}  // namespace wideep
