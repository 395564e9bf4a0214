#include "search/picks.h"

#include <algorithm>
#include <vector>

#include "model/placed.h"
#include "search/agenda.h"

namespace wideep {
namespace {

/// What the layer time of a configuration costs.
CostLine line_of(const Problem& problem, const Config& config) {
  if (!is_placed(problem, config)) return line_of(placed(problem, config), config);
  return problem.space.objective.line(problem.workload, config);
}

}  // namespace

double interesting(const Problem& problem) {
  return std::max(problem.space.tolerance, kOverlapError);
}

Picks picks_of(const Problem& problem, Cost least, const Choose& choose) {
  const Prediction best = predict(problem, choose(least * (1.0 + kTie), false).value().config);
  const CostLine line = line_of(problem, best.config);
  const double tolerance = std::max(problem.space.tolerance, kTie);
  const Cost near = std::max(line.at(best.layer), least * (1.0 + tolerance));
  Config preferred = choose(near, false).value().config;
  if (!is_plain(best.config.overlap) && !is_plain(preferred.overlap)) {
    const auto plain = choose(least * (1.0 + kOverlapError), true);
    if (plain && plain->config.gpus() <= preferred.gpus()) preferred = plain->config;
  }
  return {.best = best, .preferred = predict(problem, preferred), .near = near};
}

void list_within(const Problem& problem,
                 const Incumbents& incumbents,
                 Cost limit,
                 SearchResult& result) {
  std::vector<Candidate> near;
  for (const auto& known : incumbents.best()) {
    if (known && known->cost <= limit) near.push_back(*known);
  }
  if (near.size() > kMostWithinTolerance) {
    std::stable_sort(near.begin(), near.end(), [](const Candidate& a, const Candidate& b) {
      return a.cost < b.cost;
    });
    result.more_within_tolerance = near.size() - kMostWithinTolerance;
    near.resize(kMostWithinTolerance);
  }
  std::vector<Prediction>& list = result.within_tolerance;
  bool listed = false;
  for (const Candidate& known : near) {
    // Of equally fast ones of its choice the optimum is the preferred one, and stands for it here.
    const bool optimal = same_choice(known.config, result.optimum->config);
    list.push_back(optimal ? *result.optimum : predict(problem, known.config));
    listed = listed || list.back().config == result.recommended->config;
  }
  // What some engine runs may be slower than that.
  const Config& chosen = result.recommended->config;
  const CostLine line = line_of(problem, chosen);
  if (!listed && line.at(result.recommended->layer) <= limit * (1.0 + kTie)) {
    list.push_back(*result.recommended);
    if (result.more_within_tolerance > 0) --result.more_within_tolerance;
  }
  const auto faster = [](const Prediction& a, const Prediction& b) { return a.layer < b.layer; };
  std::stable_sort(list.begin(), list.end(), faster);
}

}  // namespace wideep
