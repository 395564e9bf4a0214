#include "model/straggler.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numbers>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <utility>

namespace wideep {
namespace {

constexpr double kNegligible = 1e-12;

std::size_t index(int count) {
  return static_cast<std::size_t>(count);
}

// Placement.

struct Layout {
  int ep_width = 1;
  int slots = 1;
  Placement placement = Placement::kContiguous;
};

/// Experts on a full rank.
int experts_per_rank(int experts, const Layout& layout) {
  const bool even = layout.placement == Placement::kContiguous && experts % layout.ep_width == 0;
  return (even ? experts : layout.slots) / layout.ep_width;
}

std::vector<double> contiguous_loads(const std::vector<double>& experts, const Layout& layout) {
  std::vector<double> ranks(index(layout.ep_width));
  const auto per_rank = index(experts_per_rank(static_cast<int>(experts.size()), layout));
  for (std::size_t i = 0; i < experts.size(); ++i) ranks[i / per_rank] += experts[i];
  return ranks;
}

struct Replica {
  double load;
  int expert;
};

/// One replica of each expert, and the redundant ones where they take most off. Those of one expert
/// follow each other.
std::vector<Replica> replicate(const std::vector<double>& experts, int slots) {
  std::vector<int> copies(experts.size(), 1);
  std::priority_queue<std::pair<double, int>> heaviest;  // of equal ones the first: -expert
  const int redundant = slots - static_cast<int>(experts.size());
  for (std::size_t i = 0; redundant > 0 && i < experts.size(); ++i) {
    heaviest.emplace(experts[i], -static_cast<int>(i));
  }
  for (int given = 0; given < redundant; ++given) {
    const std::size_t expert = index(-heaviest.top().second);
    heaviest.pop();
    heaviest.emplace(experts[expert] / ++copies[expert], -static_cast<int>(expert));
  }
  std::vector<Replica> replicas;
  replicas.reserve(index(slots));
  for (std::size_t i = 0; i < experts.size(); ++i) {
    replicas.insert(
        replicas.end(), index(copies[i]), {experts[i] / copies[i], static_cast<int>(i)});
  }
  return replicas;
}

/// Ranks with a free slot, the least loaded first.
class OpenRanks {
 public:
  explicit OpenRanks(const Layout& layout)
      : per_rank_(layout.slots / layout.ep_width), ranks_(index(layout.ep_width)) {
    for (std::size_t i = 0; i < ranks_.size(); ++i) open_.emplace(0.0, i);
  }

  /// Replicas of one expert must come in a row.
  void place(const Replica& replica) {
    std::vector<std::pair<double, std::size_t>> holders;
    while (ranks_[open_.top().second].last_expert == replica.expert) {
      holders.push_back(open_.top());
      open_.pop();
      if (open_.empty()) {  // every one of them holds that expert
        open_.push(holders.front());
        holders.erase(holders.begin());
        break;
      }
    }
    Rank& rank = ranks_[open_.top().second];
    const std::size_t chosen = open_.top().second;
    open_.pop();
    rank.load += replica.load;
    rank.last_expert = replica.expert;
    if (++rank.used < per_rank_) open_.emplace(rank.load, chosen);
    for (const auto& holder : holders) open_.push(holder);
  }

  [[nodiscard]] std::vector<double> loads() const {
    std::vector<double> loads;
    loads.reserve(ranks_.size());
    for (const Rank& rank : ranks_) loads.push_back(rank.load);
    return loads;
  }

 private:
  struct Rank {
    double load = 0.0;
    int used = 0;
    int last_expert = -1;
  };

  int per_rank_;
  std::vector<Rank> ranks_;
  std::priority_queue<std::pair<double, std::size_t>,
                      std::vector<std::pair<double, std::size_t>>,
                      std::greater<>>
      open_;
};

std::vector<double> balanced_loads(const std::vector<double>& experts, const Layout& layout) {
  std::vector<Replica> replicas = replicate(experts, layout.slots);
  std::stable_sort(replicas.begin(), replicas.end(), [](const Replica& a, const Replica& b) {
    return a.load > b.load;
  });
  OpenRanks ranks(layout);
  for (const Replica& replica : replicas) ranks.place(replica);
  return ranks.loads();
}

std::vector<double> rank_loads(const std::vector<double>& experts, const Layout& layout) {
  return layout.placement == Placement::kContiguous ? contiguous_loads(experts, layout)
                                                    : balanced_loads(experts, layout);
}

double max_over_mean(const std::vector<double>& loads) {
  const double total = std::accumulate(loads.begin(), loads.end(), 0.0);
  if (total <= 0.0) return 1.0;
  const double largest = *std::max_element(loads.begin(), loads.end());
  return std::max(1.0, largest / total * static_cast<double>(loads.size()));
}

/// Shares of the largest, so that no sum overflows.
std::vector<double> scaled(std::vector<double> counts) {
  const auto largest = std::max_element(counts.begin(), counts.end());
  if (largest == counts.end() || *largest <= 0.0) return counts;
  for (const double unit = *largest; double& count : counts) count /= unit;
  return counts;
}

/// Of sorted values; linear between neighbours.
double percentile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - std::floor(at));
}

// The largest of N loads.

/// A negative binomial law: a Poisson count whose mean is a gamma variate of this shape.
struct CountLaw {
  double mean;
  double shape;
};

/// Beyond this shape a negative binomial is a Poisson law, in every digit.
constexpr double kPoissonShape = 1e200;

/// ln x! minus Stirling's formula for it.
double stirling_error(double x) {
  constexpr double kSeriesHolds = 10.0;
  double shifted = 0.0;
  while (x < kSeriesHolds) {
    shifted += (x + 0.5) * std::log1p(1.0 / x) - 1.0;
    x += 1.0;
  }
  const double per_x = 1.0 / x;
  // NOLINTNEXTLINE(readability-magic-numbers): Bernoulli numbers
  return shifted + per_x * (1.0 / 12 - per_x * per_x * (1.0 / 360 - per_x * per_x / 1260));
}

/// d - ln(1 + d), without cancellation near 0.
double log_excess(double d) {
  constexpr double kSmall = 0.01;
  if (std::abs(d) > kSmall) return d - std::log1p(d);
  // NOLINTNEXTLINE(readability-magic-numbers): the series of the logarithm
  return d * d * (1.0 / 2 - d * (1.0 / 3 - d * (1.0 / 4 - d * (1.0 / 5 - d / 6))));
}

/// ln P(count = x). Differences of ln Gamma lose every digit at 1e9 tokens, hence the saddle point.
/// Source: C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000).
double log_mass(const CountLaw& law, double x) {
  const auto& [mean, shape] = law;
  if (x == 0.0) return -shape * std::log1p(mean / shape);
  const double both = x + shape;
  const double deviance = shape * log_excess((x - mean) / (shape + mean)) +
                          x * log_excess(shape / (shape + mean) * (mean - x) / x);
  const double stirling = stirling_error(both) - stirling_error(shape) - stirling_error(x);
  return stirling - deviance + 0.5 * std::log(shape / both / (2.0 * std::numbers::pi * x));
}

/// ln P(x + 1) / P(x).
double log_slope(const CountLaw& law, double x) {
  const auto& [mean, shape] = law;
  return std::log1p((shape * (mean - x - 1.0) - mean) / ((x + 1.0) * (mean + shape)));
}

/// A step down from x across which ln P is nearly a line and the tail changes little.
double stride(const CountLaw& law, double x) {
  constexpr double kPerBend = 16.0;  // gamma - 1 is then within 0.1 %
  constexpr double kPerDecay = 8.0;
  const double bend = std::sqrt((x + law.shape) / std::abs(law.shape - 1.0) * (x + 0.5));
  const double decay = 1.0 / std::abs(log_slope(law, x));
  return std::clamp(std::floor(std::min(bend / kPerBend, decay / kPerDecay)), 1.0, x);
}

/// Sum over the `steps` places above the one that holds `low`, up to the one that holds `high`, of
/// what runs between them as an exponential.
double exponential_sum(double low, double high, double steps) {
  constexpr double kFlat = 1e-4;
  const double rise = std::log(high / low);
  if (std::abs(rise) < kFlat) return 0.5 * (steps * (low + high) + (high - low));
  return (low - high) / std::expm1(-rise / steps);
}

/// A count that the largest of `ranks` draws exceeds with negligible chance.
double top_count(const CountLaw& law, double ranks) {
  const double spread = std::sqrt(law.mean + law.mean * law.mean / law.shape);
  const auto tail = [&](double x) {
    return std::exp(log_mass(law, x)) * std::max(1.0, 1.0 / std::abs(log_slope(law, x)));
  };
  constexpr double kGrowth = 1.25;
  double above = 1.0 + spread;
  while (ranks * tail(std::ceil(law.mean + above)) > kNegligible) above = above * kGrowth + 1.0;
  return std::ceil(law.mean + above);
}

/// Whether counts at or below x hardly occur.
bool is_below_all(const CountLaw& law, double x, double mass) {
  constexpr double kHardly = 1e-7;
  const double slope = log_slope(law, x);
  return slope > 0.0 && mass * std::max(1.0, 1.0 / slope) < kHardly;
}

/// E[largest of `ranks` independent counts], sum_m (1 - F(m)^ranks), from the top down: so tails
/// keep their digits, and the walk ends where the largest never is. `ranks` need not be whole.
double expected_largest(const CountLaw& law, double ranks) {
  double x = top_count(law, ranks);
  double mass = std::exp(log_mass(law, x));
  double tail = mass;  // P(count > x), or what is as negligible
  double reached = ranks * tail;
  double sum = 0.0;
  while (x > 0.0 && reached < 1.0 - kNegligible && !is_below_all(law, x, mass)) {
    const double steps = stride(law, x);
    const double mass_below = std::exp(log_mass(law, x - steps));
    tail = std::min(1.0, tail + exponential_sum(mass_below, mass, steps));
    const double reached_below = -std::expm1(ranks * std::log1p(-tail));
    sum += exponential_sum(reached_below, reached, steps) + reached_below - reached;
    x -= steps;
    mass = mass_below;
    reached = reached_below;
  }
  return sum + x;
}

// Drawing.

/// Variates that are the same on every platform, which the standard's distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}

  double uniform() {  // never 0 or 1
    constexpr int kDropped = 11;
    constexpr double kUnit = 0x1p-53;
    return (static_cast<double>(bits_() >> kDropped) + 0.5) * kUnit;
  }

  double normal() {
    if (spare_) return *std::exchange(spare_, std::nullopt);
    const double radius = std::sqrt(-2.0 * std::log(uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    return radius * std::cos(angle);
  }

  /// ln of a gamma variate: itself it would underflow at small shapes.
  /// Source: Marsaglia & Tsang, ACM TOMS 26 (2000) 363-372.
  double log_gamma(double shape) {
    if (shape < 1.0) return log_gamma(shape + 1.0) + std::log(uniform()) / shape;
    const double d = shape - 1.0 / 3.0;
    for (;;) {
      const double z = normal();
      const double root = 1.0 + z / std::sqrt(9.0 * d);  // NOLINT(readability-magic-numbers)
      if (root <= 0.0) continue;
      const double log_cube = 3.0 * std::log(root);  // NOLINT(readability-magic-numbers)
      if (std::log(uniform()) < 0.5 * z * z + d * (1.0 - root * root * root + log_cube)) {
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
      const auto other = static_cast<std::size_t>(uniform() * static_cast<double>(i));
      std::swap(values[i - 1], values[std::min(other, i - 1)]);
    }
  }

 private:
  double few(double mean) {
    double term = std::exp(-mean);
    double left = uniform() - term;
    double count = 0.0;
    while (left > 0.0 && term > 0.0) {
      count += 1.0;
      term *= mean / count;
      left -= term;
    }
    return count;
  }

  std::mt19937_64 bits_;
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

double random_order_factor(std::vector<double> shares, const SkewCase& group) {
  Random random(kPlacementSeed);
  Steps steps(group);
  constexpr int kExpertDraws = 65536;
  constexpr int kMost = 256;
  const int draws = draws_within(kExpertDraws, group.experts, kFewestDraws, kMost);
  for (int draw = 0; draw < draws; ++draw) {
    random.shuffle(shares);
    steps.draw(contiguous_loads(shares, layout_of(group)), 1);
  }
  return steps.factor();
}

double fixed_loads_factor(const std::vector<double>& loads, const SkewCase& group) {
  constexpr int kRankDraws = 16384;
  constexpr int kMost = 1024;
  Steps steps(group);
  steps.draw(loads, draws_within(kRankDraws, group.ep_width, kFewestDraws, kMost));
  return steps.factor();
}

double balanced_dirichlet_factor(double strength, const SkewCase& group) {
  Random random(kPlacementSeed);
  Steps steps(group);
  constexpr int kExpertDraws = 4096;  // a variate and a placement cost more than a shuffle
  constexpr int kFewest = 4;
  constexpr int kMost = 64;
  constexpr int kStepsEach = 8;
  const int draws = draws_within(kExpertDraws, group.experts, kFewest, kMost);
  for (int draw = 0; draw < draws; ++draw) {
    const std::vector<double> shares = dirichlet_shares(group.experts, strength, random);
    steps.draw(balanced_loads(shares, layout_of(group)), kStepsEach);
  }
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

double uniform_factor(const SkewCase& group) {
  if (group.placement == Placement::kContiguous || group.slots == group.experts) {
    SkewCase contiguous = group;
    contiguous.placement = Placement::kContiguous;
    return order_statistic_factor(kPoissonShape, contiguous);
  }
  // Replicas have fractions of a load, which do not always add up to the same on every rank.
  const std::vector<double> loads =
      balanced_loads(std::vector<double>(index(group.experts), 1.0), layout_of(group));
  return fixed_loads_factor(loads, group);
}

double zipf_factor(double strength, const SkewCase& group) {
  const std::vector<double> shares = zipf_shares(group.experts, strength);
  return group.placement == Placement::kContiguous
             ? random_order_factor(shares, group)
             : fixed_loads_factor(balanced_loads(shares, layout_of(group)), group);
}

double unbounded_factor(const Skew& skew, const SkewCase& group) {
  switch (skew.kind) {
    case Skew::Kind::kUniform:
      return uniform_factor(group);
    case Skew::Kind::kDirichlet:
      return group.placement == Placement::kContiguous
                 ? order_statistic_factor(skew.strength, group)
                 : balanced_dirichlet_factor(skew.strength, group);
    case Skew::Kind::kZipf:
      return skew.strength > 0.0 ? zipf_factor(skew.strength, group) : uniform_factor(group);
  }
  return 1.0;
}

}  // namespace

Imbalance imbalance(const ExpertCounts& counts, int ep_width, int slots, Placement placement) {
  constexpr double kMostLayers = 0.95;
  if (counts.layers.empty()) return {};
  const Layout layout{ep_width, slots, placement};
  std::vector<double> ratios;
  ratios.reserve(counts.layers.size());
  for (const std::vector<double>& layer : counts.layers) {
    ratios.push_back(max_over_mean(rank_loads(scaled(layer), layout)));
  }
  std::sort(ratios.begin(), ratios.end());
  const double sum = std::accumulate(ratios.begin(), ratios.end(), 0.0);
  return {sum / static_cast<double>(ratios.size()), percentile(ratios, kMostLayers)};
}

double straggler_factor(const Skew& skew, const SkewCase& group) {
  if (group.ep_width == 1) return 1.0;
  const double per_rank = experts_per_rank(group.experts, layout_of(group));
  const double most = group.ep_width * std::min(1.0, per_rank / group.top_k);
  return std::clamp(unbounded_factor(skew, group), 1.0, std::max(1.0, most));
}

}  // namespace wideep
