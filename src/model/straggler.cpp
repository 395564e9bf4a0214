#include "model/straggler.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "model/largest_count.h"
#include "model/memo.h"
#include "model/uniform.h"

namespace wideep {
namespace {

/// Variates that are the same on every platform.
class Random {
 public:
  explicit Random(std::uint64_t seed) : uniform_(seed) {}

  double normal() {
    if (spare_) return *std::exchange(spare_, std::nullopt);
    const double radius = std::sqrt(-2.0 * std::log(uniform_()));
    const double angle = 2.0 * std::numbers::pi * uniform_();
    spare_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }

  /// ln of a gamma variate: itself it would underflow at small shapes.
  /// Source: Marsaglia & Tsang, ACM TOMS 26 (2000) 363-372.
  double log_gamma(double shape) {
    if (shape < 1.0) return log_gamma(shape + 1.0) + std::log(uniform_()) / shape;
    const double d = shape - 1.0 / 3.0;
    for (;;) {
      const double z = normal();
      const double root = 1.0 + z / std::sqrt(9.0 * d);  // NOLINT(readability-magic-numbers)
      if (root <= 0.0) continue;
      const double log_cube = 3.0 * std::log(root);  // NOLINT(readability-magic-numbers)
      if (std::log(uniform_()) < 0.5 * z * z + d * (1.0 - root * root * root + log_cube)) {
        return std::log(d) + log_cube;
      }
    }
  }

  /// A count with that mean and, nearly, a Poisson law.
  double count(double mean) {
    constexpr double kFew = 16.0;
    constexpr double kSkew = 6.0;
    if (mean < kFew) return few(mean);
    const double z = normal();
    return std::max(0.0, mean + std::sqrt(mean) * z + (z * z - 1.0) / kSkew);  // Cornish-Fisher
  }

  void shuffle(std::vector<double>& values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      const auto other = static_cast<std::size_t>(uniform_() * static_cast<double>(i));
      std::swap(values[i - 1], values[std::min(other, i - 1)]);
    }
  }

 private:
  double few(double mean) {
    double term = std::exp(-mean);
    double left = uniform_() - term;
    double count = 0.0;
    while (left > 0.0 && term > 0.0) {
      count += 1.0;
      term *= mean / count;
      left -= term;
    }
    return count;
  }

  Uniform uniform_;
  std::optional<double> spare_;  ///< of a pair of normal variates
};

/// Placements have a stream of their own, so that cases which differ in mu see the same ones.
constexpr std::uint64_t kPlacementSeed = 20250227;
constexpr std::uint64_t kStepSeed = 20250228;

std::vector<double> zipf_shares(int experts, double strength) {
  std::vector<double> shares(index(experts));
  for (int i = 0; i < experts; ++i) shares[index(i)] = std::pow(i + 1.0, -strength);
  return shares;
}

/// Relative to the largest.
std::vector<double> dirichlet_shares(int experts, double strength, Random& random) {
  std::vector<double> shares(index(experts));
  for (double& share : shares) share = random.log_gamma(strength);
  const double largest = *std::max_element(shares.begin(), shares.end());
  for (double& share : shares) share = std::exp(share - largest);
  return shares;
}

/// The part of a Poisson load's variance that is left when k of E experts are chosen without
/// replacement.
double choice_spread(const SkewCase& group) {
  if (group.top_k >= group.experts) return 0.0;
  return static_cast<double>(group.experts - group.top_k) / (group.experts - 1);
}

/// mu, that of one token in the whole group at least.
double routed_per_rank(const SkewCase& group) {
  return std::max(group.routed, static_cast<double>(group.top_k) / group.ep_width);
}

/// Steps drawn so far. The ratio of sums, not the mean of ratios: steps with more tokens count
/// more, and one with none does no harm.
class Steps {
 public:
  explicit Steps(const SkewCase& group)
      : routed_(routed_per_rank(group) * group.ep_width),
        spread_(choice_spread(group)),
        ranks_(group.ep_width) {}

  /// Draws `steps` steps whose expected loads are to each other as `loads`.
  void draw(const std::vector<double>& loads, int steps) {
    const double unit = routed_ / std::accumulate(loads.begin(), loads.end(), 0.0);
    for (int step = 0; step < steps; ++step) {
      double busiest = 0.0;
      for (const double load : loads) {
        const double drawn = sampled(load * unit);
        busiest = std::max(busiest, drawn);
        total_ += drawn;
      }
      busiest_ += busiest;
    }
  }

  [[nodiscard]] double factor() const { return total_ > 0.0 ? ranks_ * busiest_ / total_ : 1.0; }

 private:
  [[nodiscard]] double sampled(double mean) {
    return spread_ > 0.0 ? spread_ * random_.count(mean / spread_) : mean;
  }

  double routed_;
  double spread_;
  int ranks_;
  Random random_{kStepSeed};
  double busiest_ = 0.0;
  double total_ = 0.0;
};

/// So many draws of `size` numbers each as fit a budget of numbers.
int draws_within(int budget, int size, int least, int most) {
  return std::clamp(budget / size, least, most);
}

Layout layout_of(const SkewCase& group) {
  return {group.ep_width, group.slots, group.placement};
}

constexpr int kFewestDraws = 16;

/// Loads of the ranks in drawn placements, in each of which so many steps are drawn. They do not
/// depend on the batch.
struct DrawnLoads {
  std::vector<std::vector<double>> placements;
  int steps_each = 1;
};

DrawnLoads in_random_order(std::vector<double> shares, const SkewCase& group) {
  Random random(kPlacementSeed);
  constexpr int kExpertDraws = 65536;
  constexpr int kMost = 256;
  const int draws = draws_within(kExpertDraws, group.experts, kFewestDraws, kMost);
  DrawnLoads drawn;
  for (int draw = 0; draw < draws; ++draw) {
    random.shuffle(shares);
    drawn.placements.push_back(rank_loads(shares, layout_of(group)));
  }
  return drawn;
}

DrawnLoads of_one_placement(const std::vector<double>& shares, const SkewCase& group) {
  constexpr int kRankDraws = 16384;
  constexpr int kMost = 1024;
  return {.placements = {rank_loads(shares, layout_of(group))},
          .steps_each = draws_within(kRankDraws, group.ep_width, kFewestDraws, kMost)};
}

int dirichlet_placements(int experts) {
  constexpr int kExpertDraws = 4096;  // a variate and a placement cost more than a shuffle
  constexpr int kFewest = 4;
  constexpr int kMost = 64;
  return draws_within(kExpertDraws, experts, kFewest, kMost);
}

DrawnLoads of_dirichlet_shares(double strength, const SkewCase& group) {
  Random random(kPlacementSeed);
  DrawnLoads drawn{.placements = {}, .steps_each = 8};
  const int draws = dirichlet_placements(group.experts);
  for (int draw = 0; draw < draws; ++draw) {
    const std::vector<double> shares = dirichlet_shares(group.experts, strength, random);
    drawn.placements.push_back(rank_loads(shares, layout_of(group)));
  }
  return drawn;
}

DrawnLoads drawn_loads(const Skew& skew, const SkewCase& group) {
  switch (skew.kind) {
    case Skew::Kind::kUniform:
      break;
    case Skew::Kind::kDirichlet:
      return of_dirichlet_shares(skew.strength, group);
    case Skew::Kind::kZipf: {
      const std::vector<double> shares = zipf_shares(group.experts, skew.strength);
      return group.placement == Placement::kContiguous ? in_random_order(shares, group)
                                                       : of_one_placement(shares, group);
    }
  }
  return of_one_placement(std::vector<double>(index(group.experts), 1.0), group);
}

/// By drawing steps. A question asks for many batches of one placement, which costs most.
double drawn_factor(const Skew& skew, const SkewCase& group) {
  using Key = std::tuple<Skew::Kind, double, int, int, int, Placement>;
  constexpr std::size_t kMostKept = 64;  // of half a megabyte at most
  thread_local Memo<Key, std::shared_ptr<const DrawnLoads>, kMostKept> known;
  const Key key(
      skew.kind, skew.strength, group.experts, group.slots, group.ep_width, group.placement);
  const auto drawn =
      known.get(key, [&] { return std::make_shared<const DrawnLoads>(drawn_loads(skew, group)); });
  Steps steps(group);
  for (const std::vector<double>& loads : drawn->placements) steps.draw(loads, drawn->steps_each);
  return steps.factor();
}

/// Where every expert's load has that shape, independently, and ranks in use hold equally many.
double order_statistic_factor(double expert_shape, const SkewCase& group) {
  const int per_rank = experts_per_rank(group.experts, layout_of(group));
  // Not whole where the last rank in use holds fewer.
  const double ranks = std::max(1.0, static_cast<double>(group.experts) / per_rank);
  const double spread = choice_spread(group);
  if (ranks <= 1.0 || spread <= 0.0) return group.ep_width / ranks;
  const double idle = group.ep_width / ranks;
  const CountLaw law{routed_per_rank(group) * idle / spread,
                     std::min(kPoissonShape, expert_shape * per_rank)};
  return idle * expected_largest(law, ranks) / law.mean;
}

double unbounded_factor(const Skew& skew, const SkewCase& group) {
  const bool contiguous = group.placement == Placement::kContiguous;
  const bool even =
      skew.kind == Skew::Kind::kUniform || (skew.kind == Skew::Kind::kZipf && skew.strength == 0.0);
  if (even && (contiguous || group.slots == group.experts)) {
    SkewCase in_order = group;
    in_order.placement = Placement::kContiguous;
    return order_statistic_factor(kPoissonShape, in_order);
  }
  // Replicas have fractions of a load, which do not always add up to the same on every rank.
  if (even) return drawn_factor({Skew::Kind::kUniform, 0.0}, group);
  const bool dirichlet = skew.kind == Skew::Kind::kDirichlet;
  if (dirichlet && contiguous) return order_statistic_factor(skew.strength, group);
  return drawn_factor(skew, group);
}

}  // namespace

int balanced_placements(const Skew& skew, int experts) {
  return skew.kind == Skew::Kind::kDirichlet ? dirichlet_placements(experts) : 1;
}

double straggler_factor(const Skew& skew, const SkewCase& group) {
  if (group.ep_width == 1) return 1.0;
  const double per_rank = experts_per_rank(group.experts, layout_of(group));
  const double most = group.ep_width * std::min(1.0, per_rank / group.top_k);
  return std::clamp(unbounded_factor(skew, group), 1.0, std::max(1.0, most));
}

}  // namespace wideep
