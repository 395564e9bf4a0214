#include "fit/collective_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "fit/errors.h"
#include "model/words.h"

namespace wideep {
namespace {

/// The lower of the middle two where there are two; the values are sorted.
double middle_of(const std::vector<double>& sorted) {
  return sorted[(sorted.size() - 1) / 2];
}

/// How far a curve is off at some of the sizes.
struct Score {
  int far = 0;  ///< sizes beyond the aim's `far`
  int off = 0;  ///< beyond `near`
  double squares = 0.0;

  friend Score operator+(const Score& a, const Score& b) {
    return {a.far + b.far, a.off + b.off, a.squares + b.squares};
  }
  friend bool operator<(const Score& a, const Score& b) {
    return std::tie(a.far, a.off, a.squares) < std::tie(b.far, b.off, b.squares);
  }
};

/// Of a curve's time at one of the sizes.
Score score_of(const CollectivePoint& measured, Seconds time, const CurveAim& aim) {
  const double error = time / measured.time - 1.0;
  return {std::abs(error) > aim.far ? 1 : 0, std::abs(error) > aim.near ? 1 : 0, error * error};
}

/// Sizes that may be beyond `near`.
int allowed(std::size_t sizes, const CurveAim& aim) {
  constexpr double kRounding = 1e-9;
  return static_cast<int>((1.0 - aim.share) * static_cast<double>(sizes) + kRounding);
}

/// Chooses points among candidates, by dynamic programming over their number and the last of them.
class Choice {
 public:
  Choice(const std::vector<CollectivePoint>& measured, const CurveAim& aim)
      : measured_(measured), aim_(aim) {
    std::vector<double> times;
    times.reserve(measured.size());
    for (const CollectivePoint& point : measured) times.push_back(point.time / unit::s);
    for (const double time : non_falling(times)) times_.emplace_back(time);
    // More are not needed to follow any curve, and would take minutes.
    constexpr std::size_t kMost = 128;
    const std::size_t count = std::min(kMost, measured.size());
    for (std::size_t at = 0; at < count; ++at) {
      candidates_.push_back(at * (measured.size() - 1) / (count - 1));
    }
  }

  CollectiveCurve curve() {
    score_pieces();
    std::vector<Score> of_count;  // two points and more, ending in the last candidate
    for (std::size_t count = 2; count <= candidates_.size(); ++count) {
      add_point();
      of_count.push_back(best_.back().back());
    }
    const Score nearest = *std::min_element(of_count.begin(), of_count.end());
    const int off = std::max(nearest.off, allowed(measured_.size(), aim_));
    const auto fewest = std::find_if(of_count.begin(), of_count.end(), [&](const Score& score) {
      return score.far == nearest.far && score.off <= off;
    });
    return through(static_cast<std::size_t>(fewest - of_count.begin()) + 1);
  }

 private:
  [[nodiscard]] CollectivePoint point(std::size_t candidate) const {
    const std::size_t at = candidates_[candidate];
    return {measured_[at].bytes, times_[at]};
  }

  /// Of the piece from each candidate to each later one, and of the level part up to each.
  void score_pieces() {
    const std::size_t count = candidates_.size();
    best_.emplace_back(count);
    pieces_.assign(count, std::vector<Score>(count));
    for (std::size_t end = 0; end < count; ++end) {
      for (std::size_t at = 0; at <= candidates_[end]; ++at) {
        best_[0][end] = best_[0][end] + score_of(measured_[at], point(end).time, aim_);
      }
      for (std::size_t begin = 0; begin < end; ++begin) {
        const CollectiveCurve line{.points = {point(begin), point(end)}};
        Score& piece = pieces_[begin][end];
        for (std::size_t at = candidates_[begin] + 1; at <= candidates_[end]; ++at) {
          piece = piece + score_of(measured_[at], line.at(measured_[at].bytes), aim_);
        }
      }
    }
  }

  /// The best curves of one point more, by their last one.
  void add_point() {
    const std::vector<Score>& fewer = best_.back();
    std::vector<Score> best(candidates_.size());
    std::vector<std::size_t> before(candidates_.size(), 0);
    for (std::size_t end = best_.size(); end < candidates_.size(); ++end) {
      const std::size_t first = best_.size() - 1;
      for (std::size_t begin = first; begin < end; ++begin) {
        const Score sum = fewer[begin] + pieces_[begin][end];
        if (begin > first && !(sum < best[end])) continue;
        best[end] = sum;
        before[end] = begin;
      }
    }
    best_.push_back(std::move(best));
    before_.push_back(std::move(before));
  }

  /// The best curve with so many pieces.
  [[nodiscard]] CollectiveCurve through(std::size_t pieces) const {
    CollectiveCurve curve;
    std::size_t at = candidates_.size() - 1;
    curve.points.push_back(point(at));
    while (pieces > 0) {
      at = before_[--pieces][at];
      curve.points.push_back(point(at));
    }
    std::reverse(curve.points.begin(), curve.points.end());
    return curve;
  }

  const std::vector<CollectivePoint>& measured_;
  CurveAim aim_;
  std::vector<Seconds> times_;           ///< that never fall, one for each size
  std::vector<std::size_t> candidates_;  ///< indices into the measured sizes
  std::vector<std::vector<Score>> pieces_;
  std::vector<std::vector<Score>> best_;          ///< by points less 1, and the last of them
  std::vector<std::vector<std::size_t>> before_;  ///< by points less 2: the one before the last
};

bool is_kept(const CollectiveSeries& series, const std::vector<SeriesFilter>& only) {
  std::map<std::string, bool> met;
  for (const SeriesFilter& filter : only) {
    const bool matches =
        (filter.key == "kernel" && filter.value == collectives_name(series.library)) ||
        (filter.key == "phase" && filter.value == name_of(series.op)) ||
        (filter.key == "ep" && filter.value == std::to_string(series.ranks));
    met[filter.key] = met[filter.key] || matches;
  }
  return std::all_of(met.begin(), met.end(), [](const auto& key) { return key.second; });
}

void fit_curve(CollectiveFit& fit) {
  if (fit.measured.size() < 2) return;
  const CurveAim aim;
  fit.curve = fewest_points(fit.measured, aim);
  std::vector<double> errors;
  Score sum;
  for (const CollectivePoint& point : fit.measured) {
    const Seconds time = fit.curve->at(point.bytes);
    errors.push_back(std::abs(time / point.time - 1.0));
    sum = sum + score_of(point, time, aim);
  }
  std::sort(errors.begin(), errors.end());
  const int beyond = allowed(errors.size(), aim);
  fit.median_error = median(errors);
  fit.high_error = errors[errors.size() - 1 - static_cast<std::size_t>(beyond)];
  fit.largest_error = errors.back();
  fit.meets_aim = sum.far == 0 && sum.off <= beyond;
}

}  // namespace

std::string_view collectives_name(Library library) {
  switch (library) {
    case Library::kVllmAllReduce:
      return "AR-vLLM";
    case Library::kSglangAllReduce:
      return "AR-SGLang";
    case Library::kTrtllmAllReduce:
      return "AR-TRTLLM";
    default:
      return "NCCL-AR";
  }
}

std::vector<double> non_falling(const std::vector<double>& times) {
  std::vector<std::vector<double>> blocks;  // each sorted
  for (const double time : times) {
    blocks.push_back({time});
    while (blocks.size() > 1 && middle_of(blocks[blocks.size() - 2]) > middle_of(blocks.back())) {
      std::vector<double>& merged = blocks[blocks.size() - 2];
      const auto middle = static_cast<std::ptrdiff_t>(merged.size());
      merged.insert(merged.end(), blocks.back().begin(), blocks.back().end());
      std::inplace_merge(merged.begin(), merged.begin() + middle, merged.end());
      blocks.pop_back();
    }
  }
  std::vector<double> levels;
  levels.reserve(times.size());
  for (const std::vector<double>& block : blocks) {
    levels.insert(levels.end(), block.size(), middle_of(block));
  }
  return levels;
}

CollectiveCurve fewest_points(const std::vector<CollectivePoint>& measured, const CurveAim& aim) {
  return Choice(measured, aim).curve();
}

std::vector<CollectiveFit> fit_collectives(const Measurements& measurements,
                                           const std::vector<SeriesFilter>& only) {
  // The same series may stand in several files.
  using Key = std::tuple<Library, CollectiveOp, int>;
  std::map<Key, std::map<double, std::vector<double>>> times;
  for (const CollectiveSample& sample : measurements.collectives) {
    const CollectiveSeries& series = measurements.collective_series[sample.series];
    if (!is_kept(series, only)) continue;
    times[{series.library, series.op, series.ranks}][sample.bytes / unit::B].push_back(sample.time /
                                                                                       unit::s);
  }
  std::vector<CollectiveFit> fits;
  for (const auto& [key, sizes] : times) {
    const auto& [library, op, ranks] = key;
    CollectiveFit& fit = fits.emplace_back();
    fit.series = {.library = library, .op = op, .ranks = ranks};
    for (const auto& [bytes, repeated] : sizes) {
      fit.measured.push_back({Bytes(bytes), Seconds(median(repeated))});
      const auto [least, most] = std::minmax_element(repeated.begin(), repeated.end());
      fit.spread = std::max(fit.spread, *most / *least - 1.0);
    }
    fit_curve(fit);
  }
  return fits;
}

}  // namespace wideep
