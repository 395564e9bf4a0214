#include "plan/flip.h"

#include <cmath>

#include "plan/flip_search.h"
#include "plan/in_parallel.h"
#include "search/agenda.h"

namespace wideep {
namespace {

/// What wins at a factor that the input takes.
std::optional<Config> winner_at(VariedProblem& varied, std::size_t input, double factor) {
  const Answer found = answer(*varied.at(input, factor));
  const Prediction* const used = found.used();
  return used == nullptr ? std::nullopt : std::optional(used->config);
}

}  // namespace

bool is_other(const Prediction* found, const Config& base) {
  return found == nullptr || !same_choice(found->config, base);
}

FlipDistance flip_distance(VariedProblem& varied, std::size_t input, const Config& base) {
  const auto look = [&](double factor) {
    const std::optional<Problem> problem = varied.at(input, factor);
    if (!problem) return FlipLook{.allowed = false};
    return FlipLook{.other = is_other(answer(*problem).used(), base)};
  };
  const double rung = std::pow(kFlipRange, 1.0 / kFlipRungs);
  const auto side = [&](double step, double& searched) -> std::optional<Flip> {
    const FlipLadder ladder{.step = step, .rungs = kFlipRungs, .tolerance = kFlipTolerance};
    const auto edge = FlipSearch(varied, input, ladder, look).search(searched);
    if (!edge) return std::nullopt;
    return Flip{.holds = edge->holds,
                .flips = edge->flips,
                .holds_text = varied.text_at(input, edge->holds),
                .winner = winner_at(varied, input, edge->flips)};
  };
  FlipDistance distance;
  distance.up = side(rung, distance.searched_up);
  distance.down = side(1.0 / rung, distance.searched_down);
  return distance;
}

std::vector<FlipDistance> flip_distances(const VariedProblem& varied,
                                         const Config& base,
                                         int threads) {
  std::vector<FlipDistance> distances(varied.size());
  in_parallel(varied, varied.size(), threads, [&](VariedProblem& own, std::size_t input) {
    distances[input] = flip_distance(own, input, base);
  });
  return distances;
}

}  // namespace wideep
