#include "model/routing.h"

#include <algorithm>
#include <cmath>

namespace wideep {
namespace {

/// C(all - without, k) / C(all, k): the chance that k draws from `all` miss `without` of them.
double miss(double all, double without, int k) {
  double chance = 1.0;
  for (int draw = 0; draw < k; ++draw) {
    chance *= std::max(0.0, all - without - draw) / std::max(1.0, all - draw);
  }
  return chance;
}

double uniform_targets(const Gate& gate, double blocks) {
  const double missed = gate.experts ? miss(*gate.experts, *gate.experts / blocks, gate.top_k)
                                     : std::pow(1.0 - 1.0 / blocks, gate.top_k);
  return blocks * (1.0 - missed);
}

/// n over k; 0 where k is out of range.
double choose(int n, int k) {
  if (k < 0 || k > n) return 0.0;
  double count = 1.0;
  for (int at = 0; at < k; ++at) count *= static_cast<double>(n - at) / (at + 1);
  return count;
}

/// The chance that a token whose groups are drawn at random reaches the experts from `first` to
/// before `last` in the order of placement: they are some whole groups, and a part of one before
/// and after.
double reach_chance(const Gate& gate, double first, double last) {
  constexpr double kRounding = 1e-9;
  const double size = static_cast<double>(*gate.experts) / gate.groups;
  const double up = std::ceil(first / size - kRounding) * size;    // where whole groups begin
  const double down = std::floor(last / size + kRounding) * size;  // and end
  const bool inside_one = up > down;
  const int whole = inside_one ? 0 : static_cast<int>(std::lround((down - up) / size));
  const double before = inside_one ? last - first : up - first;
  const double after = inside_one ? 0.0 : last - down;
  const int has_before = before > kRounding ? 1 : 0;
  const int has_after = after > kRounding ? 1 : 0;
  const int others = gate.groups - whole - has_before - has_after;
  double missed = 0.0;
  for (int front = 0; front <= has_before; ++front) {
    for (int back = 0; back <= has_after; ++back) {
      for (int drawn = 0; drawn <= std::min(whole, gate.groups_per_token); ++drawn) {
        const double ways =
            choose(whole, drawn) * choose(others, gate.groups_per_token - drawn - front - back);
        const double reached = drawn * size + front * before + back * after;
        missed += ways * miss(size * gate.groups_per_token, reached, gate.top_k);
      }
    }
  }
  return 1.0 - missed / choose(gate.groups, gate.groups_per_token);
}

double grouped_targets(const Gate& gate, double blocks) {
  const double experts = *gate.experts;
  const double block = experts / blocks;
  double sum = 0.0;
  for (int at = 0; at < static_cast<int>(std::ceil(blocks)); ++at) {
    sum += reach_chance(gate, at * block, std::min(experts, (at + 1) * block));
  }
  return sum;
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
