#include "fit/series.h"

#include <algorithm>
#include <array>
#include <map>
#include <random>

#include <fmt/format.h>

namespace wideep {
namespace {

constexpr std::array<const char*, 8> kFilterKeys = {
    "kernel", "phase", "ep", "sms", "hidden_size", "top_k", "experts", "dtype"};

int experts_of(const CommSeries& series) {
  return series.gate.experts.value_or(0);
}

/// What deployments send comes first.
int preference_of(const std::string& dtype) {
  if (dtype == "fp8") return 0;
  return dtype == "bf16" ? 1 : 2;
}

auto key_of(const CommSeries& series) {
  return std::tuple(series.kernel,
                    series.direction,
                    preference_of(series.dtype),
                    series.dtype,
                    shape_of(series),
                    series.ep_width,
                    series.sms,
                    series.gate.groups,
                    series.copies,
                    series.header);
}

bool kept_by(const std::vector<SeriesFilter>& only, const CommSeries& series) {
  // Filters of one key are alternatives; of several keys all must hold.
  std::map<std::string, bool> met;
  for (const SeriesFilter& filter : only) {
    met[filter.key] = met[filter.key] || matches(series, filter);
  }
  return std::all_of(met.begin(), met.end(), [](const auto& key) { return key.second; });
}

}  // namespace

Shape shape_of(const CommSeries& series) {
  return {series.hidden_size, series.gate.top_k, experts_of(series)};
}

std::string words(const Shape& shape) {
  const auto& [hidden, top_k, experts] = shape;
  return fmt::format("hidden size {}, top-{}, {} experts", hidden, top_k, experts);
}

bool is_filter_key(const std::string& key) {
  return std::find(kFilterKeys.begin(), kFilterKeys.end(), key) != kFilterKeys.end();
}

bool matches(const CommSeries& series, const SeriesFilter& filter) {
  const std::string& key = filter.key;
  const std::string& value = filter.value;
  if (key == "kernel") return series.kernel == value;
  if (key == "phase") return name_of(series.direction) == value;
  if (key == "dtype") return series.dtype == value;
  const std::array<std::pair<const char*, int>, 5> numbers = {{{"ep", series.ep_width},
                                                               {"sms", series.sms},
                                                               {"hidden_size", series.hidden_size},
                                                               {"top_k", series.gate.top_k},
                                                               {"experts", experts_of(series)}}};
  return std::any_of(numbers.begin(), numbers.end(), [&](const auto& number) {
    return key == number.first && value == std::to_string(number.second);
  });
}

SortedSeries sort_series(const Measurements& measurements,
                         const std::vector<SeriesFilter>& only,
                         const std::optional<Holdout>& holdout) {
  // The same series may stand in several files.
  std::map<decltype(key_of(CommSeries{})), SeriesFit> merged;
  for (const CommSample& sample : measurements.comm) {
    const CommSeries& series = measurements.comm_series[sample.series];
    if (!kept_by(only, series)) continue;
    SeriesFit& one = merged[key_of(series)];
    one.series = series;
    one.samples.push_back(sample);
  }
  const auto by_size = [](const CommSample& a, const CommSample& b) {
    return std::tie(a.volume, a.time) < std::tie(b.volume, b.time);
  };
  SortedSeries sorted;
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  for (auto& [key, all] : merged) {
    // The order of files and lines must not matter to what is drawn and left out.
    std::stable_sort(all.samples.begin(), all.samples.end(), by_size);
    SeriesFit fitted;
    SeriesFit held;
    fitted.series = held.series = all.series;
    for (const CommSample& sample : all.samples) {
      const bool leave = holdout && (holdout->filter ? matches(all.series, *holdout->filter)
                                                     : uniform(random) < holdout->share);
      (leave ? held : fitted).samples.push_back(sample);
    }
    if (!held.samples.empty()) sorted.held.push_back(std::move(held));
    if (!fitted.samples.empty()) sorted.fitted.push_back(std::move(fitted));
  }
  return sorted;
}

}  // namespace wideep
