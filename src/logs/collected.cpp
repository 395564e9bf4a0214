// What one file brought, put to what others did.
#include <algorithm>
#include <tuple>

#include "logs/collect.h"

namespace wideep {
namespace {

template <class Sample>
void sort_by_line(std::vector<Sample>& samples) {
  std::stable_sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) {
    if constexpr (requires { a.series; }) {
      if (a.place.line == b.place.line) return a.series < b.series;
    }
    return a.place.line < b.place.line;
  });
}

/// Appends samples to those of other files, their series renumbered; returns how many had to go.
template <class Sample, class Series>
int append(std::vector<Sample>& from,
           std::vector<Series>& own,
           std::vector<Sample>& to,
           SeriesTable<Series>& table,
           int file_index) {
  std::vector<std::optional<std::size_t>> renumbered;
  renumbered.reserve(own.size());
  for (const Series& series : own) renumbered.push_back(table.index_of(series));
  int lost = 0;
  to.reserve(to.size() + from.size());
  for (Sample& sample : from) {
    const auto index = renumbered[sample.series];
    if (!index) {
      ++lost;
      continue;
    }
    sample.series = *index;
    sample.place.file = file_index;
    to.push_back(sample);
  }
  return lost;
}

}  // namespace

bool SeriesOrder::operator()(const CommSeries& a, const CommSeries& b) const {
  const auto numbers = [](const CommSeries& series) {
    const Gate& gate = series.gate;
    return std::tuple(series.ep_width,
                      series.sms,
                      series.direction,
                      series.hidden_size,
                      gate.experts,
                      gate.top_k,
                      gate.groups,
                      gate.groups_per_token,
                      gate.routing,
                      series.copies,
                      series.header,
                      series.gpus_per_domain);
  };
  const auto of_a = numbers(a);
  const auto of_b = numbers(b);
  return std::tie(of_a, a.kernel, a.dtype) < std::tie(of_b, b.kernel, b.dtype);
}

bool SeriesOrder::operator()(const CollectiveSeries& a, const CollectiveSeries& b) const {
  return std::tie(a.library, a.op, a.ranks) < std::tie(b.library, b.op, b.ranks);
}

bool SeriesOrder::operator()(const ExpertSeries& a, const ExpertSeries& b) const {
  const auto members = [](const ExpertSeries& series) {
    return std::tie(
        series.device, series.dtype, series.phase, series.hidden_size, series.expert_size);
  };
  return members(a) < members(b);
}

bool SeriesOrder::operator()(const FusedSeries& a, const FusedSeries& b) const {
  const auto members = [](const FusedSeries& series) {
    return std::tie(series.device,
                    series.dtype,
                    series.distribution,
                    series.weights,
                    series.hidden_size,
                    series.expert_size,
                    series.top_k,
                    series.experts);
  };
  return members(a) < members(b);
}

bool SeriesOrder::operator()(const AttentionSeries& a, const AttentionSeries& b) const {
  const auto members = [](const AttentionSeries& series) {
    return std::tie(series.device,
                    series.kernel,
                    series.dtype,
                    series.cache_dtype,
                    series.arithmetic,
                    series.phase,
                    series.scope);
  };
  return members(a) < members(b);
}

bool SeriesOrder::operator()(const StepSeries& a, const StepSeries& b) const {
  const auto members = [](const StepSeries& series) {
    return std::tie(series.engine,
                    series.model,
                    series.precision,
                    series.device,
                    series.kernel,
                    series.overlap,
                    series.speculative,
                    series.ep_width,
                    series.ranks);
  };
  return members(a) < members(b);
}

void FileCollector::move_to(Collected& all, int file_index) {
  sort_by_line(comm_.kept());
  sort_by_line(collectives_.kept());
  sort_by_line(experts_.kept());
  sort_by_line(fused_.kept());
  sort_by_line(attention_.kept());
  sort_by_line(steps_.kept());
  sort_by_line(balance_.kept());
  int lost = append(comm_.kept(), comm_series_.all(), all.rest.comm, all.comm_series, file_index);
  lost += append(collectives_.kept(),
                 collective_series_.all(),
                 all.rest.collectives,
                 all.collective_series,
                 file_index);
  lost += append(
      experts_.kept(), expert_series_.all(), all.rest.experts, all.expert_series, file_index);
  lost += append(fused_.kept(), fused_series_.all(), all.rest.fused, all.fused_series, file_index);
  lost += append(attention_.kept(),
                 attention_series_.all(),
                 all.rest.attention,
                 all.attention_series,
                 file_index);
  lost += append(steps_.kept(), step_series_.all(), all.rest.steps, all.step_series, file_index);
  if (lost > 0) {
    file_.rejected.push_back({.why = std::string(kTooManySeries), .lines = lost, .first_line = 1});
  }
  for (BalanceSample& sample : balance_.kept()) {
    sample.place.file = file_index;
    all.rest.balance.push_back(sample);
  }
  all.rest.files.push_back(std::move(file_));
}

}  // namespace wideep
