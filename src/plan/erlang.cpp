#include "plan/erlang.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace wideep {
namespace {

double normal_density(double z) {
  return std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
}

double halfin_whitt(double servers, double utilization) {
  const double spare = (1.0 - utilization) * std::sqrt(servers);
  const double density = normal_density(spare);
  return density / (density + spare * normal_share(spare));
}

}  // namespace

double normal_share(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

double erlang_b(double servers, double load) {
  const double start = servers - std::floor(servers);
  const double square = (1.0 + load) * (1.0 + load) + load;
  double busy = 1.0 - (load + 2.0) / square * start + start * start / ((1.0 + load) * square);
  const int whole = static_cast<int>(servers);
  for (int i = 1; i <= whole; ++i) busy = load * busy / (start + i + load * busy);
  return busy;
}

double erlang_c(double servers, double load) {
  constexpr double kMany = 256.0;
  const double utilization = load / servers;
  if (servers > kMany) return halfin_whitt(servers, utilization);
  const double busy = erlang_b(servers, load);
  return busy / (1.0 - utilization * (1.0 - busy));
}

double constant_service_factor(double servers, double utilization) {
  const double s = std::max(1.0, servers);
  // NOLINTNEXTLINE(readability-magic-numbers): the formula's own
  const double root = std::sqrt(4.0 + 5.0 * s) - 2.0;
  const double correction = (1.0 - utilization) * (s - 1.0) * root / (16.0 * utilization * s);
  return std::min(1.0, 0.5 * (1.0 + correction));
}

}  // namespace wideep
