#include "model/crossing.h"

#include <cmath>

namespace wideep {
namespace {

int last_point() {
  return static_cast<int>(std::ceil(std::log2(kMostTokens / kFewestTokens) * kPointsPerOctave));
}

double at_point(int point) {
  return kFewestTokens * std::exp2(static_cast<double>(point) / kPointsPerOctave);
}

}  // namespace

double change_between(const Balance& balance, double low, double high) {
  const bool at_high = balance(high) >= 0.0;
  constexpr int kHalvings = 60;  // of an interval of 4 %, to the last bit
  for (int step = 0; step < kHalvings; ++step) {
    const double middle = 0.5 * (low + high);
    if ((balance(middle) >= 0.0) == at_high) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return high;
}

const char* why_absent(const Balance& balance, const char* never) {
  constexpr double kFarBeyond = 1e6 * kMostTokens;
  return balance(kFarBeyond) >= 0.0 ? kBeyondAnyBatch : never;
}

std::optional<Stretch> first_stretch(const Balance& balance) {
  const int last = last_point();
  int point = 0;
  while (point <= last && balance(at_point(point)) < 0.0) ++point;
  if (point > last) return std::nullopt;
  Stretch stretch;
  if (point > 0) stretch.from = change_between(balance, at_point(point - 1), at_point(point));
  while (point <= last && balance(at_point(point)) >= 0.0) ++point;
  if (point <= last) stretch.until = change_between(balance, at_point(point - 1), at_point(point));
  return stretch;
}

std::optional<double> holds_from(const Balance& balance) {
  int point = last_point();
  if (balance(at_point(point)) < 0.0) return std::nullopt;
  while (point > 0 && balance(at_point(point - 1)) >= 0.0) --point;
  return point == 0 ? 0.0 : change_between(balance, at_point(point - 1), at_point(point));
}

}  // namespace wideep
