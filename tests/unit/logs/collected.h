#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "logs/format.h"

namespace wideep {

/// A sink that keeps whatever a format passes on, as it came.
struct CollectedLog : LogSink {
  struct Comm {
    CommSeries series;
    int run = 0;
    double tokens = 0.0;
    double bytes = 0.0;
    double us = 0.0;
    int line = 1;
  };

  using LogSink::add;
  void add(const CommSeries& series, int run, double tokens, Bytes volume, Seconds time) override {
    comm.push_back({series, run, tokens, volume / unit::B, time / unit::us, line});
  }
  void add(const CollectiveSeries& series, const CollectiveSample& sample) override {
    collectives.emplace_back(series, sample);
  }
  void add(const ExpertSeries& /*series*/, const ExpertSample& /*sample*/) override {}
  void add(const FusedSeries& series, const FusedSample& sample) override {
    fused.emplace_back(series, sample);
  }
  void add(const AttentionSeries& /*series*/, const AttentionSample& /*sample*/) override {}
  void add(const StepSeries& series, const StepSample& sample) override {
    steps.emplace_back(series, sample);
  }
  void add(const BalanceSample& /*sample*/) override {}
  void set_ep_width(int ep_width, std::string_view /*because*/) override { width = ep_width; }
  void saw_rank(int rank) override { ranks.push_back(rank); }
  void skip(std::string_view why) override { skipped.emplace_back(why); }
  void reject(std::string_view why) override { rejected.emplace_back(why); }
  void fault(LogFault fault) override { faults.push_back(std::move(fault)); }
  void note(std::string text) override {
    if (std::find(notes.begin(), notes.end(), text) == notes.end()) {
      notes.push_back(std::move(text));
    }
  }
  [[nodiscard]] int ep_width() const override { return width; }
  [[nodiscard]] std::string_view file_name() const override { return name; }
  void from_line(int number) override { line = number; }

  std::vector<Comm> comm;
  std::vector<std::pair<CollectiveSeries, CollectiveSample>> collectives;
  std::vector<std::pair<FusedSeries, FusedSample>> fused;
  std::vector<std::pair<StepSeries, StepSample>> steps;
  std::vector<int> ranks;
  std::vector<std::string> skipped;
  std::vector<std::string> rejected;
  std::vector<LogFault> faults;
  std::vector<std::string> notes;
  int width = 0;  ///< as the user or the log states it
  std::string name = "log";
  int line = 1;
  int taken = 0;  ///< lines that belong to the format
};

/// Feeds a text to a format, line by line.
inline void feed(LogFormat& format, const std::string& text, CollectedLog& log) {
  int number = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    log.line = ++number;
    const std::string_view line = std::string_view(text).substr(from, end - from);
    log.taken += format.take({line, number}, log) ? 1 : 0;
    from = end + 1;
  }
  format.finish(log);
}

inline CollectedLog collect(std::unique_ptr<LogFormat> format,
                            const std::string& text,
                            CollectedLog log = {}) {
  feed(*format, text, log);
  return log;
}

/// A log of which the EP width is known.
inline CollectedLog of_width(int width) {
  CollectedLog log;
  log.width = width;
  return log;
}

}  // namespace wideep
