// Measurements that are whole by themselves.
#include <cmath>
#include <utility>

#include "logs/collect.h"

namespace wideep {

template <class Series, class Sample>
void FileCollector::keep(const Series& series,
                         Sample sample,
                         SeriesTable<Series>& table,
                         Reservoir<Sample>& samples) {
  const auto index = table.index_of(series);
  if (!index) return reject(kTooManySeries);
  count_used();
  sample.series = *index;
  sample.place.line = line();
  samples.offer(sample);
}

void FileCollector::add(const CollectiveSeries& series, const CollectiveSample& sample) {
  if (const auto why = implausible(sample.bytes, sample.time); !why.empty()) return reject(why);
  if (sample.bytes < unit::B) return reject("less than a byte");
  keep(series, sample, collective_series_, collectives_);
}

void FileCollector::add(const ExpertSeries& series, const ExpertSample& sample) {
  if (const auto why = implausible(unit::B, sample.time); !why.empty()) return reject(why);
  const bool counts = std::isfinite(sample.local_experts) && sample.local_experts > 0.0 &&
                      std::isfinite(sample.routed_tokens) && sample.routed_tokens > 0.0;
  if (!counts) return reject("a number of experts or tokens that is not above 0");
  keep(series, sample, expert_series_, experts_);
}

void FileCollector::add(const FusedSeries& series, const FusedSample& sample) {
  if (const auto why = implausible(unit::B, sample.time); !why.empty()) return reject(why);
  if (sample.tokens < 1) return reject("a number of tokens that is not above 0");
  FusedSample resolved = sample;
  resolved.ep_width = resolved_width(sample.ep_width);
  // Of a width that comes with --ep.
  if (resolved.ep_width > series.experts) return reject("more ranks than experts");
  keep(series, resolved, fused_series_, fused_);
}

void FileCollector::add(const AttentionSeries& series, const AttentionSample& sample) {
  if (const auto why = implausible(unit::B, sample.time); !why.empty()) return reject(why);
  if (sample.sequences < 1 || sample.context < 1) {
    return reject("a number of sequences or tokens that is not above 0");
  }
  keep(series, sample, attention_series_, attention_);
}

void FileCollector::add(const StepSeries& series, const StepSample& sample) {
  if (const auto why = implausible(unit::B, sample.tpot); !why.empty()) return reject(why);
  constexpr double kMost = 1e9;
  for (const double value : {sample.batch,
                             sample.concurrency,
                             sample.input_tokens,
                             sample.output_tokens,
                             sample.ttft / unit::s}) {
    if (!std::isfinite(value) || value < 0.0 || value > kMost) {
      return reject("a number of requests or tokens, or a TTFT, that makes no sense");
    }
  }
  if (sample.batch <= 0.0 && sample.concurrency <= 0.0) {
    return reject("nothing says how many requests were served at a time");
  }
  if (sample.context == 0 && sample.input_tokens <= 0.0) {
    return reject("nothing says how long the requests were");
  }
  StepSeries resolved = series;
  resolved.ep_width = resolved_width(series.ep_width);
  keep(resolved, sample, step_series_, steps_);
}

void FileCollector::add(const BalanceSample& sample) {
  if (!std::isfinite(sample.straggler_factor) || sample.straggler_factor < 1.0) {
    return reject("a largest load that is below the mean");
  }
  count_used();
  BalanceSample placed = sample;
  placed.place.line = line();
  if (placed.ep_width == 0 || hints_.of_file) placed.ep_width = ep_width();
  balance_.offer(placed);
}

}  // namespace wideep
