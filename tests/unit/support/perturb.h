#pragma once

#include <cmath>
#include <optional>

#include "model/prediction.h"
#include "support/asked.h"

namespace wideep {

/// The problem with everything that a term is made of taking `factor` times as long.
inline Problem stretched(Problem problem, Term term, double factor) {
  const auto scale = [&](Seconds& time) { time = factor * time; };
  const auto scale_table = [&](ByWidth<Seconds>& table) {
    for (auto& point : table.points) scale(point.value);
  };
  Workload& w = problem.workload;
  for (Kernel& kernel : problem.fabric.kernels) {
    for (LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
      if (term == Term::kBandwidth) {
        phase->efficiency /= factor;
        if (phase->experts) scale(phase->experts->token_time);
      }
      if (term == Term::kLatency) {
        scale_table(phase->latency);
        scale_table(phase->floor);
        if (phase->law == &kRampLaw) scale_table(phase->law_time);
        if (phase->experts) {
          scale(phase->experts->latency_each);
          scale(phase->experts->latency_several);
        }
      }
      if (term == Term::kSmHeld) {
        scale_table(phase->sm_time);
        scale_table(phase->sm_time_per_token);
      }
    }
  }
  if (term == Term::kWeights) scale(w.figures.expert.weight_read);
  if (term == Term::kLaunch) scale(w.figures.expert.launch);
  if (term == Term::kCompute) {
    scale(w.figures.expert.fixed);
    scale(w.figures.expert.per_token);
  }
  if (term == Term::kAttention) {
    DenseParts& dense = w.figures.dense;
    for (DenseWork* work : {&dense.prep, &dense.core, &dense.gate, &dense.shared}) {
      for (Seconds* part :
           {&work->fixed, &work->weight_read, &work->compute_per_token, &work->per_token}) {
        scale(*part);
      }
    }
  }
  return problem;
}

/// d layer / d ln(term) in seconds, where it is the same on both sides.
inline std::optional<double> slopes_of(const Problem& problem, const Config& config, Term term) {
  constexpr double kStep = 1e-6;
  const double here = predict(problem, asked(problem, config)).layer.base();
  const double up = with_asked(predict, stretched(problem, term, 1.0 + kStep), config).layer.base();
  const double down =
      with_asked(predict, stretched(problem, term, 1.0 - kStep), config).layer.base();
  const double right = (up - here) / kStep;
  const double left = (here - down) / kStep;
  if (std::abs(right - left) > 1e-4 * here) return std::nullopt;
  return 0.5 * (right + left);
}

}  // namespace wideep
