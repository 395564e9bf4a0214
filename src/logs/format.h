#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fit/samples.h"
#include "logs/read_logs.h"

namespace wideep {

/// A line of a log, its end and a byte order mark removed.
struct LogLine {
  std::string_view text;
  int number = 1;
};

/// A fault that makes the whole file unusable, e.g. a column without a unit.
struct LogFault {
  int line = 1;
  int column = 1;
  std::string message;
  std::string help;
  std::string text;  ///< the line
};

/// Where formats put what they find in one file. Counts lines; bounds memory.
class LogSink {
 public:
  virtual ~LogSink() = default;

  /// A measurement. Of one run's ranks the format passes each; equal (series, run) are merged to
  /// their median. `run`: grows with every run of the tool within a file; a run that is not the
  /// newest or the one before it is closed.
  virtual void add(
      const CommSeries& series, int run, double tokens, Bytes volume, Seconds time) = 0;
  virtual void add(const CollectiveSeries& series, const CollectiveSample& sample) = 0;
  virtual void add(const ExpertSeries& series, const ExpertSample& sample) = 0;
  virtual void add(const FusedSeries& series, const FusedSample& sample) = 0;
  virtual void add(const AttentionSeries& series, const AttentionSample& sample) = 0;
  virtual void add(const StepSeries& series, const StepSample& sample) = 0;
  virtual void add(const BalanceSample& sample) = 0;

  /// The EP width of measurements that do not say, from this point of the file on, and why.
  virtual void set_ep_width(int ep_width, std::string_view because) = 0;
  /// A rank seen in the log: with no better source the EP width is the highest and 1.
  virtual void saw_rank(int rank) = 0;

  virtual void skip(std::string_view why) = 0;
  virtual void reject(std::string_view why) = 0;
  virtual void fault(LogFault fault) = 0;
  virtual void note(std::string text) = 0;  ///< the same text is kept once

  /// What is known of the EP width at this point: from the user, or stated by the log. 0: nothing.
  [[nodiscard]] virtual int ep_width() const { return 0; }
  /// As given by the user.
  [[nodiscard]] virtual std::string_view file_name() const { return {}; }
  /// The measurements that come until the end of this line were read in an earlier one.
  virtual void from_line(int line) { static_cast<void>(line); }
};

/// A format of logs: sees every line in order, and keeps what it must remember of earlier ones.
class LogFormat {
 public:
  virtual ~LogFormat() = default;

  /// What reports call it.
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Whether the line belongs to the format; then what it says went to the sink, as add, skip,
  /// reject or fault. False must come fast: most lines of a long log belong to no format.
  virtual bool take(const LogLine& line, LogSink& sink) = 0;

  /// At the end of a file.
  virtual void finish(LogSink& sink) { static_cast<void>(sink); }
};

/// A fresh reader of every format, in the order in which a line is offered to them.
std::vector<std::unique_ptr<LogFormat>> all_formats(const LogHints& hints);

std::unique_ptr<LogFormat> deepep_low_latency();  ///< and UCCL-EP, which prints the same
std::unique_ptr<LogFormat> deepep_normal(
    const LogHints& hints);                                   ///< internode and intranode, A to C
std::unique_ptr<LogFormat> deepep_elastic();                  ///< V2
std::unique_ptr<LogFormat> hybrid_ep(const LogHints& hints);  ///< DeepEP's branch hybrid-ep
std::unique_ptr<LogFormat> mori(const LogHints& hints);       ///< ROCm MORI-EP's benchmark
std::unique_ptr<LogFormat> nccl_tests();  ///< of nccl-tests those that engines wait for
std::unique_ptr<LogFormat> csv_tables(const LogHints& hints);    ///< AIConfigurator's and plain CSV
std::unique_ptr<LogFormat> balancedness(const LogHints& hints);  ///< SGLang, vLLM, TensorRT-LLM
std::unique_ptr<LogFormat> serving_lines();  ///< results of serving benchmarks, an object a line

}  // namespace wideep
