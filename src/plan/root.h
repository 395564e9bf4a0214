#pragma once

namespace wideep {

/// Where a falling function that is positive at low and not at high crosses 0, to a share of it;
/// from above. By false position that halves the weight of an end that stays (Illinois algorithm:
/// Dowell & Jarratt, BIT 11 (1971) 168-174), and by halves where that is slow.
template <class Function>
double falling_root(const Function& function, double low, double high, double exact) {
  double at_low = function(low);
  double at_high = function(high);
  for (bool halves = false; high - low > exact * high; halves = !halves) {
    const double cut = low + (high - low) * at_low / (at_low - at_high);
    const bool inside = !halves && cut > low && cut < high;
    const double next = inside ? cut : 0.5 * (low + high);
    const double there = function(next);
    if (there > 0.0) {
      low = next;
      at_low = there;
      at_high *= inside ? 0.5 : 1.0;
    } else {
      high = next;
      at_high = there;
      at_low *= inside ? 0.5 : 1.0;
    }
  }
  return high;
}

}  // namespace wideep
