// nccl-tests' alltoall_perf.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "logs/format.h"
#include "logs/scan.h"

namespace wideep {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr std::string_view kTorn = "a torn row: not all of its numbers are there";
/// Rows kept until the number of ranks is known; a table has a few dozen.
constexpr std::size_t kMostRows = 4096;

/// A row of the table, out of place.
struct Row {
  int line = 1;
  double size = 0.0;  ///< bytes
  double microseconds = 0.0;
  double algorithm_bandwidth = 0.0;  ///< GB/s: size over time
  double bus_bandwidth = 0.0;        ///< GB/s: times (n - 1)/n
  double rounding = 0.0;             ///< GB/s, of both
};

/// The number that a word is; nothing where there is more in it.
std::optional<double> number_of(std::string_view word) {
  const ScannedNumber found = scan_number(word);
  if (found.length == 0 || found.length != word.size()) return std::nullopt;
  return found.value;
}

/// The number of ranks by (n - 1)/n, where its printing tells it well enough. 0: it does not.
int ranks_of(const Row& row) {
  constexpr double kSure = 0.1;
  const auto ranks = [](double bus, double algorithm) {
    return bus > 0.0 && bus < algorithm ? algorithm / (algorithm - bus) : 0.0;
  };
  const double likely = ranks(row.bus_bandwidth, row.algorithm_bandwidth);
  const double low =
      ranks(row.bus_bandwidth - row.rounding, row.algorithm_bandwidth + row.rounding);
  const double high =
      ranks(row.bus_bandwidth + row.rounding, row.algorithm_bandwidth - row.rounding);
  const bool sure = low > 0.0 && high > 0.0 && high < kMaxRanks && high - low < kSure * likely;
  if (!sure) return 0;
  // Large groups are of whole servers, and printing does not tell 255 ranks from 256.
  constexpr double kServer = 8.0;
  const double servers = kServer * std::round(likely / kServer);
  const double whole = servers >= low && servers <= high ? servers : std::round(likely);
  return static_cast<int>(whole);
}

class NcclAlltoall : public LogFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "nccl-tests"; }

  bool take(const LogLine& line, LogSink& sink) override {
    const std::string_view text = without_prefixes(line.text);
    if (text.empty()) return false;
    if (text.front() == '#') return take_comment(text, sink);
    if (text.front() >= '0' && text.front() <= '9') return take_row(text, line.number, sink);
    static constexpr Marker kProgram("_perf");
    if (const std::size_t at = kProgram.find(text); at != kNowhere) {
      see_program(text.substr(0, at + kProgram.size()), sink);
    }
    return false;
  }

  void finish(LogSink& sink) override { flush(sink); }

 private:
  bool take_comment(std::string_view text, LogSink& sink) {
    static constexpr Marker kProgram("_perf");
    Cursor cursor(text.substr(1));
    if (cursor.skip("Collective test starting:")) {
      flush(sink);
      begin_table();
      collective_ = trimmed(cursor.rest());
      if (collective_.size() > kMostName) collective_.resize(kMostName);
      return true;
    }
    if (cursor.skip("nThread") || cursor.skip("Using devices")) {
      flush(sink);
      begin_table();
      return true;
    }
    if (cursor.skip("Rank")) {
      const auto rank = cursor.whole();
      if (!rank || *rank >= kMaxRanks || text.find(" on ") == kNowhere) return false;
      ranks_ = std::max(ranks_, *rank + 1);
      if (gpus_per_domain_ == 0) gpus_per_domain_ = gpus_per_domain_of(text);
      return true;
    }
    if (text.find("algbw") != kNowhere) {
      read_header(text.substr(1));
      return true;
    }
    if (cursor.skip("Avg bus bandwidth")) {
      flush(sink);
      return true;
    }
    if (const std::size_t at = kProgram.find(text); at != kNowhere) {
      see_program(text.substr(0, at + kProgram.size()), sink);
    } else if (text.find("alltoall") != kNowhere && collective_.empty()) {
      collective_ = "alltoall";
    }
    return false;
  }

  /// A command, "./build/alltoall_perf -b 8".
  void see_program(std::string_view text, LogSink& sink) {
    const std::size_t slash = text.find_last_of("/ \t'\"=:");
    const std::string_view program = slash == kNowhere ? text : text.substr(slash + 1);
    if (program.size() > kMostName || program == collective_) return;
    flush(sink);
    collective_ = program;
  }

  void begin_table() {
    ranks_ = 0;
    gpus_per_domain_ = 0;
  }

  /// Columns have moved with versions: the first ones had no root.
  void read_header(std::string_view text) {
    split_words(text, words_);
    for (std::size_t at = 0; at < words_.size(); ++at) {
      if (words_[at] != "time" && words_[at] != "cputime") continue;
      time_column_ = at;
      cpu_time_ = words_[at] == "cputime";
      return;
    }
  }

  static bool is_type(std::string_view word) {
    constexpr std::array<std::string_view, 14> kTypes{"int8",
                                                      "uint8",
                                                      "int32",
                                                      "uint32",
                                                      "int64",
                                                      "uint64",
                                                      "half",
                                                      "float",
                                                      "double",
                                                      "bfloat16",
                                                      "fp8_e4m3",
                                                      "fp8_e5m2",
                                                      "f8e4m3",
                                                      "f8e5m2"};
    return std::find(kTypes.begin(), kTypes.end(), word) != kTypes.end();
  }

  bool take_row(std::string_view text, int line, LogSink& sink) {
    // Most lines that begin with a digit are no rows: their second word is no number.
    const std::size_t blank = text.find_first_not_of("0123456789");
    if (blank == kNowhere || text[blank] != ' ') return false;
    const std::size_t count = text.find_first_not_of(' ', blank);
    if (count == kNowhere || text[count] < '0' || text[count] > '9') return false;
    split_words(text, words_);
    constexpr std::size_t kType = 2;
    constexpr std::size_t kOperation = 3;
    if (words_.size() <= kOperation || !is_type(words_[kType])) return false;
    if (!is_alltoall(sink)) {
      sink.skip(collective_.empty() ? std::string("rows of a collective that nothing names: put "
                                                  "'# alltoall_perf' in a line before them")
                                    : fmt::format("{} is no all-to-all", shown(collective_)));
    } else if (words_[kOperation] != "none") {
      sink.skip("a reduction is no all-to-all");
    } else if (cpu_time_) {
      sink.skip("CPU time, not of the wire");
    } else {
      take_figures(line, sink);
    }
    return true;
  }

  [[nodiscard]] bool is_alltoall(const LogSink& sink) const {
    const std::string_view path = sink.file_name();
    const std::string_view name =
        collective_.empty() ? path.substr(path.rfind('/') + 1) : collective_;
    return name.find("alltoall") != kNowhere || name.find("all_to_all") != kNowhere;
  }

  void take_figures(int line, LogSink& sink) {
    constexpr std::size_t kGroup = 4;  // time, algbw, busbw, #wrong
    if (words_.size() < time_column_ + kGroup) return sink.reject(kTorn);
    const auto size = number_of(words_[0]);
    const auto time = number_of(words_[time_column_]);
    const auto algorithm = number_of(words_[time_column_ + 1]);
    const auto bus = number_of(words_[time_column_ + 2]);
    const std::string_view wrong = words_[time_column_ + 3];
    if (!size || !time || !algorithm || !bus) return sink.reject(kTorn);
    if (wrong != "N/A") {
      const auto errors = number_of(wrong);
      if (!errors) return sink.reject(kTorn);
      if (*errors != 0.0) return sink.reject("the data that arrived were wrong");
    }
    if (*size == 0.0) return sink.skip("nothing was sent");
    const Bytes volume = *size * unit::B;
    if (const auto why = implausible(volume, *time * unit::us); !why.empty()) {
      return sink.reject(why);
    }
    constexpr double kHalfUnit = 5e-3;              // of the two decimals that bandwidths have
    constexpr double kRelative = 5e-3;              // and of the few digits of large numbers
    const double bandwidth = *size / *time * 1e-3;  // bytes per us are MB/s
    const double slack =
        2.0 * (kHalfUnit + kRelative * bandwidth) + rounding_share(*time) * bandwidth;
    if (std::abs(bandwidth - *algorithm) > slack) {
      return sink.reject("its size, time and bandwidth contradict each other: a torn row");
    }
    const Row row{line, *size, *time, *algorithm, *bus, rounding(words_[time_column_ + 1])};
    const int known = ranks_ > 0 ? ranks_ : sink.ep_width();
    if (known > 0) return add(row, known, sink);
    if (rows_.size() == kMostRows) flush(sink);
    rows_.push_back(row);
  }

  /// Of a time with two decimals, relative.
  static double rounding_share(double microseconds) {
    constexpr double kHalfUnit = 5e-3;
    return kHalfUnit / microseconds;
  }

  /// Half a unit of the last digit.
  static double rounding(std::string_view word) {
    return 0.5 * std::pow(10.0, -scan_number(word).decimals);
  }

  /// What was kept, once the largest bus bandwidth says of how many ranks it is.
  void flush(LogSink& sink) {
    if (rows_.empty()) return;
    const auto widest =
        std::max_element(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
          return a.bus_bandwidth < b.bus_bandwidth;
        });
    const int width = ranks_of(*widest);
    if (width > 0) {
      sink.note(fmt::format("EP width {} from how bus and algorithm bandwidth relate in line {}",
                            width,
                            widest->line));
    }
    for (const Row& row : rows_) {
      sink.from_line(row.line);
      add(row, width, sink);
    }
    rows_.clear();
  }

  void add(const Row& row, int width, LogSink& sink) {
    const CommSeries series{.kernel = "NCCL",
                            .copies = Copies::kPerExpert,
                            .direction = Direction::kEither,
                            .ep_width = width,
                            .gate = {.experts = {}, .top_k = 0},
                            .gpus_per_domain = gpus_per_domain_};
    // Every row is a run of its own.
    sink.add(series, run_++, 0.0, row.size * unit::B, row.microseconds * unit::us);
  }

  static constexpr std::size_t kMostName = 64;
  /// Of tables with a root: size, count, type, redop, root, time.
  static constexpr std::size_t kTimeColumn = 5;

  std::string collective_;  ///< the program's name; empty: nothing names it
  int ranks_ = 0;           ///< 0: no list of devices
  int gpus_per_domain_ = 0;
  std::size_t time_column_ = kTimeColumn;
  bool cpu_time_ = false;
  std::vector<Row> rows_;
  std::vector<std::string_view> words_;
  int run_ = 0;
};

}  // namespace

std::unique_ptr<LogFormat> nccl_alltoall() {
  return std::make_unique<NcclAlltoall>();
}

}  // namespace wideep
