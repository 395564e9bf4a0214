#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "plan/confidence.h"
#include "plan/elasticity.h"

namespace wideep {

// What both ways of drawing have in common.

/// What one draw gives.
struct Drawn {
  bool feasible = false;  ///< something is
  bool best = false;      ///< the configuration's choice
  bool broken = false;    ///< the configuration, by a limit
  double excess = 0.0;    ///< of its cost over the best
  std::optional<Config> winner{};
  double layer = 0.0;  ///< s
  double tpot = 0.0;   ///< s
  std::optional<double> ttft{};
  std::optional<double> full_overlap_tokens{};
  std::optional<double> full_overlap_until_tokens{};
  std::optional<double> kernel_crossover_bytes{};
};

/// Factors of the inputs in a draw, 1 where an input is taken as it is.
std::vector<double> drawn_factors(std::span<const UncertainInput> inputs,
                                  std::uint64_t seed,
                                  std::uint64_t draw);

/// What `at` finds at factors. Where it finds nothing, since a key may not be so large or so small,
/// they are moved half way to what the input is until it does.
template <class At>
auto at_drawn(std::vector<double> factors, const At& at) {
  constexpr int kMoves = 10;
  for (int move = 0; move < kMoves; ++move) {
    if (auto found = at(factors)) return std::move(*found);
    for (double& factor : factors) factor = std::sqrt(factor);
  }
  std::fill(factors.begin(), factors.end(), 1.0);
  return std::move(*at(factors));
}

/// Percentiles, linear between values; of none 0 draws.
Spread spread_of(std::vector<double> values);

/// Shares, means and percentiles of draws; levers are left empty.
Confidence summary_of(std::span<const Drawn> all, const Config& config, const Draws& draws);

/// The slopes of figures to one input, over a standard deviation of it either way.
struct InputSlopes {
  std::size_t input = 0;
  Slopes slopes;
};

/// Those of every input that is uncertain, or only those for which `counts` holds.
std::vector<InputSlopes> slopes_of_uncertain(VariedProblem& varied,
                                             std::span<const UncertainInput> inputs,
                                             const FiguresOf& figures,
                                             const std::function<bool(std::size_t)>& counts);

/// Which of the figures the cost of the configuration is, and those of its rivals, by how often
/// they win.
struct ComparedCosts {
  std::size_t ours = 0;
  std::vector<std::size_t> rivals{};
  std::vector<double> weights{};
};

/// To first order: the margin ln(cost of rival / cost) moves by the difference of slopes times the
/// input's deviation. Source: sigma-normalised derivatives, Saltelli et al., Global sensitivity
/// analysis (2008), 1.2.
std::vector<Lever> levers_of(std::span<const InputSlopes> all,
                             const ComparedCosts& costs,
                             std::span<const UncertainInput> inputs);

/// The configurations that one is compared with, and how often each wins: the three that win most,
/// else the rival of the question.
struct Rivals {
  std::vector<Config> configs{};
  std::vector<double> weights{};
};
Rivals rivals_of(const Confidence& confidence, const std::optional<Config>& rival);

}  // namespace wideep
