#include "plan/varied_problem.h"

#include <algorithm>

#include "engines/runs.h"
#include "input/axis.h"
#include "model/placed.h"

namespace wideep {
namespace {

std::vector<ScaledKey> keys_of(const std::vector<UncertainInput>& inputs) {
  std::vector<ScaledKey> keys;
  keys.reserve(inputs.size());
  for (const UncertainInput& input : inputs) keys.push_back(input.key);
  return keys;
}

/// The number behind an input that stands in no file.
double& figure_of(Problem& problem, const ScaledKey& key) {
  return key.key == "serving_efficiency" ? problem.workload.figures.outside.efficiency
                                         : problem.workload.traffic.comm_straggler_factor;
}

double bounded_figure(const ScaledKey& key, double value) {
  return key.bounds == ScaledKey::Bounds::kShare ? std::min(value, 1.0) : std::max(value, 1.0);
}

void scale_figure(Problem& problem, const ScaledKey& key, double factor) {
  double& figure = figure_of(problem, key);
  figure = bounded_figure(key, factor * figure);
  auto& of_groups = problem.workload.figures.outside.group_efficiency;
  const bool served = key.bounds == ScaledKey::Bounds::kShare;
  if (served && of_groups) of_groups = bounded_figure(key, factor * *of_groups);
}

}  // namespace

VariedProblem::VariedProblem(const ReadAgain& read, const std::vector<UncertainInput>& inputs)
    : scaled_(read, keys_of(inputs)), inputs_(inputs) {
  for (const UncertainInput& input : inputs_) {
    Problem problem;
    if (input.by_default) problem = with_engines(read.problem);
    base_.push_back(input.by_default ? figure_of(problem, input.key) : 0.0);
  }
}

std::optional<Problem> VariedProblem::at(std::span<const double> factors) {
  const Problem* const read = scaled_.at(factors);
  if (read == nullptr) return std::nullopt;
  Problem problem = with_engines(*read);
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    if (!inputs_[input].by_default || factors[input] == 1.0) continue;
    scale_figure(problem, inputs_[input].key, factors[input]);
  }
  return problem;
}

std::optional<Problem> VariedProblem::at(std::size_t input, double factor) {
  return at(moved(input, factor));
}

std::optional<PlanQuestion> VariedProblem::plan_at(std::span<const double> factors) {
  const PlanQuestion* const read = scaled_.plan_at(factors);
  if (read == nullptr) return std::nullopt;
  PlanQuestion question = *read;
  for (std::size_t input = 0; input < inputs_.size(); ++input) {
    if (!inputs_[input].by_default || factors[input] == 1.0) continue;
    if (inputs_[input].key.bounds == ScaledKey::Bounds::kShare) {
      // Every step is what it is over the serving efficiency.
      question.slower /= factor_in_force(input, factors[input]);
      continue;
    }
    scale_figure(question.prefill, inputs_[input].key, factors[input]);
    scale_figure(question.decode, inputs_[input].key, factors[input]);
  }
  return question;
}

std::optional<PlanQuestion> VariedProblem::plan_at(std::size_t input, double factor) {
  return plan_at(moved(input, factor));
}

std::vector<double> VariedProblem::moved(std::size_t input, double factor) const {
  std::vector<double> factors(inputs_.size(), 1.0);
  factors[input] = factor;
  return factors;
}

double VariedProblem::factor_in_force(std::size_t input, double factor) const {
  if (!inputs_[input].by_default) return scaled_.factor_in_force(input, factor);
  return bounded_figure(inputs_[input].key, factor * base_[input]) / base_[input];
}

std::string VariedProblem::text_at(std::size_t input, double factor) const {
  if (!inputs_[input].by_default) return scaled_.text_at(input, factor);
  return axis_number(base_[input] * factor_in_force(input, factor));
}

Config held(const Problem& problem, const Config& config) {
  Config now = config;
  if (!problem.workload.traffic.choice) now = asked(problem, now);
  if (config.overlap == Overlap::kDbo) {
    now.first_tokens = config.first_tokens * now.tokens / config.tokens;
  }
  return now;
}

double cost_of(const Problem& problem, const Prediction& prediction) {
  const Config& config = prediction.config;
  if (!is_placed(problem, config)) return cost_of(placed(problem, config), prediction);
  return problem.space.objective.line(problem.workload, config).at(prediction.layer).value;
}

double cost_of(const Problem& problem, const Config& config) {
  if (!is_placed(problem, config)) return cost_of(placed(problem, config), config);
  return cost_of(problem, predict(problem, config));
}

}  // namespace wideep
