// nccl-tests' alltoall_perf, all_reduce_perf, all_gather_perf and reduce_scatter_perf.
#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "logs/characters.h"
#include "logs/format.h"
#include "logs/nccl_name.h"
#include "logs/nccl_row.h"
#include "logs/scan.h"

namespace wideep {
namespace {

constexpr std::string_view kTornRow = "a torn row: not all of its numbers are there";
/// Rows kept until the number of ranks is known; a table has a few dozen.
constexpr std::size_t kMostRows = 4096;

class NcclTests : public LogFormat {
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
    } else {
      name_.see_prose(text);
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
      name_.set(trimmed(cursor.rest()));
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
    } else {
      name_.see_prose(text);
    }
    return false;
  }

  /// A command, "./build/alltoall_perf -b 8".
  void see_program(std::string_view text, LogSink& sink) {
    const std::size_t slash = text.find_last_of("/ \t'\"=:");
    const std::string_view program = slash == kNowhere ? text : text.substr(slash + 1);
    if (program.size() > NcclName::kMost || !name_.is_new(program)) return;
    flush(sink);
    name_.set(program);
  }

  void begin_table() {
    ranks_ = 0;
    gpus_per_domain_ = 0;
  }

  /// Columns have moved with versions: the first ones had no root. Of every version's the time
  /// comes behind the type.
  void read_header(std::string_view text) {
    split_words(text, words_);
    for (std::size_t at = kOperation; at < words_.size(); ++at) {
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
    of_ = name_.collective(sink.file_name());
    if (const std::string why = why_not(); !why.empty()) {
      sink.skip(why);
    } else {
      take_figures(line, sink);
    }
    return true;
  }

  /// Why a row of the collective at hand says nothing that is needed; empty where it does.
  [[nodiscard]] std::string why_not() const {
    const std::string_view operation = blank_operation_ ? "none" : words_[kOperation];
    const bool reduces =
        of_ == NamedCollective::kAllReduce || of_ == NamedCollective::kReduceScatter;
    if (of_ == NamedCollective::kNone) {
      if (name_.text().empty()) {
        return "rows of a collective that nothing names: put '# alltoall_perf' in a line before "
               "them";
      }
      return fmt::format("{} is no all-to-all, all-reduce, all-gather or reduce-scatter",
                         shown(name_.text()));
    }
    if (!reduces && operation != "none") {
      return of_ == NamedCollective::kAllToAll ? "a reduction is no all-to-all"
                                               : "a reduction is no all-gather";
    }
    if (reduces && operation != "sum") return "a reduction other than a sum";
    if (of_ != NamedCollective::kAllToAll && !is_activation_type(words_[kType])) {
      return std::string(kOtherType);
    }
    return cpu_time_ ? "CPU time, not of the wire" : "";
  }

  void take_figures(int line, LogSink& sink) {
    constexpr std::size_t kGroup = 4;  // time, algbw, busbw, #wrong
    const std::size_t at = blank_operation_ ? std::max(kOperation, time_column_ - 1) : time_column_;
    if (words_.size() < at + kGroup) return sink.reject(kTornRow);
    const auto size = number_of(words_[0]);
    const auto time = number_of(words_[at]);
    const auto algorithm = number_of(words_[at + 1]);
    // Of an all-reduce 2 (n - 1)/n of the size, of the others half as much.
    const double passes = of_ == NamedCollective::kAllReduce ? 2.0 : 1.0;
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
                      of_,
                      ranks_by_count(*size, words_[1], element_),
                      *size,
                      *time,
                      *algorithm,
                      *bus / passes,
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
          fmt::format("{} from size and count of the rows, not {}", group(row, row.ranks), stated));
    } else if (stated == 0) {
      sink.note(fmt::format("{} from size and count of the rows", group(row, row.ranks)));
    }
    return row.ranks;
  }

  static std::string group(const NcclRow& row, int ranks) {
    if (row.of == NamedCollective::kAllToAll) return fmt::format("EP width {}", ranks);
    return fmt::format("a group of {} ranks", ranks);
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
      sink.note(fmt::format("{} from how bus and algorithm bandwidth relate in line {}",
                            group(*widest, width),
                            widest->line));
    }
    for (const NcclRow& row : rows_) {
      sink.from_line(row.line);
      add(row, width, sink);
    }
    rows_.clear();
  }

  void add(const NcclRow& row, int width, LogSink& sink) {
    if (const auto op = operation_of(row.of)) return add_collective(row, *op, width, sink);
    const CommSeries series{.kernel = "NCCL",
                            .copies = Copies::kPerExpert,
                            .direction = Direction::kEither,
                            .ep_width = width,
                            .gate = {.experts = {}, .top_k = 0},
                            .gpus_per_domain = gpus_per_domain_};
    // Every row is a run of its own.
    sink.add(series, run_++, 0.0, row.size * unit::B, row.microseconds * unit::us);
  }

  static void add_collective(const NcclRow& row, CollectiveOp op, int ranks, LogSink& sink) {
    if (ranks == 0) return sink.reject("nothing tells the number of ranks: --ep N says it");
    if (ranks == 1) return sink.skip("a group of one rank, which sends nothing");
    sink.add({.library = Library::kNccl, .op = op, .ranks = ranks},
             {.bytes = row.size * unit::B, .time = row.microseconds * unit::us});
  }

  static constexpr std::size_t kType = 2;
  static constexpr std::size_t kOperation = 3;
  /// Of tables with a root: size, count, type, redop, root, time.
  static constexpr std::size_t kTimeColumn = 5;

  NcclName name_;
  NamedCollective of_ = NamedCollective::kNone;  ///< of the row at hand
  int element_ = 0;                              ///< its bytes
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

std::unique_ptr<LogFormat> nccl_tests() {
  return std::make_unique<NcclTests>();
}

}  // namespace wideep
