#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "plan/varied_problem.h"

namespace wideep {

/// How many times inputs are drawn, and from which seed.
struct Draws {
  int count = 0;
  std::uint64_t seed = 1;
  int threads = 1;  ///< 0: one for each core; results do not depend on it
};

/// Of a figure over the draws that have it: 5th percentile, median and 95th.
struct Spread {
  double low = 0.0;
  double median = 0.0;
  double high = 0.0;
  int draws = 0;  ///< that have it; 0: none, and no figure is of use
};

/// A configuration that wins in some draws.
struct Winner {
  Config config;  ///< of the first of them
  int draws = 0;
};

/// How an input bears on the choice.
struct Lever {
  std::size_t input = 0;
  double margin_deviation = 0.0;  ///< of the margin to a rival, by this input alone, as a share
};

/// How sure a configuration is, of draws of all inputs. docs/planning.md#sure
struct Confidence {
  Config config;  ///< of which all this is
  Draws draws;
  bool searched = false;    ///< every draw anew; else to first order among finalists
  int feasible = 0;         ///< draws in which something is feasible, that shares are of
  double best_share = 0.0;  ///< in which the configuration's choice is the best
  double regret = 0.0;      ///< mean of its cost over the best one's, less 1, where it is feasible
  double regret_error = 0.0;    ///< standard error of that mean
  double broken_share = 0.0;    ///< in which it breaks a service level or does not fit into memory
  std::vector<Winner> winners;  ///< by choice, most often first
  Spread layer;                 ///< s, of the configuration; so are those below
  Spread tpot;                  ///< s
  Spread ttft;                  ///< s; no draws where there is none
  Spread full_overlap_tokens;   ///< T*, of what is searched; so are those below
  Spread full_overlap_until_tokens;  ///< where that ends again
  Spread kernel_crossover_bytes;     ///< V*
  /// Inputs by how much the margin to the rivals hangs on them, the one to measure first ahead.
  std::vector<Lever> levers;
};

/// What is asked about.
struct ConfidenceQuestion {
  std::span<const UncertainInput> inputs;  ///< those of the VariedProblem
  Config config;                           ///< feasible at the inputs as they are
  /// The best of another choice there, to which the margin is taken where nothing else ever wins.
  std::optional<Config> rival{};
};

/// How sure the configuration is, of a search in every draw. Inputs are independent and lognormal
/// (plan/draws.h); values beyond the bounds of a key are moved there, and a draw that the input
/// refuses half way to what it is until it is taken.
Confidence searched_confidence(const VariedProblem& varied,
                               const ConfidenceQuestion& question,
                               const Draws& draws);

/// The same to first order, from draws of the same numbers and in the time of some evaluations of
/// each finalist: the logarithms of costs and times are taken as linear in those of the inputs, by
/// elasticities, and what wins is one of `finalists`, each held. Service levels of rivals are not
/// looked at. T* and V* have no spread.
Confidence first_order_confidence(const VariedProblem& varied,
                                  const ConfidenceQuestion& question,
                                  std::span<const Config> finalists,
                                  const Draws& draws);

}  // namespace wideep
