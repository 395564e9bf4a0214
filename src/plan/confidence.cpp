#include "plan/confidence.h"

#include <algorithm>

#include "model/limits.h"
#include "model/thresholds.h"
#include "plan/drawn.h"
#include "plan/elasticity.h"
#include "plan/in_parallel.h"
#include "search/agenda.h"
#include "search/answer.h"

namespace wideep {
namespace {

bool breaks_limit(const Problem& problem, const Prediction& prediction) {
  if (step_limit(problem.workload, prediction.config, prediction.step)) return true;
  return prediction.memory && !prediction.memory->fits();
}

Drawn drawn(const Problem& problem, const Config& config) {
  Drawn result;
  const Prediction ours = predict(problem, held(problem, config));
  result.layer = ours.layer.base();
  result.tpot = ours.step.tpot.base();
  if (ours.step.ttft) result.ttft = ours.step.ttft->base();
  result.broken = breaks_limit(problem, ours);
  const Thresholds all = thresholds(problem, ours.config);
  result.full_overlap_tokens = all.full_overlap_tokens.value;
  result.full_overlap_until_tokens = all.full_overlap_until;
  const KernelCrossover& crossover = all.kernel_crossover;
  if (crossover.tokens.value) result.kernel_crossover_bytes = crossover.dispatch_bytes.base();
  const Answer found = answer(problem);
  const Prediction* const used = found.used();
  result.feasible = used != nullptr;
  if (used == nullptr) return result;
  result.winner = used->config;
  result.best = same_choice(used->config, config);
  result.excess = std::max(0.0, cost_of(problem, ours) / cost_of(problem, *used) - 1.0);
  return result;
}

}  // namespace

Confidence searched_confidence(const VariedProblem& varied,
                               const ConfidenceQuestion& question,
                               const Draws& draws) {
  const auto& [inputs, config, rival] = question;
  std::vector<Drawn> all(static_cast<std::size_t>(draws.count));
  in_parallel(varied, all.size(), draws.threads, [&](VariedProblem& own, std::size_t draw) {
    const Problem problem =
        at_drawn(drawn_factors(question.inputs, draws.seed, draw),
                 [&](const std::vector<double>& factors) { return own.at(factors); });
    all[draw] = drawn(problem, question.config);
  });
  Confidence confidence = summary_of(all, config, draws);
  confidence.searched = true;
  const Rivals rivals = rivals_of(confidence, rival);
  if (rivals.configs.empty()) return confidence;
  const auto costs = [&](const Problem& problem) {
    std::vector<double> found = {cost_of(problem, held(problem, question.config))};
    for (const Config& one : rivals.configs) found.push_back(cost_of(problem, held(problem, one)));
    return found;
  };
  VariedProblem own(varied);
  ComparedCosts compared{.weights = rivals.weights};
  for (std::size_t at = 1; at <= rivals.configs.size(); ++at) compared.rivals.push_back(at);
  const auto all_count = [](std::size_t) { return true; };
  confidence.levers =
      levers_of(slopes_of_uncertain(own, inputs, costs, all_count), compared, inputs);
  return confidence;
}

}  // namespace wideep
