// nccl-tests' alltoall_perf.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "logs/characters.h"
#include "logs/format.h"
#include "logs/nccl_row.h"
#include "logs/scan.h"

namespace wideep {
namespace {

constexpr std::string_view kTornRow = "a torn row: not all of its numbers are there";
/// Rows kept until the number of ranks is known; a table has a few dozen.
constexpr std::size_t kMostRows = 4096;

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
    } else if (collective_.empty()) {
      see_prose(text);
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
    } else if (collective_.empty()) {
      see_prose(text);
    }
    return false;
  }

  /// What a text before the table calls it, however it is spelt; the last one counts.
  void see_prose(std::string_view text) {
    static constexpr Marker kAll("ll");
    constexpr std::size_t kLongest = 200;
    if (text.size() > kLongest) return;
    for (std::size_t at = kAll.find(text); at != kNowhere; at = kAll.find(text, at + 1)) {
      if (at == 0 || lower(text[at - 1]) != 'a') continue;
      const std::string_view rest = text.substr(at + kAll.size());
      if (continues(rest, {"to", "all"})) prose_ = "alltoall";
      if (continues(rest, {"reduce"})) prose_ = "all_reduce";
      if (continues(rest, {"gather"})) prose_ = "all_gather";
    }
  }

  /// Whether a text goes on with these words, with or without blanks and dashes between.
  static bool continues(std::string_view text, std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
      text.remove_prefix(std::min(text.find_first_not_of(" -_"), text.size()));
      if (!equal_without_case(text.substr(0, word.size()), word)) return false;
      text.remove_prefix(word.size());
    }
    return true;
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

  bool take_row(std::string_view text, int line, LogSink& sink) {
    // Most lines that begin with a digit are no rows: their second word is no number.
    const std::size_t blank = text.find_first_not_of("0123456789");
    if (blank == kNowhere || text[blank] != ' ') return false;
    const std::size_t count = text.find_first_not_of(' ', blank);
    if (count == kNowhere || text[count] < '0' || text[count] > '9') return false;
    split_words(text, words_);
    if (words_.size() <= kOperation) return false;
    element_ = bytes_of_type(words_[kType]);
    if (element_ == 0) return false;
    // Early versions leave the operation of an all-to-all blank.
    blank_operation_ = number_of(words_[kOperation]).has_value();
    if (!is_alltoall(sink)) {
      sink.skip(collective_.empty() && prose_.empty()
                    ? std::string("rows of a collective that nothing names: put "
                                  "'# alltoall_perf' in a line before them")
                    : fmt::format("{} is no all-to-all", shown(named())));
    } else if (!blank_operation_ && words_[kOperation] != "none") {
      sink.skip("a reduction is no all-to-all");
    } else if (cpu_time_) {
      sink.skip("CPU time, not of the wire");
    } else {
      take_figures(line, sink);
    }
    return true;
  }

  /// As a program or a header names it, else as a text before.
  [[nodiscard]] std::string_view named() const {
    return collective_.empty() ? std::string_view(prose_) : std::string_view(collective_);
  }

  [[nodiscard]] bool is_alltoall(const LogSink& sink) const {
    const std::string_view path = sink.file_name();
    const std::string_view name = named().empty() ? path.substr(path.rfind('/') + 1) : named();
    return name.find("alltoall") != kNowhere || name.find("all_to_all") != kNowhere;
  }

  void take_figures(int line, LogSink& sink) {
    constexpr std::size_t kGroup = 4;  // time, algbw, busbw, #wrong
    const std::size_t at = blank_operation_ ? std::max(kOperation, time_column_ - 1) : time_column_;
    if (words_.size() < at + kGroup) return sink.reject(kTornRow);
    const auto size = number_of(words_[0]);
    const auto time = number_of(words_[at]);
    const auto algorithm = number_of(words_[at + 1]);
    const auto bus = number_of(words_[at + 2]);
    const std::string_view wrong = words_[at + 3];
    if (!size || !time || !algorithm || !bus) return sink.reject(kTornRow);
    if (wrong != "N/A") {
      const auto errors = number_of(wrong);
      if (!errors) return sink.reject(kTornRow);
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
    const NcclRow row{line,
                      ranks_by_count(*size, words_[1], element_),
                      *size,
                      *time,
                      *algorithm,
                      *bus,
                      rounding(words_[at + 1])};
    const int known = known_ranks(row, sink);
    if (known > 0) return add(row, known, sink);
    if (rows_.size() == kMostRows) flush(sink);
    rows_.push_back(row);
  }

  /// By the list of devices, the row itself, or what is said of the file. 0: none.
  int known_ranks(const NcclRow& row, LogSink& sink) const {
    if (ranks_ > 0) return ranks_;
    const int stated = sink.ep_width();
    if (row.ranks == 0) return stated;
    if (stated > 0 && stated != row.ranks) {
      sink.note(
          fmt::format("EP width {} from size and count of the rows, not {}", row.ranks, stated));
    } else if (stated == 0) {
      sink.note(fmt::format("EP width {} from size and count of the rows", row.ranks));
    }
    return row.ranks;
  }

  /// What was kept, once the largest bus bandwidth says of how many ranks it is.
  void flush(LogSink& sink) {
    if (rows_.empty()) return;
    const auto widest =
        std::max_element(rows_.begin(), rows_.end(), [](const NcclRow& a, const NcclRow& b) {
          return a.bus_bandwidth < b.bus_bandwidth;
        });
    const int width = ranks_of(*widest);
    if (width > 0) {
      sink.note(fmt::format("EP width {} from how bus and algorithm bandwidth relate in line {}",
                            width,
                            widest->line));
    }
    for (const NcclRow& row : rows_) {
      sink.from_line(row.line);
      add(row, width, sink);
    }
    rows_.clear();
  }

  void add(const NcclRow& row, int width, LogSink& sink) {
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
  static constexpr std::size_t kType = 2;
  static constexpr std::size_t kOperation = 3;
  /// Of tables with a root: size, count, type, redop, root, time.
  static constexpr std::size_t kTimeColumn = 5;

  std::string collective_;  ///< the program's name; empty: nothing names it
  std::string prose_;       ///< the collective that a text before names; empty: none
  int element_ = 0;         ///< bytes, of the row at hand
  bool blank_operation_ = false;
  int ranks_ = 0;  ///< 0: no list of devices
  int gpus_per_domain_ = 0;
  std::size_t time_column_ = kTimeColumn;
  bool cpu_time_ = false;
  std::vector<NcclRow> rows_;
  std::vector<std::string_view> words_;
  int run_ = 0;
};

}  // namespace

std::unique_ptr<LogFormat> nccl_alltoall() {
  return std::make_unique<NcclAlltoall>();
}

}  // namespace wideep
