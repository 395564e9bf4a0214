#pragma once

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "search/preference.h"

namespace wideep {

/// Relative difference below which two times are equal.
inline constexpr double kTie = 1e-12;

inline constexpr Seconds kNever{std::numeric_limits<double>::infinity()};

/// The best configuration so far of every choice of EP width, kernel and mode, and the time beyond
/// which nothing is of interest.
class Incumbents {
 public:
  Incumbents(std::size_t choices, double tolerance) : best_(choices), tolerance_(tolerance) {}

  /// Keeps the candidate if it is the fastest of its choice.
  void offer(std::size_t choice, const Candidate& candidate) {
    if (best_[choice] && best_[choice]->time <= candidate.time) return;
    best_[choice] = candidate;
    if (choice == fastest_choice_) {
      fastest_ = candidate.time;
    } else if (candidate.time < fastest_) {
      runner_up_ = std::exchange(fastest_, candidate.time);
      fastest_choice_ = choice;
    } else {
      runner_up_ = std::min(runner_up_, candidate.time);
    }
  }

  [[nodiscard]] const std::vector<std::optional<Candidate>>& best() const { return best_; }

  /// Of all choices; kNever before the first offer.
  [[nodiscard]] Seconds fastest() const { return fastest_; }

  /// A slower configuration is neither within tolerance nor the runner-up.
  [[nodiscard]] Seconds cutoff() const {
    return std::max(fastest_ * (1.0 + std::max(tolerance_, kTie)), runner_up_);
  }

  /// The same inside one choice, of which only the best is kept: what is no faster, rounding aside,
  /// is not looked for.
  [[nodiscard]] Seconds cutoff(std::size_t choice) const {
    constexpr double kFaster = 1.0 - 0.1 * kTie;
    return best_[choice] ? std::min(cutoff(), best_[choice]->time * kFaster) : cutoff();
  }

 private:
  std::vector<std::optional<Candidate>> best_;
  double tolerance_;
  std::optional<std::size_t> fastest_choice_;
  Seconds fastest_ = kNever;
  Seconds runner_up_ = kNever;
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
