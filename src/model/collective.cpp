#include "model/collective.h"

#include <algorithm>

namespace wideep {
namespace {

/// On the line through two points.
Seconds on_line(const CollectivePoint& below, const CollectivePoint& above, Bytes bytes) {
  const double share = (bytes - below.bytes) / (above.bytes - below.bytes);
  return below.time + share * (above.time - below.time);
}

}  // namespace

Seconds CollectiveCurve::at(Bytes bytes) const {
  if (bytes <= points.front().bytes) return points.front().time;
  // The second point at least, and the last where the size lies beyond.
  const auto above = std::find_if(points.begin() + 1,
                                  points.end() - 1,
                                  [&](const CollectivePoint& p) { return bytes <= p.bytes; });
  return on_line(*(above - 1), *above, bytes);
}

bool CollectiveRange::holds(int ranks, Bytes bytes) const {
  return ranks >= fewest_ranks.value_or(ranks) && ranks <= most_ranks.value_or(ranks) &&
         bytes >= least.value_or(bytes) && bytes <= most.value_or(bytes);
}

const CollectiveCurve* Collectives::find(CollectiveOp op, int ranks) const {
  const std::vector<RankCurve>& all = of(op);
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const RankCurve& one) { return one.ranks == ranks; });
  return found == all.end() ? nullptr : &found->curve;
}

}  // namespace wideep
