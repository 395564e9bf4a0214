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

/// n over k for a real n and a whole k.
double choose(double n, int k) {
  double count = 1.0;
  for (int at = 0; at < k; ++at) count *= std::max(0.0, n - at) / (at + 1);
  return count;
}

double uniform_targets(const Gate& gate, double blocks) {
  const double missed = gate.experts ? miss(*gate.experts, *gate.experts / blocks, gate.top_k)
                                     : std::pow(1.0 - 1.0 / blocks, gate.top_k);
  return blocks * (1.0 - missed);
}

}  // namespace

double distinct_targets(const Gate& gate, double blocks) {
  if (blocks <= 1.0) return 1.0;
  if (gate.routing == Routing::kBalanced) return std::min<double>(blocks, gate.top_k);
  const int taken = gate.groups_per_token;
  if (!gate.experts || taken >= gate.groups) return uniform_targets(gate, blocks);
  const double group = static_cast<double>(*gate.experts) / gate.groups;
  const double reached = group * taken;  // experts that a token may choose from
  if (blocks >= gate.groups) {
    const double share = static_cast<double>(taken) / gate.groups;
    return blocks * share * (1.0 - miss(reached, *gate.experts / blocks, gate.top_k));
  }
  const double in_block = gate.groups / blocks;  // groups that lie in one block
  double hit = 0.0;
  for (int chosen = 1; chosen <= taken; ++chosen) {
    const double chance = choose(in_block, chosen) * choose(gate.groups - in_block, taken - chosen);
    hit += chance * (1.0 - miss(reached, group * chosen, gate.top_k));
  }
  return blocks * hit / choose(gate.groups, taken);
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
