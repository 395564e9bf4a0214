#include "model/routing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <tuple>

#include "model/memo.h"

namespace wideep {
namespace {

/// ln of x!; std::lgamma writes its sign where all threads do.
double log_factorial(double x) {
  int sign = 0;
  return ::lgamma_r(x + 1.0, &sign);
}

/// ln of n over k, also for a fractional n above k - 1; no chance at all where k is out of range.
double log_choose(double n, double k) {
  if (k < 0.0 || n <= k - 1.0) return -std::numeric_limits<double>::infinity();
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

/// C(all - without, k) / C(all, k): the chance that k draws from `all` miss `without` of them.
double miss(double all, double without, double k) {
  constexpr double kFew = 32.0;  // draws for which factors are faster and keep more digits
  if (k > kFew && without < k && without == std::floor(without)) return miss(all, k, without);
  if (k > kFew && all > k - 1.0) {
    return std::exp(log_choose(all - without, k) - log_choose(all, k));
  }
  double chance = 1.0;
  for (double draw = 0.0; draw < k && chance > 0.0; ++draw) {
    chance *= std::max(0.0, all - without - draw) / std::max(1.0, all - draw);
  }
  return chance;
}

double uniform_targets(const Gate& gate, double blocks) {
  const double missed = gate.experts ? miss(*gate.experts, *gate.experts / blocks, gate.top_k)
                                     : std::pow(1.0 - 1.0 / blocks, gate.top_k);
  return blocks * (1.0 - missed);
}

/// Groups from which some are drawn at random, asked about one after the other.
struct Draws {
  int groups;
  int drawn;  ///< of them, up to all

  /// The chance that the next group is drawn, or is not; what is left is of the others.
  double next(bool is_drawn) {
    const double chance = static_cast<double>(is_drawn ? drawn : groups - drawn) / groups;
    --groups;
    if (is_drawn) --drawn;
    return chance;
  }

  /// The chance that `of_them` of `some` groups are drawn. Ways themselves overflow from some 1,000
  /// groups on.
  [[nodiscard]] double among(int some, int of_them) const {
    if (some == 0) return of_them == 0 ? 1.0 : 0.0;
    return std::exp(log_choose(some, of_them) + log_choose(groups - some, drawn - of_them) -
                    log_choose(groups, drawn));
  }
};

/// A stretch of experts in the order of placement: some whole groups, and a part of one before and
/// after.
struct Reach {
  double before = 0.0;
  int whole = 0;
  double after = 0.0;

  friend bool operator==(const Reach&, const Reach&) = default;
};

Reach reach_of(double size, double first, double last) {
  constexpr double kRounding = 1e-9;
  const double up = std::ceil(first / size - kRounding) * size;    // where whole groups begin
  const double down = std::floor(last / size + kRounding) * size;  // and end
  const auto part = [&](double experts) { return experts > kRounding ? experts : 0.0; };
  if (up > down) return {part(last - first), 0, 0.0};
  return {part(up - first), static_cast<int>(std::lround((down - up) / size)), part(last - down)};
}

/// The chance that a token whose groups are drawn at random reaches some of those experts.
double reach_chance(const Gate& gate, const Reach& reach) {
  const double size = static_cast<double>(*gate.experts) / gate.groups;
  const auto [before, whole, after] = reach;
  double missed = 0.0;
  for (int front = 0; front <= (before > 0.0 ? 1 : 0); ++front) {
    for (int back = 0; back <= (after > 0.0 ? 1 : 0); ++back) {
      Draws draws{gate.groups, gate.groups_per_token};
      double ends = 1.0;
      if (before > 0.0) ends *= draws.next(front == 1);
      if (after > 0.0) ends *= draws.next(back == 1);
      if (ends <= 0.0) continue;
      for (int drawn = 0; drawn <= std::min(whole, draws.drawn); ++drawn) {
        const double chance = ends * draws.among(whole, drawn);
        if (chance == 0.0) continue;
        const double reached = drawn * size + front * before + back * after;
        missed += chance * miss(size * gate.groups_per_token, reached, gate.top_k);
      }
    }
  }
  return 1.0 - std::min(1.0, missed);
}

/// Blocks lie in groups in few ways, of which the chances of so many are remembered.
class ReachChances {
 public:
  explicit ReachChances(const Gate& gate) : gate_(gate) {}

  double of(const Reach& reach) {
    auto* const end = known_.begin() + count_;
    auto* const found =
        std::find_if(known_.begin(), end, [&](const Known& known) { return known.reach == reach; });
    if (found != end) return found->chance;
    const double chance = reach_chance(gate_, reach);
    if (end != known_.end()) known_[count_++] = {reach, chance};
    return chance;
  }

 private:
  struct Known {
    Reach reach;
    double chance = 0.0;
  };
  const Gate& gate_;
  std::array<Known, 8> known_{};
  std::size_t count_ = 0;
};

double count_grouped_targets(const Gate& gate, double blocks) {
  const double experts = *gate.experts;
  const double block = experts / blocks;
  const double size = experts / gate.groups;
  ReachChances chances(gate);
  double sum = 0.0;
  for (int at = 0; at < static_cast<int>(std::ceil(blocks)); ++at) {
    sum += chances.of(reach_of(size, at * block, std::min(experts, (at + 1) * block)));
  }
  return sum;
}

double grouped_targets(const Gate& gate, double blocks) {
  using Key = std::tuple<int, int, int, int, double>;
  thread_local Memo<Key, double> known;
  const Key key(*gate.experts, gate.top_k, gate.groups, gate.groups_per_token, blocks);
  return known.get(key, [&] { return count_grouped_targets(gate, blocks); });
}

}  // namespace

double distinct_targets(const Gate& gate, double blocks) {
  if (blocks <= 1.0) return 1.0;
  if (gate.routing == Routing::kBalanced) return std::min<double>(blocks, gate.top_k);
  if (!gate.experts || gate.groups_per_token >= gate.groups) return uniform_targets(gate, blocks);
  return grouped_targets(gate, blocks);
}

CopyCount copy_count(Copies rule, const Gate& gate, const DomainLayout& layout) {
  if (layout.ep_width == 1) return {};
  const double ranks = layout.ep_width;
  const double domains = std::max(1.0, ranks / layout.gpus_per_domain);
  const auto shared_out = [&](double copies) {
    const double outside = layout.off_domain_share * copies;
    return CopyCount{.inside = copies - outside, .outside = outside, .total = copies};
  };
  switch (rule) {
    case Copies::kPerExpert:
      return shared_out(gate.top_k);
    case Copies::kPerRank:
      return shared_out(distinct_targets(gate, ranks));
    case Copies::kPerDomain: {
      const double reached = distinct_targets(gate, domains);
      return {.inside = distinct_targets(gate, ranks),
              .outside = reached * (1.0 - 1.0 / domains),
              .total = reached};
    }
    case Copies::kAllGather:
      break;
  }
  return {.inside = ranks - 1.0, .outside = domains - 1.0, .total = ranks - 1.0};
}

}  // namespace wideep
