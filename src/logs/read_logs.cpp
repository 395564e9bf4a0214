#include "logs/read_logs.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "input/diagnostic.h"
#include "logs/collect.h"
#include "logs/format.h"
#include "logs/line_reader.h"
#include "logs/scan.h"
#include "logs/stated_width.h"

namespace wideep {
namespace {

constexpr auto kNowhere = std::string_view::npos;

/// A line that a message shows.
struct ShownLine {
  int number = 1;
  int column = 1;
  std::string text;
};

constexpr std::size_t kKeptOfLine = 1000;

ShownLine shown_line(const LogLine& line) {
  return {
      .number = line.number, .column = 1, .text = std::string(line.text.substr(0, kKeptOfLine))};
}

/// "file:line:column: error: message", the line with a caret, and the help.
std::string rendered(const std::string& name,
                     const ShownLine& line,
                     std::string_view message,
                     std::string_view help) {
  constexpr std::size_t kWindow = 72;
  constexpr std::size_t kLead = 36;
  std::string text = line.text;
  std::replace_if(
      text.begin(),
      text.end(),
      [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; },
      ' ');
  auto caret = static_cast<std::size_t>(std::max(1, line.column));
  if (text.size() > kWindow) {
    const std::size_t from = std::min(caret > kLead ? caret - kLead : 0, text.size());
    text = text.substr(from, kWindow);
    caret -= from;
  }
  // Bytes that continue a character take no column.
  constexpr unsigned char kContinuationMask = 0xC0;
  constexpr unsigned char kContinuation = 0x80;
  const auto before = text.begin() + static_cast<std::ptrdiff_t>(std::min(caret - 1, text.size()));
  caret -= static_cast<std::size_t>(std::count_if(text.begin(), before, [](unsigned char c) {
    return (c & kContinuationMask) == kContinuation;
  }));
  std::string report =
      fmt::format("{}:{}:{}: error: {}\n", name, line.number, line.column, message);
  report += fmt::format("{:5} | {}\n", line.number, text);
  report += fmt::format("      | {:>{}}\n", "^", std::min(caret, kWindow + 1));
  if (!help.empty()) report += fmt::format("      = help: {}\n", help);
  return report;
}

/// Whether a line tells that the run failed: a process that ended, or an error that ends it.
bool tells_failure(std::string_view line) {
  static constexpr std::array kSure{Marker("Traceback (most recent call last)"),
                                    Marker("Segmentation fault"),
                                    Marker("Killed"),
                                    Marker("RuntimeError"),
                                    Marker("CUDA error"),
                                    Marker("srun: error")};
  static constexpr Marker kExitCode("xit code");
  static constexpr Marker kNvshmem("NVSHMEM");
  static constexpr Marker kNccl("NCCL ");
  for (const Marker& marker : kSure) {
    if (marker.in(line)) return true;
  }
  if (const std::size_t at = kExitCode.find(line); at != kNowhere) {
    const std::string_view code = line.substr(at + kExitCode.size());
    const std::size_t digit = code.find_first_not_of(": ");
    return digit == kNowhere || code[digit] != '0';
  }
  if (kNvshmem.in(line)) {
    return line.find("error") != kNowhere || line.find("abort") != kNowhere;
  }
  const std::size_t nccl = kNccl.find(line);
  if (nccl == kNowhere) return false;
  const std::string_view rest = line.substr(nccl + kNccl.size());
  return rest.starts_with("error") || rest.starts_with("failure");
}

/// Whether a line is NCCL's own and nothing else: most of a long log is. Where results were printed
/// into the middle of one, or what tells of them, formats are to see it.
bool is_noise(std::string_view line) {
  static constexpr Marker kInfo("NCCL INFO");
  static constexpr std::array kOurs{
      Marker("GB/s"), Marker("[config]"), Marker(".py"), Marker("balancedness")};
  if (!kInfo.in(line)) return false;
  return std::none_of(
      kOurs.begin(), kOurs.end(), [line](const Marker& marker) { return marker.in(line); });
}

/// Why a file is no text; empty where it may be one.
std::string no_text(std::string_view head) {
  struct Magic {
    std::string_view bytes;
    std::string_view why;
  };
  using std::string_view_literals::operator""sv;
  constexpr std::array kMagics{Magic{"\x1f\x8b"sv, "is compressed: gunzip it first"},
                               Magic{"\x28\xb5\x2f\xfd"sv, "is compressed: unzstd it first"},
                               Magic{"\xfd\x37zXZ"sv, "is compressed: unxz it first"},
                               Magic{"PK\x03\x04"sv, "is an archive: unzip it first"},
                               Magic{"\xff\xfe"sv, "is UTF-16: save it as UTF-8"},
                               Magic{"\xfe\xff"sv, "is UTF-16: save it as UTF-8"}};
  for (const Magic& magic : kMagics) {
    if (head.starts_with(magic.bytes)) return fmt::format("the file {}", magic.why);
  }
  constexpr double kFewControls = 0.1;
  constexpr std::string_view kTextControls = "\t\n\r\f\v\b\x1b";
  const auto controls = std::count_if(head.begin(), head.end(), [&](char c) {
    return std::iscntrl(static_cast<unsigned char>(c)) != 0 && kTextControls.find(c) == kNowhere;
  });
  const bool binary =
      std::memchr(head.data(), '\0', head.size()) != nullptr ||
      static_cast<double>(controls) > kFewControls * static_cast<double>(head.size());
  return binary ? "the file is binary, not a log" : "";
}

/// Reads one file.
class FileReader {
 public:
  FileReader(const std::string& path, const LogHints& hints)
      : name_(path == "-" ? "<stdin>" : path),
        reader_(path),
        collector_(path, width_hints(path, hints)),
        formats_(all_formats(hints)),
        found_(formats_.size(), false) {}

  /// What is wrong with it, rendered; empty when it is read.
  std::string read() {
    if (reader_.head().empty()) return fmt::format("{}: error: the file is empty\n", name_);
    if (const auto why = no_text(reader_.head()); !why.empty()) {
      return fmt::format("{}: error: {}\n", name_, why);
    }
    read_lines();
    for (const auto& format : formats_) format->finish(collector_);
    collector_.finish();
    LogFile& file = collector_.file();
    file.bytes = reader_.bytes();
    file.sha256 = reader_.sha256();
    for (std::size_t at = 0; at < formats_.size(); ++at) {
      if (found_[at]) file.formats.emplace_back(formats_[at]->name());
    }
    return errors();
  }

  [[nodiscard]] FileCollector& collector() { return collector_; }

 private:
  static WidthHints width_hints(const std::string& path, const LogHints& hints) {
    const auto found = hints.file_ep_widths.find(path);
    WidthHints widths{.of_file = std::nullopt, .otherwise = hints.ep_width};
    if (found != hints.file_ep_widths.end()) widths.of_file = found->second;
    return widths;
  }

  void read_lines() {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    constexpr char kEscape = '\x1b';
    int& number = collector_.file().lines;
    bool too_long = false;
    for (std::string_view text; reader_.next(text, too_long);) {
      if (number < std::numeric_limits<int>::max()) ++number;
      collector_.begin_line(number);
      if (too_long) {
        collector_.skip("longer than 64 KiB");
        continue;
      }
      if (number == 1 && text.starts_with(kByteOrderMark)) {
        text.remove_prefix(kByteOrderMark.size());
      }
      if (text.ends_with('\r')) text.remove_suffix(1);
      if (text.find(kEscape) != kNowhere) {
        strip_escapes(text, plain_);
        text = plain_;
      }
      if (!text.empty()) take({text, number});
    }
  }

  void take(const LogLine& line) {
    if (const int width = stated_ep_width(line.text); width > 0) {
      collector_.set_ep_width(width, shown(line.text));
    }
    if (!first_) first_ = shown_line(line);
    if (is_noise(line.text)) return;
    const int passed = first_unused_ ? 0 : passed_over_lines();
    for (std::size_t at = 0; at < formats_.size(); ++at) {
      if (!formats_[at]->take(line, collector_)) continue;
      found_[at] = true;
      if (!first_unused_ && passed_over_lines() > passed) first_unused_ = shown_line(line);
      return;
    }
    if (!failure_ && tells_failure(line.text)) failure_ = shown_line(line);
  }

  int passed_over_lines() {
    int lines = 0;
    for (const auto* reasons : {&collector_.file().skipped, &collector_.file().rejected}) {
      for (const LineReason& reason : *reasons) lines += reason.lines;
    }
    return lines;
  }

  std::string errors() {
    std::string report;
    for (const LogFault& fault : collector_.faults()) {
      report += rendered(name_, {fault.line, fault.column, fault.text}, fault.message, fault.help);
    }
    if (!report.empty()) return report;
    if (collector_.any()) {
      if (failure_) {
        collector_.note(
            fmt::format("line {} tells of a failure: {}", failure_->number, shown(failure_->text)));
      }
      return "";
    }
    if (failure_) {
      return rendered(name_, *failure_, "no measurement: the run failed here", "");
    }
    if (first_unused_) {
      return rendered(name_, *first_unused_, "no measurement in this file", passed_over());
    }
    std::vector<std::string_view> names;
    names.reserve(formats_.size());
    for (const auto& format : formats_) names.push_back(format->name());
    std::string help = fmt::format("known are {}", fmt::join(names, ", "));
    if (passed_over_lines() > 0) help += "; " + passed_over();
    return rendered(name_,
                    first_.value_or(ShownLine{}),
                    "no measurement: the file is of no known format",
                    help);
  }

  /// "3 lines passed over: why; 1 line: why".
  std::string passed_over() {
    const LogFile& file = collector_.file();
    std::vector<std::string> reasons;
    for (const auto* all : {&file.rejected, &file.skipped}) {
      for (const LineReason& reason : *all) {
        reasons.push_back(fmt::format("{} {} from line {} on: {}",
                                      reason.lines,
                                      reason.lines == 1 ? "line" : "lines",
                                      reason.first_line,
                                      reason.why));
      }
    }
    return fmt::format("passed over were {}", fmt::join(reasons, "; "));
  }

  std::string name_;
  LineReader reader_;
  FileCollector collector_;
  std::vector<std::unique_ptr<LogFormat>> formats_;
  std::vector<bool> found_;  ///< by format
  std::string plain_;        ///< a line without its colours
  std::optional<ShownLine> first_;
  std::optional<ShownLine> first_unused_;
  std::optional<ShownLine> failure_;
};

}  // namespace

std::vector<std::unique_ptr<LogFormat>> all_formats(const LogHints& hints) {
  std::vector<std::unique_ptr<LogFormat>> formats;
  formats.push_back(deepep_low_latency());
  formats.push_back(deepep_normal());
  formats.push_back(deepep_elastic());
  formats.push_back(nccl_alltoall());
  formats.push_back(balancedness(hints));
  formats.push_back(csv_tables(hints));
  return formats;
}

Measurements read_logs(const std::vector<std::string>& paths, const LogHints& hints) {
  Collected all;
  std::string errors;
  for (std::size_t at = 0; at < paths.size(); ++at) {
    try {
      FileReader reader(paths[at], hints);
      const std::string faults = reader.read();
      errors += faults;
      if (errors.empty()) reader.collector().move_to(all, static_cast<int>(at));
    } catch (const InputError& error) {
      errors += error.what();
    }
  }
  if (!errors.empty()) throw InputError(errors);
  all.rest.comm_series = std::move(all.comm_series.all());
  all.rest.expert_series = std::move(all.expert_series.all());
  all.rest.attention_series = std::move(all.attention_series.all());
  return std::move(all.rest);
}

}  // namespace wideep
