#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "search/preference.h"

namespace wideep {

/// Relative difference below which two costs are equal.
inline constexpr double kTie = 1e-12;

/// The best configuration so far of every choice of EP width, kernel and mode, and the cost beyond
/// which nothing is of interest.
class Incumbents {
 public:
  Incumbents(std::size_t choices, double tolerance) : best_(choices), tolerance_(tolerance) {}

  /// Keeps the candidate if it is the best of its choice.
  void offer(std::size_t choice, const Candidate& candidate) {
    if (best_[choice] && best_[choice]->cost <= candidate.cost) return;
    best_[choice] = candidate;
    if (choice == best_choice_) {
      least_ = candidate.cost;
    } else if (candidate.cost < least_) {
      runner_up_ = std::exchange(least_, candidate.cost);
      best_choice_ = choice;
    } else {
      runner_up_ = std::min(runner_up_, candidate.cost);
    }
  }

  [[nodiscard]] const std::vector<std::optional<Candidate>>& best() const { return best_; }

  /// Of all choices; kNever before the first offer.
  [[nodiscard]] Cost least() const { return least_; }

  /// A costlier configuration is neither within tolerance nor the runner-up.
  [[nodiscard]] Cost cutoff() const {
    return std::max(least_ * (1.0 + std::max(tolerance_, kTie)), runner_up_);
  }

  /// The same inside one choice, of which only the best is kept: what is no better, rounding aside,
  /// is not looked for.
  [[nodiscard]] Cost cutoff(std::size_t choice) const {
    constexpr double kBetter = 1.0 - 0.1 * kTie;
    return best_[choice] ? std::min(cutoff(), best_[choice]->cost * kBetter) : cutoff();
  }

 private:
  std::vector<std::optional<Candidate>> best_;
  double tolerance_;
  std::optional<std::size_t> best_choice_;
  Cost least_ = kNever;
  Cost runner_up_ = kNever;
};

/// The preferred of those candidates for which `eligible` holds.
template <class Eligible>
std::optional<Candidate> preferred_of(const std::vector<std::optional<Candidate>>& candidates,
                                      const Eligible& eligible) {
  std::optional<Candidate> chosen;
  for (const auto& known : candidates) {
    if (!known || !eligible(*known)) continue;
    if (!chosen || preferred(*known, *chosen)) chosen = known;
  }
  return chosen;
}

}  // namespace wideep
