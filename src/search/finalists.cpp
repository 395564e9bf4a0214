#include "search/finalists.h"

#include <algorithm>
#include <numeric>

#include "search/hunt.h"

namespace wideep {
namespace {

std::vector<Candidate> best_of_cells(const Problem& problem, double within) {
  Agenda agenda = agenda_of(list_cells(problem).cells);
  // Each cell counts as a choice of its own.
  std::iota(agenda.choices.begin(), agenda.choices.end(), std::size_t{0});
  Certificate unread;
  const Hunt found = hunt(agenda, Solver::kBounds, within, unread);
  const Cost limit = found.incumbents.least() * (1.0 + within);
  std::vector<Candidate> near;
  for (const auto& known : found.incumbents.best()) {
    if (known && known->cost <= limit) near.push_back(*known);
  }
  return near;
}

}  // namespace

std::vector<Config> finalists(const Problem& problem, double within, std::size_t most) {
  if (problem.workload.traffic.choice) return {};
  std::vector<Candidate> near;
  if (!problem.space.runs.empty()) {
    Problem runs = problem;
    runs.space.only_runs = true;
    near = best_of_cells(runs, within);
  }
  if (near.empty()) near = best_of_cells(problem, within);
  std::stable_sort(near.begin(), near.end(), [](const Candidate& a, const Candidate& b) {
    return a.cost < b.cost;
  });
  near.resize(std::min(near.size(), most));
  std::vector<Config> configs;
  configs.reserve(near.size());
  for (const Candidate& one : near) configs.push_back(one.config);
  return configs;
}

}  // namespace wideep
