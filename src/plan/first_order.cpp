// Confidence to first order: costs as products of powers of the inputs.
#include <algorithm>
#include <cmath>

#include "plan/confidence.h"
#include "plan/drawn.h"
#include "plan/draws.h"
#include "plan/elasticity.h"
#include "search/agenda.h"
#include "search/incumbents.h"

namespace wideep {
namespace {

/// What stands before the costs among the figures that are drawn: layer, TPOT and TTFT.
constexpr std::size_t kTimes = 3;

/// Figures of a problem: the configuration's times (a TTFT of 1 where there is none), its cost, and
/// that of every other finalist.
std::vector<double> figures_of(const Problem& problem, std::span<const Config> compared) {
  const Prediction ours = predict(problem, held(problem, compared.front()));
  std::vector<double> figures = {ours.layer.base(),
                                 ours.step.tpot.base(),
                                 ours.step.ttft ? ours.step.ttft->base() : 1.0,
                                 cost_of(problem, ours)};
  for (const Config& other : compared.subspan(1)) {
    figures.push_back(cost_of(problem, held(problem, other)));
  }
  return figures;
}

/// Whether the input is of a kernel that none of the configurations runs.
bool is_of_other_kernel(const UncertainInput& input,
                        const Problem& problem,
                        std::span<const Config> compared) {
  for (std::size_t at = 0; at < problem.fabric.kernels.size(); ++at) {
    const Kernel& kernel = problem.fabric.kernels[at];
    if (kernel.collectives || !input.key.key.starts_with("kernels." + kernel.name + ".")) continue;
    return std::none_of(compared.begin(), compared.end(), [&](const Config& config) {
      return config.kernel == at;
    });
  }
  return false;
}

/// Of each figure in a draw, along the slopes of the side to which each input has moved.
std::vector<double> drawn_figures(const std::vector<double>& base,
                                  const std::vector<InputSlopes>& moving,
                                  const std::vector<double>& logs) {
  std::vector<double> moved(base.size(), 0.0);
  for (std::size_t one = 0; one < moving.size(); ++one) {
    const Slopes& slopes = moving[one].slopes;
    const std::vector<double>& side = logs[one] < 0.0 ? slopes.down : slopes.up;
    for (std::size_t at = 0; at < base.size(); ++at) moved[at] += side[at] * logs[one];
  }
  for (std::size_t at = 0; at < base.size(); ++at) moved[at] = base[at] * std::exp(moved[at]);
  return moved;
}

Drawn drawn_of(const Workload& workload,
               const std::vector<double>& figures,
               std::span<const Config> compared) {
  const ServiceLevel& level = workload.slo;
  const bool has_ttft = workload.traffic.phase == Phase::kPrefill && workload.traffic.context;
  const auto costs = figures.begin() + kTimes;
  auto least = std::min_element(costs, figures.end());
  if (*costs <= *least * (1.0 + kTie)) least = costs;
  const Config& winner = compared[static_cast<std::size_t>(least - costs)];
  Drawn drawn{.feasible = true,
              .best = same_choice(winner, compared.front()),
              .excess = *costs / *least - 1.0,
              .winner = winner,
              .layer = figures[0],
              .tpot = figures[1]};
  drawn.broken = level.tpot && drawn.tpot > level.tpot->base();
  if (!has_ttft) return drawn;
  drawn.ttft = figures[2];
  drawn.broken = drawn.broken || (level.ttft && figures[2] > level.ttft->base());
  return drawn;
}

/// The configuration, and what it is compared with: of its own choice other SMs and the like too.
std::vector<Config> compared_of(const ConfidenceQuestion& question,
                                std::span<const Config> finalists) {
  std::vector<Config> compared = {question.config};
  bool other = false;
  for (const Config& one : finalists) {
    if (one == question.config) continue;
    compared.push_back(one);
    other = other || !same_choice(one, question.config);
  }
  if (!other && question.rival) compared.push_back(*question.rival);
  return compared;
}

/// What the margin is taken between: rivals that win, else the nearest one of another choice.
ComparedCosts costs_of(const Confidence& confidence, std::span<const Config> compared) {
  const auto other = std::find_if(compared.begin(), compared.end(), [&](const Config& config) {
    return !same_choice(config, confidence.config);
  });
  const Rivals rivals =
      rivals_of(confidence, other == compared.end() ? std::nullopt : std::optional(*other));
  ComparedCosts costs{.ours = kTimes, .weights = rivals.weights};
  for (const Config& rival : rivals.configs) {
    const auto at = std::find(compared.begin(), compared.end(), rival);
    costs.rivals.push_back(kTimes + static_cast<std::size_t>(at - compared.begin()));
  }
  return costs;
}

}  // namespace

Confidence first_order_confidence(const VariedProblem& varied,
                                  const ConfidenceQuestion& question,
                                  std::span<const Config> finalists,
                                  const Draws& draws) {
  VariedProblem own(varied);
  const std::vector<double> still(own.size(), 1.0);
  const Problem problem = *own.at(still);
  const std::vector<Config> compared = compared_of(question, finalists);
  const auto& inputs = question.inputs;
  const auto figures = [&](const Problem& there) { return figures_of(there, compared); };
  const std::vector<InputSlopes> moving =
      slopes_of_uncertain(own, inputs, figures, [&](std::size_t input) {
        return !is_of_other_kernel(inputs[input], problem, compared);
      });
  const std::vector<double> base = figures(problem);
  std::vector<Drawn> all;
  for (int draw = 0; draw < draws.count; ++draw) {
    std::vector<double> logs;
    for (const InputSlopes& one : moving) {
      const double normal = drawn_normal(draws.seed, static_cast<std::uint64_t>(draw), one.input);
      const double factor = std::exp(log_of_factor(inputs[one.input].deviation, normal));
      logs.push_back(std::log(own.factor_in_force(one.input, factor)));
    }
    all.push_back(drawn_of(problem.workload, drawn_figures(base, moving, logs), compared));
  }
  Confidence confidence = summary_of(all, question.config, draws);
  confidence.levers = levers_of(moving, costs_of(confidence, compared), inputs);
  return confidence;
}

}  // namespace wideep
