#include "plan/pareto.h"

#include <cmath>
#include <utility>

namespace wideep {
namespace {

std::optional<Prediction> answer_of(const SearchResult& result) {
  return result.best_run ? result.best_run : result.optimum;
}

/// The most tokens per GPU with that TPOT at most.
std::optional<Prediction> best_within(Problem& problem, Seconds tpot) {
  problem.workload.slo.tpot = tpot;
  return answer_of(optimize(problem, Solver::kBounds));
}

/// The least TPOT of any batch, as a limit that nothing keeps shows it.
std::optional<Prediction> fastest_of(Problem problem) {
  constexpr Seconds kUnreachable(1e-12);
  problem.workload.slo.tpot = kUnreachable;
  return optimize(problem, Solver::kBounds).fastest;
}

double worth(const Prediction& point) {
  return point.step.tokens_per_gpu_per_second / (point.step.tpot / unit::s);
}

std::vector<std::size_t> knees_of(const std::vector<Prediction>& points) {
  std::vector<std::size_t> knees;
  for (std::size_t at = 1; at + 1 < points.size(); ++at) {
    const double here = worth(points[at]);
    if (here > worth(points[at - 1]) && here >= worth(points[at + 1])) knees.push_back(at);
  }
  return knees;
}

/// Adds a point unless the last one is as good in both.
void add(const std::optional<Prediction>& found, std::vector<Prediction>& points) {
  if (!found) return;
  if (!points.empty() && found->step.tpot >= points.back().step.tpot) return;
  points.push_back(*found);
}

}  // namespace

Problem with_free_batch(Problem problem) {
  Traffic& traffic = problem.workload.traffic;
  if (!traffic.choice) {
    traffic.choice = TokenRange{};
    traffic.tokens =
        TokensPerRank{.tokens = kLargestBatch, .expert_load = ExpertLoad::kPerRank, .stated = true};
  }
  problem.space.objective = kTokensPerGpu;
  return problem;
}

Front pareto_front(const Problem& problem, int most) {
  Problem part = with_free_batch(problem);
  Front front;
  const SearchResult whole = optimize(part, Solver::kBounds);
  const auto slowest = answer_of(whole);
  if (!slowest) {
    front.reasons = whole.reasons;
    return front;
  }
  front.points.push_back(*slowest);
  const auto fastest = fastest_of(part);
  if (!fastest) return front;
  const double ratio = fastest->step.tpot / slowest->step.tpot;
  for (int at = 1; at < most; ++at) {
    // The last is at the least itself, which rounding must not make unreachable.
    const double share = at + 1 == most ? ratio : std::pow(ratio, 1.0 * at / (most - 1));
    add(best_within(part, share * slowest->step.tpot), front.points);
  }
  front.knees = knees_of(front.points);
  return front;
}

}  // namespace wideep
