// Which of two layouts is faster, as served and as predicted.
#include <algorithm>
#include <cmath>
#include <map>

#include "served.h"

namespace wideep::validation {
namespace {

/// Sweeps that do not overlap are compared up to this ratio of their nearest loads: an octave, the
/// step of most of them.
constexpr double kSameLoad = 2.0;

using Sweep = std::vector<Served>;  ///< ascending loads

/// TPOT at a load between two rows, as a power of it.
double at(const Sweep& sweep, double load, double Served::*tpot) {
  const auto above = std::find_if(
      sweep.begin(), sweep.end(), [load](const Served& row) { return row.load() >= load; });
  if (above == sweep.begin()) return sweep.front().*tpot;
  if (above == sweep.end()) return sweep.back().*tpot;
  const Served& below = *(above - 1);
  const double share = std::log(load / below.load()) / std::log(above->load() / below.load());
  return below.*tpot * std::pow((*above).*tpot / below.*tpot, share);
}

}  // namespace

std::vector<LayoutPair> layout_pairs() {
  std::map<std::string, std::map<std::string, Sweep>> questions;
  for (const Served& row : served().rows) {
    const std::string question = row.system + row.precision + row.model +
                                 std::to_string(row.prompt) + "+" + std::to_string(row.answer);
    questions[question][row.layout() + row.engine].push_back(row);
  }
  std::vector<LayoutPair> pairs;
  for (auto& [question, layouts] : questions) {
    for (auto& [name, sweep] : layouts) {
      std::sort(sweep.begin(), sweep.end(), [](const Served& a, const Served& b) {
        return a.load() < b.load();
      });
    }
    for (auto one = layouts.begin(); one != layouts.end(); ++one) {
      for (auto other = std::next(one); other != layouts.end(); ++other) {
        const Sweep& a = one->second;
        const Sweep& b = other->second;
        const double low = std::max(a.front().load(), b.front().load());
        const double high = std::min(a.back().load(), b.back().load());
        if (low > kSameLoad * high || a.front().layout() == b.front().layout()) continue;
        const double load = std::sqrt(low * high);
        const auto ratio = [&](double Served::*tpot) {
          return at(a, load, tpot) / at(b, load, tpot);
        };
        pairs.push_back({.one = a.front(),
                         .other = b.front(),
                         .load = load,
                         .measured = ratio(&Served::measured),
                         .predicted = ratio(&Served::predicted)});
      }
    }
  }
  return pairs;
}

}  // namespace wideep::validation
