#include "plan/sensitivity.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "engines/runs.h"
#include "plan/elasticity.h"
#include "search/finalists.h"

namespace wideep {
namespace {

/// What costs more than this beyond the best wins in next to no draw: margins between choices move
/// by some percent.
constexpr double kWithin = 0.10;

/// More finalists are as good as never the best; each costs two evaluations for every input.
constexpr std::size_t kMostFinalists = 12;

bool draws_loads(const Problem& problem) {
  const auto* load = std::get_if<SkewedLoad>(&problem.workload.traffic.straggler.source);
  return load != nullptr && load->skew.kind != Skew::Kind::kUniform;
}

bool matters(const InputSensitivity& input) {
  constexpr double kVisible = 5e-4;  // of what three digits show
  return std::abs(input.elasticity) >= kVisible || input.flip.up || input.flip.down;
}

}  // namespace

Sensitivity sensitivity_of(const ReadAgain& read,
                           const std::vector<UncertainInput>& inputs,
                           const SensitivityQuestion& question,
                           const Draws& draws) {
  VariedProblem varied(read, inputs);
  const std::vector<FlipDistance> flips = flip_distances(varied, question.base, draws.threads);
  Sensitivity found;
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    InputSensitivity one{.input = inputs[at],
                         .value = varied.text_at(at, 1.0),
                         .elasticity = elasticity(varied, at, question.config),
                         .flip = flips[at]};
    if (matters(one)) found.inputs.push_back(std::move(one));
  }
  std::stable_sort(found.inputs.begin(),
                   found.inputs.end(),
                   [](const InputSensitivity& a, const InputSensitivity& b) {
                     return std::abs(a.elasticity) > std::abs(b.elasticity);
                   });
  found.confidence = searched_confidence(
      varied, {.inputs = inputs, .config = question.config, .rival = question.rival}, draws);
  return found;
}

std::optional<Confidence> default_confidence(const ReadAgain& read,
                                             const std::vector<UncertainInput>& inputs,
                                             const SensitivityQuestion& question,
                                             const Draws& draws) {
  const Problem problem = with_engines(read.problem);
  if (!why_not_sure(problem).empty()) return std::nullopt;
  const VariedProblem varied(read, inputs);
  const ConfidenceQuestion asked{
      .inputs = inputs, .config = question.config, .rival = question.rival};
  if (problem.workload.traffic.choice) {
    const Draws few{
        .count = std::min(draws.count, kChosenBatchDraws), .seed = draws.seed, .threads = 0};
    return searched_confidence(varied, asked, few);
  }
  return first_order_confidence(varied, asked, finalists(problem, kWithin, kMostFinalists), draws);
}

std::string why_not_sure(const Problem& problem) {
  return draws_loads(problem) ? "every draw would draw the loads of experts anew" : "";
}

}  // namespace wideep
