#include "page/around.h"

#include <algorithm>
#include <cmath>

#include "model/widths.h"
#include "model/words.h"

namespace wideep {

void keep_layout(Problem& problem, const Config& answer) {
  problem.space.attentions = {answer.attention};
  std::erase_if(problem.space.experts,
                [&](const ExpertLayout& layout) { return layout.experts != answer.experts; });
}

int batch_of(const Problem& problem, const Config& answer) {
  const Traffic& traffic = problem.workload.traffic;
  if (const auto* const all = std::get_if<GlobalTokens>(&traffic.tokens)) return all->tokens;
  const auto& each = std::get<TokensPerRank>(traffic.tokens);
  if (!traffic.choice) return each.tokens;
  return static_cast<int>(std::ceil(answer.tokens_per_gpu() * each.ranks));
}

Problem around(Problem problem, const Config& answer, const std::vector<int>& widths) {
  constexpr double kAnySlower = 1e9;
  const int tokens = batch_of(problem, answer);
  keep_layout(problem, answer);
  problem.workload.traffic.choice.reset();
  set_batch(problem, tokens);
  problem.workload.slo = {};
  problem.space.ep_widths = widths;
  problem.space.tolerance = kAnySlower;
  problem.space.objective = kLayerTime;
  return problem;
}

void set_batch(Problem& around, int tokens) {
  Traffic& traffic = around.workload.traffic;
  if (auto* const all = std::get_if<GlobalTokens>(&traffic.tokens)) {
    all->tokens = tokens;
  } else {
    std::get<TokensPerRank>(traffic.tokens).tokens = tokens;
  }
}

std::vector<int> batches(int asked, std::size_t count) {
  constexpr double kTimes = 16.0;
  constexpr double kLeast = 1'024.0;
  const double most = std::max(kLeast, kTimes * asked);
  std::vector<int> found = {asked};
  for (std::size_t at = 0; at < count; ++at) {
    const double share = static_cast<double>(at) / static_cast<double>(count - 1);
    found.push_back(static_cast<int>(std::lround(std::pow(most, share))));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<int> widths_of(const Problem& problem) {
  return problem.space.ep_widths.empty() ? candidate_widths(problem) : problem.space.ep_widths;
}

const Prediction* best_of(const SearchResult& result,
                          const std::function<bool(const Config&)>& counts) {
  const Prediction* best = nullptr;
  for (const Prediction& one : result.within_tolerance) {
    if (counts(one.config) && (best == nullptr || one.layer < best->layer)) best = &one;
  }
  return best;
}

Json choice_json(const Problem& problem, const Config& config) {
  return {{"kernel", problem.fabric.kernels[config.kernel].name},
          {"overlap", name_of(config.overlap)}};
}

}  // namespace wideep
