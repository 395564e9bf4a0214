#include "plan/plan_sensitivity.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/drawn.h"
#include "plan/draws.h"
#include "plan/flip_search.h"
#include "plan/in_parallel.h"
#include "plan/kept_plan.h"

namespace wideep {
namespace {

/// A plan beside the best one under some question.
struct Beside {
  std::optional<Plan> kept;
  std::optional<Plan> best;

  /// Of keeping it; unset: it does not hold the level.
  [[nodiscard]] std::optional<double> regret() const {
    if (!kept || !best) return std::nullopt;
    return std::max(0.0, kept->cost / best->cost - 1.0);
  }
  [[nodiscard]] bool is_best() const { return kept && *regret() <= kPlanAlike; }
};

Beside beside_best(const PlanQuestion& question, const Plan& plan) {
  Beside both{.kept = kept_plan(question, plan), .best = best_plan(question).best};
  // Of the best one what is found anew may be off by a rounding of the batch.
  if (both.kept && !both.best) both.best = both.kept;
  return both;
}

/// One side of an input.
std::optional<PlanFlip> flip_of(
    VariedProblem& varied, std::size_t input, double step, const Plan& plan, double& searched) {
  std::optional<Plan> rival;  // the best one where the plan was last seen beaten
  const auto by = [&](double factor, const auto& is_dearer) {
    const std::optional<PlanQuestion> question = varied.plan_at(input, factor);
    if (!question) return FlipLook{.allowed = false};
    const auto kept = kept_plan(*question, plan);
    return FlipLook{.other = !kept || is_dearer(*question, kept->cost / (1.0 + kPlanAlike))};
  };
  const auto look = [&](double factor) {
    return by(factor, [&](const PlanQuestion& question, double cost) {
      if (!is_beaten(question, cost)) return false;
      rival = best_plan(question).best;
      return true;
    });
  };
  const auto glance = [&](double factor) {
    return by(factor, [&](const PlanQuestion& question, double cost) {
      const auto other = rival ? kept_plan(question, *rival) : std::nullopt;
      return other && other->cost < cost;
    });
  };
  const FlipLadder ladder{.step = step, .rungs = 1, .tolerance = kPlanFlipTolerance};
  FlipSearch search(varied, input, ladder, look);
  search.narrow_by(glance);
  const auto edge = search.search(searched);
  if (!edge) return std::nullopt;
  Beside beyond = beside_best(*varied.plan_at(input, edge->flips), plan);
  const auto regret = beyond.regret();
  return PlanFlip{.holds = edge->holds,
                  .flips = edge->flips,
                  .holds_text = varied.text_at(input, edge->holds),
                  .winner = std::move(beyond.best),
                  .regret = regret};
}

double range_of(const UncertainInput& input) {
  if (input.deviation == 0.0) return kPlanFlipRange;
  return std::exp(log_of_factor(input.deviation, kPlanFlipDeviations));
}

/// Whether the plan serves otherwise where the input is at an end of its range; one that is taken
/// as it is counts where it is traffic or a service level.
bool is_felt(VariedProblem& varied,
             std::size_t input,
             const UncertainInput& uncertain,
             const Plan& plan) {
  const std::string& key = uncertain.key.key;
  const bool asked = key.starts_with("traffic.") || key.starts_with("slo.");
  if (uncertain.deviation == 0.0 && !asked) return false;
  const auto differs = [&](double factor) {
    const std::optional<PlanQuestion> question = varied.plan_at(input, factor);
    const auto kept = question ? kept_plan(*question, plan) : std::nullopt;
    if (!kept || std::abs(kept->most / plan.most - 1.0) > kPlanAlike) return true;
    const TimeSpread& ttft = kept->waiting.times.ttft;
    return std::abs(ttft.mean / plan.waiting.times.ttft.mean - 1.0) > kPlanAlike ||
           std::abs(kept->tpot() / plan.tpot() - 1.0) > kPlanAlike;
  };
  const double range = range_of(uncertain);
  return differs(range) || differs(1.0 / range);
}

std::vector<PlanInput> flips_of(const VariedProblem& varied,
                                const std::vector<UncertainInput>& inputs,
                                const Plan& plan,
                                int threads) {
  std::vector<char> felt(inputs.size());
  in_parallel(varied, felt.size(), threads, [&](VariedProblem& own, std::size_t input) {
    felt[input] = is_felt(own, input, inputs[input], plan) ? 1 : 0;
  });
  std::vector<PlanInput> flips;
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    if (felt[input] != 0) flips.push_back({.input = input, .value = varied.text_at(input, 1.0)});
  }
  in_parallel(varied, 2 * flips.size(), threads, [&](VariedProblem& own, std::size_t side) {
    PlanInput& one = flips[side / 2];
    const double range = range_of(inputs[one.input]);
    if (side % 2 == 0) {
      one.down = flip_of(own, one.input, 1.0 / range, plan, one.searched_down);
    } else {
      one.up = flip_of(own, one.input, range, plan, one.searched_up);
    }
  });
  return flips;
}

void add_winner(const Plan& plan, std::vector<PlanWinner>& winners) {
  const auto known = std::find_if(winners.begin(), winners.end(), [&](const PlanWinner& one) {
    return same_plan(one.plan, plan);
  });
  if (known == winners.end()) {
    winners.push_back({plan, 1});
  } else {
    ++known->draws;
  }
}

PlanConfidence summary_of(const std::vector<Beside>& all, const Draws& draws) {
  PlanConfidence confidence;
  confidence.draws = draws;
  std::vector<double> gpus;
  std::vector<double> tokens;
  int best = 0;
  int held = 0;
  double regrets = 0.0;
  for (const Beside& one : all) {
    if (!one.best) continue;
    ++confidence.feasible;
    gpus.push_back(one.best->gpus());
    tokens.push_back(one.best->tokens_per_gpu());
    held += one.kept ? 1 : 0;
    best += one.is_best() ? 1 : 0;
    regrets += one.regret().value_or(0.0);
    if (!one.is_best()) add_winner(*one.best, confidence.winners);
  }
  confidence.best_share = 1.0 * best / draws.count;
  confidence.holds_share = 1.0 * held / draws.count;
  if (held > 0) confidence.regret = regrets / held;
  std::stable_sort(confidence.winners.begin(),
                   confidence.winners.end(),
                   [](const PlanWinner& a, const PlanWinner& b) { return a.draws > b.draws; });
  confidence.gpus = spread_of(std::move(gpus));
  confidence.tokens_per_gpu = spread_of(std::move(tokens));
  return confidence;
}

}  // namespace

PlanSensitivity plan_sensitivity(const ReadAgain& read,
                                 const std::vector<UncertainInput>& inputs,
                                 const Plan& plan,
                                 const Draws& draws) {
  const VariedProblem varied(read, inputs);
  PlanSensitivity found{
      .inputs = inputs, .flips = flips_of(varied, inputs, plan, draws.threads), .confidence = {}};
  std::vector<Beside> all(static_cast<std::size_t>(draws.count));
  in_parallel(varied, all.size(), draws.threads, [&](VariedProblem& own, std::size_t draw) {
    const PlanQuestion question =
        at_drawn(drawn_factors(inputs, draws.seed, draw),
                 [&](const std::vector<double>& factors) { return own.plan_at(factors); });
    all[draw] = beside_best(question, plan);
  });
  found.confidence = summary_of(all, draws);
  return found;
}

}  // namespace wideep
