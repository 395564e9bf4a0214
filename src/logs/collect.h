#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fit/samples.h"
#include "logs/format.h"
#include "logs/scan.h"

namespace wideep {

/// Of each kind and of one file; of more, a random choice is kept.
inline constexpr std::size_t kMaxSamples = 20'000;
/// Different curves of each kind.
inline constexpr std::size_t kMaxSeries = 10'000;
inline constexpr std::string_view kTooManySeries = "more than 10,000 different series";

/// A random choice of so many of the samples offered, each with the same chance, and the same
/// choice every time.
template <class Sample>
class Reservoir {
 public:
  void offer(const Sample& sample) {
    ++offered_;
    if (kept_.size() < kMaxSamples) {
      kept_.push_back(sample);
    } else if (const std::uint64_t at = random_() % offered_; at < kMaxSamples) {
      kept_[at] = sample;
    }
  }

  [[nodiscard]] std::vector<Sample>& kept() { return kept_; }
  [[nodiscard]] std::uint64_t offered() const { return offered_; }

 private:
  std::vector<Sample> kept_;
  std::uint64_t offered_ = 0;
  std::mt19937_64 random_{};  // NOLINT: the same choice for the same log
};

/// Some order of series, equal where all they have in common is.
struct SeriesOrder {
  bool operator()(const CommSeries& a, const CommSeries& b) const;
  bool operator()(const CollectiveSeries& a, const CollectiveSeries& b) const;
  bool operator()(const ExpertSeries& a, const ExpertSeries& b) const;
  bool operator()(const FusedSeries& a, const FusedSeries& b) const;
  bool operator()(const AttentionSeries& a, const AttentionSeries& b) const;
  bool operator()(const StepSeries& a, const StepSeries& b) const;
};

/// Series by what they hold.
template <class Series>
class SeriesTable {
 public:
  /// The index of an equal series, or of this one as a new one; nothing when there are too many.
  std::optional<std::size_t> index_of(const Series& series) {
    const auto [at, is_new] = index_.try_emplace(series, all_.size());
    if (is_new && all_.size() == kMaxSeries) {
      index_.erase(at);
      return std::nullopt;
    }
    if (is_new) all_.push_back(series);
    return at->second;
  }

  [[nodiscard]] std::vector<Series>& all() { return all_; }

 private:
  std::vector<Series> all_;
  std::map<Series, std::size_t, SeriesOrder> index_;
};

/// The measurements of all files, before they become a Measurements.
struct Collected {
  SeriesTable<CommSeries> comm_series;
  SeriesTable<CollectiveSeries> collective_series;
  SeriesTable<ExpertSeries> expert_series;
  SeriesTable<FusedSeries> fused_series;
  SeriesTable<AttentionSeries> attention_series;
  SeriesTable<StepSeries> step_series;
  Measurements rest;  ///< without series
};

/// What the user says of one file.
struct WidthHints {
  std::optional<int> of_file;    ///< overrides the log
  std::optional<int> otherwise;  ///< where the log does not say
};

/// Keeps what the formats find in one file, in bounded memory.
class FileCollector : public LogSink {
 public:
  FileCollector(std::string name, WidthHints hints);

  void begin_line(int number);
  /// At the end of the file: closes runs and finds the EP width of what still has none.
  void finish();
  /// Appends the measurements, as those of the file of this index.
  void move_to(Collected& all, int file_index);

  [[nodiscard]] LogFile& file() { return file_; }
  [[nodiscard]] const std::vector<LogFault>& faults() const { return faults_; }
  [[nodiscard]] bool any() const {
    return comm_.offered() + collectives_.offered() + experts_.offered() + fused_.offered() +
               attention_.offered() + steps_.offered() + balance_.offered() >
           0;
  }

  using LogSink::add;
  void add(const CommSeries& series, int run, double tokens, Bytes volume, Seconds time) override;
  void add(const CollectiveSeries& series, const CollectiveSample& sample) override;
  void add(const ExpertSeries& series, const ExpertSample& sample) override;
  void add(const FusedSeries& series, const FusedSample& sample) override;
  void add(const AttentionSeries& series, const AttentionSample& sample) override;
  void add(const StepSeries& series, const StepSample& sample) override;
  void add(const BalanceSample& sample) override;
  void set_ep_width(int ep_width, std::string_view because) override;
  void saw_rank(int rank) override;
  void skip(std::string_view why) override;
  void reject(std::string_view why) override;
  void fault(LogFault fault) override;
  void note(std::string text) override;
  [[nodiscard]] int ep_width() const override;
  [[nodiscard]] std::string_view file_name() const override { return file_.name; }
  void from_line(int line) override { from_line_ = line; }

 private:
  /// The lines of one run's ranks in one series.
  struct Run {
    std::size_t series = 0;
    int number = 0;
    double tokens = 0.0;
    int line = 1;
    std::vector<double> volumes;  ///< bytes
    std::vector<double> times;    ///< s
  };

  [[nodiscard]] std::optional<std::size_t> series_index(const CommSeries& series, int width);
  Run& run_of(std::size_t series, int number, double tokens);
  void close(Run& run);
  void close_all();
  void count_used();
  /// Of a measurement that says a width, or 0.
  [[nodiscard]] int resolved_width(int said);
  /// A sample that is a measurement by itself.
  template <class Series, class Sample>
  void keep(const Series& series,
            Sample sample,
            SeriesTable<Series>& table,
            Reservoir<Sample>& samples);
  void count(std::vector<LineReason>& reasons, std::string_view why, std::vector<int>& last_lines);
  [[nodiscard]] int line() const { return from_line_ > 0 ? from_line_ : line_; }
  [[nodiscard]] int inferred_width();
  void note_choice(std::string_view what, std::uint64_t offered);

  LogFile file_;
  WidthHints hints_;
  int line_ = 1;
  int from_line_ = 0;  ///< 0: the current line
  int last_used_ = 0;
  int stated_width_ = 0;

  SeriesTable<CommSeries> comm_series_;
  SeriesTable<CollectiveSeries> collective_series_;
  SeriesTable<ExpertSeries> expert_series_;
  SeriesTable<FusedSeries> fused_series_;
  SeriesTable<AttentionSeries> attention_series_;
  SeriesTable<StepSeries> step_series_;
  /// The series last used: the lines of one benchmark alternate between few.
  std::array<std::size_t, 4> recent_{};
  std::size_t next_recent_ = 0;
  Reservoir<CommSample> comm_;
  Reservoir<CollectiveSample> collectives_;
  Reservoir<ExpertSample> experts_;
  Reservoir<FusedSample> fused_;
  Reservoir<AttentionSample> attention_;
  Reservoir<StepSample> steps_;
  Reservoir<BalanceSample> balance_;

  std::vector<Run> open_;
  std::vector<Run> spare_;  ///< for their memory
  int newest_run_ = 0;

  std::vector<bool> ranks_;
  int rank_count_ = 0;

  std::vector<LogFault> faults_;
  std::vector<int> last_skipped_;  ///< the line that last counted, of each reason
  std::vector<int> last_rejected_;
};

}  // namespace wideep
