#include "model/crossing.h"

#include <algorithm>
#include <cmath>

namespace wideep {

int Scan::last_point() {
  static const int last =
      static_cast<int>(std::ceil(std::log2(kMostTokens / kFewestTokens) * kPointsPerOctave));
  return last;
}

double Scan::at_point(int point) {
  static const std::vector<double> points = [] {
    std::vector<double> all;
    for (int at = 0; at <= last_point(); ++at) {
      all.push_back(kFewestTokens * std::exp2(static_cast<double>(at) / kPointsPerOctave));
    }
    return all;
  }();
  return points[static_cast<std::size_t>(point)];
}

namespace {

/// Where a balance changes, more or less: below `low` as at the lower end, from `high` on as at the
/// upper one.
struct Bracket {
  double low;
  double high;
};

/// Narrows an interval at whose ends the balance differs down to some last digits, by regula falsi
/// of the Illinois kind. As halving does, it takes the balance to change there once.
Bracket narrowed(const Balance& balance, double low, double high, double at_high) {
  const bool holds = at_high >= 0.0;
  Bracket bracket{low, high};
  double weight_low = balance(low);
  double weight_high = at_high;
  double last = high;
  const auto put = [&](double tokens, double value) {
    const bool is_high = (value >= 0.0) == holds;
    (is_high ? bracket.high : bracket.low) = tokens;
    return is_high;
  };
  constexpr int kMostSteps = 12;  // it mostly takes 5
  constexpr double kNear = 1e-13;
  int side = 0;
  for (int step = 0; step < kMostSteps; ++step) {
    const double share = weight_low / (weight_low - weight_high);
    const double tokens = bracket.low + share * (bracket.high - bracket.low);
    if (!(tokens > bracket.low && tokens < bracket.high)) break;
    const double value = balance(tokens);
    if (put(tokens, value)) {
      weight_high = value;
      if (side > 0) weight_low *= 0.5;
      side = 1;
    } else {
      weight_low = value;
      if (side < 0) weight_high *= 0.5;
      side = -1;
    }
    const bool near = std::abs(tokens - last) <= kNear * tokens;
    last = tokens;
    if (near || value == 0.0) break;
  }
  // It comes from one side: the other one is brought near, in growing steps.
  constexpr double kLeast = 4e-12;
  constexpr double kGrowth = 16.0;
  // What the balance is so near to the change that it may be rounding is left to halving.
  Bracket around{low, high};
  double apart = kLeast * last;
  while (apart < high - low) {
    const double below = last - apart;
    const double above = last + apart;
    const auto is_high = [&](double tokens) { return (balance(tokens) >= 0.0) == holds; };
    if (around.low == low && below > low && !is_high(below)) around.low = below;
    if (around.high == high && above < high && is_high(above)) around.high = above;
    if ((around.low != low || below <= low) && (around.high != high || above >= high)) break;
    apart *= kGrowth;
  }
  return around;
}

}  // namespace

double change_between(const Balance& balance, double low, double high) {
  const double value = balance(high);
  const bool at_high = value >= 0.0;
  const Bracket known = narrowed(balance, low, high, value);
  constexpr int kHalvings = 60;  // of an interval of 4 %, to the last bit
  for (int step = 0; step < kHalvings; ++step) {
    const double middle = 0.5 * (low + high);
    if (middle == low || middle == high) break;
    const bool is_high =
        middle >= known.high || (middle > known.low && (balance(middle) >= 0.0) == at_high);
    (is_high ? high : low) = middle;
  }
  return high;
}

const char* why_absent(const Balance& balance, const char* never) {
  constexpr double kFarBeyond = 1e6 * kMostTokens;
  return balance(kFarBeyond) >= 0.0 ? kBeyondAnyBatch : never;
}

Balance balance_of(LookAt look) {
  return [look = std::move(look)](double tokens) { return look(tokens).balance; };
}

Scan::Scan(Balance balance)
    : Scan([balance =
                std::move(balance)](double tokens) { return Look{.balance = balance(tokens)}; },
           false) {}

const Look& Scan::look(int point) {
  std::optional<Look>& seen = seen_[static_cast<std::size_t>(point)];
  if (!seen) seen = look_(at_point(point));
  return *seen;
}

bool Scan::is_settled(int low, int high) {
  constexpr double kRounding = 1e-9;  // many times that of any sum
  const Look& a = look(low);
  const Look& b = look(high);
  const double growth = std::exp2(static_cast<double>(high - low) / kPointsPerOctave);
  // In between a time is at least that of `low`, and what that of `high` is in proportion; at most
  // that of `high`, and what that of `low` is in proportion.
  const auto stays_below =
      [&](double low_of_one, double high_of_one, double low_of_other, double high_of_other) {
        constexpr double kLess = 1.0 - kRounding;
        return high_of_one < kLess * low_of_other || low_of_one * growth < kLess * high_of_other;
      };
  return a.balance >= 0.0 ? stays_below(a.cost, b.cost, a.gain, b.gain)
                          : stays_below(a.gain, b.gain, a.cost, b.cost);
}

int Scan::first_change(int point, int step) {
  const bool held = holds(point);
  const int end = step > 0 ? last_point() : 0;
  int reach = 1;
  while (point != end) {
    const int left = step > 0 ? end - point : point - end;
    reach = std::min(reach, left);
    const int next = point + step * reach;
    const bool settled = reach > 1 && holds(next) == held &&
                         is_settled(std::min(point, next), std::max(point, next));
    if (reach == 1 && holds(next) != held) return next;
    if (reach > 1 && !settled) {
      reach = std::max(1, reach / 2);
      continue;
    }
    point = next;
    if (rising_) reach *= 2;
  }
  return end + step;
}

double Scan::change(int below, int above) const {
  return change_between(
      [&](double tokens) { return look_(tokens).balance; }, at_point(below), at_point(above));
}

std::optional<double> Scan::first_from() {
  const int point = holds(0) ? 0 : first_change(0, 1);
  if (point > last_point()) return std::nullopt;
  return point == 0 ? 0.0 : change(point - 1, point);
}

std::optional<Stretch> Scan::first_stretch() {
  const int last = last_point();
  const int point = holds(0) ? 0 : first_change(0, 1);
  if (point > last) return std::nullopt;
  Stretch stretch;
  if (point > 0) stretch.from = change(point - 1, point);
  const int ends = first_change(point, 1);
  if (ends <= last) stretch.until = change(ends - 1, ends);
  return stretch;
}

int Scan::last_without(int point) {
  return holds(point) ? first_change(point, -1) : point;
}

std::optional<double> Scan::holds_from() {
  const int without = last_without(last_point());
  if (without == last_point()) return std::nullopt;
  return without < 0 ? 0.0 : change(without, without + 1);
}

std::optional<Stretch> first_stretch(const Balance& balance) {
  return Scan(balance).first_stretch();
}

std::optional<double> holds_from(const Balance& balance) {
  return Scan(balance).holds_from();
}

}  // namespace wideep
