#include "model/collective.h"

#include <algorithm>

namespace wideep {
namespace {

/// On the line through two points.
Seconds on_line(const CollectivePoint& below, const CollectivePoint& above, Bytes bytes) {
  const double share = (bytes - below.bytes) / (above.bytes - below.bytes);
  return below.time + share * (above.time - below.time);
}

/// The line through two points, as time = at_zero + per_byte bytes.
struct Line {
  double at_zero;
  double per_byte;

  Line(const CollectivePoint& a, const CollectivePoint& b)
      : at_zero(0.0), per_byte((b.time - a.time).base() / (b.bytes - a.bytes).base()) {
    at_zero = a.time.base() - per_byte * a.bytes.base();
  }
  [[nodiscard]] double time(double bytes) const { return at_zero + per_byte * bytes; }
};

CollectivePoint point(double bytes, double time) {
  return {.bytes = Bytes(bytes), .time = Seconds(time)};
}

}  // namespace

CollectiveCurve star_shaped(const CollectiveCurve& curve) {
  const auto& points = curve.points;
  CollectiveCurve star{{points.front()}};
  double least = points.front().time.base() / points.front().bytes.base();  // time per byte so far
  const auto follow = [&](const Line& line, double until) {
    const double there = line.time(until) / until;
    if (there < least &&
        least * star.points.back().bytes.base() < line.time(star.points.back().bytes.base())) {
      const double meets = line.at_zero / (least - line.per_byte);
      star.points.push_back(point(meets, least * meets));
    }
    least = std::min(least, there);
    star.points.push_back(point(until, least * until));
  };
  for (std::size_t at = 1; at < points.size(); ++at) {
    follow(Line(points[at - 1], points[at]), points[at].bytes.base());
  }
  // Beyond the last point the line through the last two goes on, below which nothing rises.
  const Line last(points[points.size() - 2], points.back());
  const double end = points.back().bytes.base();
  const double meets = least > last.per_byte ? last.at_zero / (least - last.per_byte) : 0.0;
  follow(last, 2.0 * std::max(end, meets));
  return star;
}

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
