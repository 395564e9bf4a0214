#include "plan/flip.h"

#include <cmath>

#include "input/diagnostic.h"
#include "plan/in_parallel.h"
#include "search/agenda.h"

namespace wideep {
namespace {

/// What one look finds: whether the input may be there, and who wins.
struct Winning {
  bool allowed = true;
  bool other = false;
  std::optional<Config> winner{};
};

/// Looks for a flip on one side.
class FlipSearch {
 public:
  FlipSearch(VariedProblem& varied, std::size_t input, const Config& base)
      : varied_(varied), input_(input), base_(base) {}

  /// `step`: the factor of a rung. Sets how far was looked.
  std::optional<Flip> search(double step, double& searched) {
    double last = 1.0;
    for (int rung = 1; rung <= kFlipRungs; ++rung) {
      const double next = varied_.factor_in_force(input_, std::pow(step, rung));
      if (next == last) {
        if (is_at_bound(step, rung)) break;
        continue;  // a whole number that has not moved yet
      }
      const Winning look = at(next);
      if (!look.allowed) return at_edge(last, next, searched);
      if (look.other) return bisected(last, next, look);
      last = next;
      searched = next;
    }
    return std::nullopt;
  }

 private:
  Winning at(double factor) {
    try {
      const Answer found = answer(varied_.at(input_, factor));
      const Prediction* const used = found.used();
      Winning look{.other = is_other(used, base_)};
      if (used != nullptr) look.winner = used->config;
      return look;
    } catch (const InputError&) {
      return {.allowed = false};
    }
  }

  [[nodiscard]] bool is_at_bound(double step, int rung) const {
    const double farther = varied_.factor_in_force(input_, std::pow(step, kFlipRungs));
    return farther == varied_.factor_in_force(input_, std::pow(step, rung));
  }

  /// Halfway, as the input may be; nothing where both are neighbours.
  [[nodiscard]] std::optional<double> between(double holds, double flips) const {
    if (std::abs(std::log(flips / holds)) <= std::log1p(kFlipTolerance)) return std::nullopt;
    const double middle = varied_.factor_in_force(input_, std::sqrt(holds * flips));
    if (middle == holds || middle == flips) return std::nullopt;
    return middle;
  }

  Flip bisected(double holds, double flips, Winning beyond) {
    while (const auto middle = between(holds, flips)) {
      Winning look = at(*middle);
      if (look.other) {
        flips = *middle;
        beyond = look;
      } else {
        holds = *middle;
      }
    }
    return {.holds = holds,
            .flips = flips,
            .holds_text = varied_.text_at(input_, holds),
            .winner = beyond.winner};
  }

  /// Where the input refuses to go on: looks just before that.
  std::optional<Flip> at_edge(double allowed, double refused, double& searched) {
    const double last = allowed;
    while (const auto middle = between(allowed, refused)) {
      (at(*middle).allowed ? allowed : refused) = *middle;
    }
    const Winning look = at(allowed);
    if (look.other) return bisected(last, allowed, look);
    searched = allowed;
    return std::nullopt;
  }

  VariedProblem& varied_;
  std::size_t input_;
  const Config& base_;
};

}  // namespace

bool is_other(const Prediction* found, const Config& base) {
  return found == nullptr || !same_choice(found->config, base);
}

FlipDistance flip_distance(VariedProblem& varied, std::size_t input, const Config& base) {
  FlipDistance distance;
  const double step = std::pow(kFlipRange, 1.0 / kFlipRungs);
  FlipSearch side(varied, input, base);
  distance.up = side.search(step, distance.searched_up);
  distance.down = side.search(1.0 / step, distance.searched_down);
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
