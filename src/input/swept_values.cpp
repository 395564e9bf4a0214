// What a swept problem asks of the values of its axes before the first point is computed.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "input/swept_problem.h"

namespace wideep {
namespace {

/// As many points, or values of an axis, are tried before the first is computed; of more the ends
/// and as many between them.
constexpr std::uint64_t kMostTried = 10'000;

/// Refused points that a message shows.
constexpr std::uint64_t kMostShown = 3;

}  // namespace

/// Of keys that refuse a value with a fraction and take it rounded.
void SweptProblem::find_whole_axes(const std::deque<Source>& asked) {
  constexpr std::uint64_t kLooks = 1'000;
  for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
    Axis& of = axes_[axis];
    const bool by_rule = of.rule != Axis::Rule::kListed;
    if ((!by_rule && !of.relative) || !of.unit.empty() || slots_[axis].empty()) continue;
    if (!slots_[axis].front().unit.empty()) continue;
    AxisPlaces places(axes_.size(), 0);
    const auto accepted = [&] {
      places_.clear();
      return at(places) != nullptr;
    };
    for (std::uint64_t look = 0; look < std::min(of.count, kLooks); ++look) {
      places[axis] = look;
      write(axis, look);
      if (slots_[axis].front().node->text.find('.') == std::string::npos || accepted()) continue;
      of.whole = true;
      of.whole = accepted();
      break;
    }
    if (!of.whole || of.relative) continue;
    Findings findings;
    of = rounded(of, asked[axis], findings);
    findings.throw_if_any();
  }
  places_.clear();
}

void SweptProblem::check_values() {
  std::string refusals;
  std::uint64_t refused = 0;
  const auto look = [&](const AxisPlaces& places) {
    if (at(places) == nullptr && refused++ < kMostShown) refusals += refusals_.error().what();
  };
  constexpr std::uint64_t kSpaces = kMostTried - 1;
  const std::uint64_t all = points();
  for (std::uint64_t point = 0; all <= kMostTried && point < all; ++point) look(places_of(point));
  for (std::size_t axis = 0; axis < axes_.size() && all > kMostTried; ++axis) {
    const std::uint64_t last = axes_[axis].count - 1;
    AxisPlaces places(axes_.size(), 0);
    const std::uint64_t looks = std::min(last, kSpaces);
    for (std::uint64_t at = 0; at <= looks; ++at) {
      // Of many values those nearest to even spacing.
      const double share = looks == 0 ? 0.0 : static_cast<double>(at) / static_cast<double>(looks);
      places[axis] =
          last <= kSpaces
              ? at
              : static_cast<std::uint64_t>(std::llround(share * static_cast<double>(last)));
      look(places);
    }
  }
  if (refused == 0) return;
  if (refused > kMostShown) {
    refusals += fmt::format("... and {} points more are refused\n", refused - kMostShown);
  }
  refuse(InputError(refusals));
}

}  // namespace wideep
