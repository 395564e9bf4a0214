#include "model/widths.h"

#include <algorithm>
#include <numeric>

namespace wideep {

std::vector<int> dealing_widths(int slots) {
  std::vector<int> widths;
  const int widest = std::min(slots, kWidestEp);
  for (int width = 1; width <= widest; ++width) {
    if (slots % width == 0) widths.push_back(width);
  }
  return widths;
}

std::vector<int> candidate_widths(const Problem& problem) {
  constexpr int kNarrowest = 2;
  const SearchSpace& space = problem.space;
  if (!space.ep_widths.empty()) return space.ep_widths;
  const auto known = expert_slots(problem.workload);
  const int slots = known.value_or(kDefaultMaxGpus);
  const int widest =
      std::max(kNarrowest, std::min({slots, kWidestEp, space.max_gpus.value_or(kWidestEp)}));
  std::vector<int> widths(static_cast<std::size_t>(widest - kNarrowest + 1));
  std::iota(widths.begin(), widths.end(), kNarrowest);
  const bool chosen = problem.workload.serving.chooses_redundant;
  const auto divides = [&](int width) { return chosen || slots % width == 0; };
  // Where none divide the slots, all of them say why nothing is feasible.
  if (known && std::any_of(widths.begin(), widths.end(), divides)) {
    std::erase_if(widths, [&](int width) { return !divides(width); });
  }
  return widths;
}

}  // namespace wideep
