#include "fit/choose_series.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "fit/kernel_law.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// A width that moves its bytes this many times slower than another is not merely wider.
constexpr double kInconsistent = 1.5;
/// Whether what was measured contradicts the domain that is taken for it.
void check_domain(const std::vector<SeriesFit>& all, int gpus_per_domain, ChoiceRemarks& remarks) {
  std::set<std::string> told;
  const auto tell = [&](std::string text) {
    if (told.insert(text).second) remarks.doubts.push_back(std::move(text));
  };
  for (const SeriesFit& one : all) {
    const CommSeries& series = one.series;
    if (series.gpus_per_domain > 0 && series.gpus_per_domain != gpus_per_domain) {
      tell(fmt::format("a domain is taken to have {} GPUs, and those measured have {}",
                       gpus_per_domain,
                       series.gpus_per_domain));
    }
    if (series.gate.groups > 1 && series.ep_width <= gpus_per_domain) {
      tell(
          fmt::format("{} at EP {} was measured over {} nodes, and a domain of {} GPUs would hold "
                      "them all",
                      series.kernel,
                      series.ep_width,
                      series.gate.groups,
                      gpus_per_domain));
    }
  }
}

/// Of a kernel's shapes the one with the most widths that tell a curve, then curves, measurements,
/// then bytes a token, then the one nearest to the 256 experts that benchmarks mostly have.
Shape best_shape(const std::vector<SeriesFit>& series, const std::string& kernel) {
  struct Found {
    std::set<int> widths;
    int curves = 0;
    std::size_t samples = 0;
  };
  std::map<Shape, Found> seen;
  for (const SeriesFit& one : series) {
    if (one.series.kernel != kernel) continue;
    Found& found = seen[shape_of(one.series)];
    if (one.curve) found.widths.insert(one.series.ep_width);
    found.curves += one.curve ? 1 : 0;
    found.samples += one.samples.size();
  }
  constexpr int kUsualExperts = 256;
  const auto rank = [](const std::pair<const Shape, Found>& entry) {
    const auto& [hidden, top_k, experts] = entry.first;
    const Found& found = entry.second;
    return std::tuple(found.widths.size(),
                      found.curves,
                      found.samples,
                      hidden * top_k,
                      -std::abs(experts - kUsualExperts));
  };
  return std::max_element(seen.begin(),
                          seen.end(),
                          [&](const auto& a, const auto& b) { return rank(a) < rank(b); })
      ->first;
}

/// Marks the series that a kernel is calibrated from: one shape, and one dtype each way.
void choose_shapes(std::vector<SeriesFit>& all, ChoiceRemarks& remarks) {
  std::set<std::string> kernels;
  for (const SeriesFit& one : all) kernels.insert(one.series.kernel);
  for (const std::string& kernel : kernels) {
    const Shape shape = best_shape(all, kernel);
    std::set<Shape> shapes;
    std::map<Direction, std::string> dtypes;
    std::map<Direction, Bytes> headers;
    std::optional<Copies> copies;
    std::set<std::string> left;
    bool bytes_differ = false;
    for (SeriesFit& one : all) {
      if (one.series.kernel != kernel) continue;
      shapes.insert(shape_of(one.series));
      one.chosen = shape_of(one.series) == shape;
      if (!one.chosen) continue;
      // Series are sorted by preference, so the first dtype of a direction is the one to take.
      const auto& dtype = dtypes.try_emplace(one.series.direction, one.series.dtype).first->second;
      if (dtype != one.series.dtype) {
        one.chosen = false;
        left.insert(one.series.dtype);
        continue;
      }
      // A calibration states one rule of copies and one header, which its reader counts by.
      const Bytes header =
          headers.try_emplace(one.series.direction, one.series.header).first->second;
      if (!copies) copies = one.series.copies;
      one.chosen = header == one.series.header && *copies == one.series.copies;
      bytes_differ = bytes_differ || !one.chosen;
    }
    if (bytes_differ) {
      remarks.notes.push_back(fmt::format(
          "{} was measured with several headers or rules of copies, and is calibrated for one",
          kernel));
    }
    if (shapes.size() > 1) {
      remarks.notes.push_back(
          fmt::format("{} was measured for {} shapes of model and is calibrated for {}; "
                      "--only hidden_size=N, top_k=N, experts=N takes another",
                      kernel,
                      shapes.size(),
                      words(shape)));
    }
    for (const std::string& dtype : left) {
      remarks.notes.push_back(fmt::format(
          "{} in {} is fitted but not in the calibration; --only dtype={}", kernel, dtype, dtype));
    }
  }
}

/// Where a kernel was measured with given SMs, measurements that do not say theirs go with no
/// other.
void set_aside_unknown_sms(std::vector<SeriesFit>& all, ChoiceRemarks& remarks) {
  std::set<std::string> driven;
  for (const SeriesFit& one : all) {
    if (one.chosen && one.series.sms > 0) driven.insert(one.series.kernel);
  }
  std::set<std::string> told;
  for (SeriesFit& one : all) {
    if (one.series.sms > 0 || !driven.contains(one.series.kernel)) continue;
    one.chosen = false;
    if (told.insert(one.series.kernel).second) {
      remarks.notes.push_back(fmt::format(
          "some measurements of {} do not say on how many SMs, and are not in the calibration",
          one.series.kernel));
    }
  }
}

/// Bytes over time on either tier, in B/s.
struct TierRates {
  double inside = 0.0;
  double outside = 0.0;
};

/// The fastest rates of each width beyond one domain, over its SMs.
std::map<int, TierRates> rates_by_width(const std::vector<SeriesFit>& series,
                                        const SeriesFit& like,
                                        int gpus_per_domain) {
  std::map<int, TierRates> rates;
  for (const SeriesFit& one : series) {
    const bool same = one.chosen && one.curve && one.series.kernel == like.series.kernel &&
                      one.series.direction == like.series.direction;
    if (!same || one.series.ep_width <= gpus_per_domain) continue;
    const TierBytes bytes = tier_bytes(one.series, Bytes(1.0), gpus_per_domain);
    TierRates& rate = rates[one.series.ep_width];
    rate.inside = std::max(rate.inside, bytes.inside / unit::B / one.curve->slope);
    rate.outside = std::max(rate.outside, bytes.outside / unit::B / one.curve->slope);
  }
  return rates;
}

/// Sets aside the widths of a kernel whose bytes move far slower than at another of its widths, on
/// both tiers: where SMs bind, few bytes leave the domain though all move as fast.
void mark_inconsistent(std::vector<SeriesFit>& all, int gpus_per_domain) {
  std::map<std::pair<std::string, int>, std::string> marked;
  for (const SeriesFit& one : all) {
    if (!one.chosen || !one.curve || one.series.ep_width <= gpus_per_domain) continue;
    const auto rates = rates_by_width(all, one, gpus_per_domain);
    const TierRates own = rates.at(one.series.ep_width);
    std::pair<int, double> fastest{0, 0.0};  // of the widths that are faster on both tiers
    for (const auto& [width, other] : rates) {
      const bool faster =
          own.outside * kInconsistent < other.outside && own.inside * kInconsistent < other.inside;
      if (faster && other.outside > fastest.second) fastest = {width, other.outside};
    }
    if (fastest.first == 0) continue;
    marked[{one.series.kernel, one.series.ep_width}] = fmt::format(
        "{} at EP {} moves {} out of the domain where EP {} moves {}: a congested run, or ranks on "
        "the wrong NIC, not a property of the width",
        name_of(one.series.direction),
        one.series.ep_width,
        format(BytesPerSecond(own.outside)),
        fastest.first,
        format(BytesPerSecond(fastest.second)));
  }
  for (SeriesFit& one : all) {
    const auto found = marked.find({one.series.kernel, one.series.ep_width});
    if (found != marked.end() && one.chosen) one.inconsistent = found->second;
  }
}

}  // namespace

ChoiceRemarks choose_series(std::vector<SeriesFit>& series, int gpus_per_domain) {
  ChoiceRemarks remarks;
  check_domain(series, gpus_per_domain, remarks);
  choose_shapes(series, remarks);
  set_aside_unknown_sms(series, remarks);
  mark_inconsistent(series, gpus_per_domain);
  return remarks;
}

}  // namespace wideep
