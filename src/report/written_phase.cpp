#include "report/written_phase.h"

#include <algorithm>
#include <vector>

namespace wideep {
namespace {

/// Whether a bandwidth of the base is known and as fast wherever the law was measured: a slower one
/// would contradict the measurements.
bool may_stand_in(const LinkPhase& base,
                  const Bandwidth& tier,
                  const Bandwidth& least,
                  const KernelLaw& law) {
  if (tier.per_sm.has_value() != least.per_sm.has_value()) return false;
  const std::vector<int> sms = law.sms.empty() ? std::vector<int>{0} : law.sms;
  return std::all_of(law.ep_widths.begin(), law.ep_widths.end(), [&](int width) {
    return tier.covers(width) && std::all_of(sms.begin(), sms.end(), [&](int count) {
             return base.efficiency * tier.at(width, count) >= least.at(width, count);
           });
  });
}

/// At an efficiency of 1.
Bandwidth achieved(Bandwidth bandwidth, double efficiency) {
  for (auto* table : {&bandwidth.cap, &bandwidth.per_sm}) {
    if (!*table) continue;
    for (auto& point : (*table)->points) point.value = efficiency * point.value;
  }
  return bandwidth;
}

}  // namespace

WrittenPhase written_phase(const KernelLaw& law, const LinkPhase* base) {
  WrittenPhase written{.phase = law.phase};
  const bool tiers = base != nullptr && base->scale_out && law.phase.scale_out;
  if (!tiers) return written;
  const auto stands_in = [&](const std::vector<int>& unbound, const Bandwidth& tier, auto& least) {
    return unbound == law.ep_widths && may_stand_in(*base, tier, least, law);
  };
  if (stands_in(law.scale_up_unbound, base->bandwidth, law.phase.bandwidth)) {
    written.up_is_base = true;
    written.phase.bandwidth = achieved(base->bandwidth, base->efficiency);
  }
  if (stands_in(law.scale_out_unbound, *base->scale_out, *law.phase.scale_out)) {
    written.out_is_base = true;
    written.phase.scale_out = achieved(*base->scale_out, base->efficiency);
  }
  return written;
}

}  // namespace wideep
