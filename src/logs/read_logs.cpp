#include "logs/read_logs.h"

#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "input/diagnostic.h"
#include "logs/collect.h"
#include "logs/collective_x.h"
#include "logs/format.h"
#include "logs/line_kinds.h"
#include "logs/line_reader.h"
#include "logs/scan.h"
#include "logs/serving_results.h"
#include "logs/shown_line.h"
#include "logs/stated_width.h"

namespace wideep {
namespace {

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
    if (is_collective_x(reader_.head())) {
      return read_document({"CollectiveX artifact", [&] { read_collective(); }});
    }
    if (is_serving_document(reader_.head())) {
      return read_document({"serving result", [&] { read_serving_document(name_, collector_); }});
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
  void read_collective() {
    collector_.begin_line(1);
    read_collective_x(name_, collector_);
  }

  /// A kind of file that is one document, and no log.
  struct Document {
    std::string_view name;
    std::function<void()> read;
  };

  std::string read_document(const Document& document) {
    if (name_ == "<stdin>") {
      return fmt::format("{}: error: give a {} by its name\n", name_, document.name);
    }
    LogFile& file = collector_.file();
    bool too_long = false;
    for (std::string_view text; reader_.next(text, too_long);) ++file.lines;
    document.read();
    if (file.formats.empty()) file.formats.emplace_back(document.name);
    collector_.finish();
    file.bytes = reader_.bytes();
    file.sha256 = reader_.sha256();
    if (collector_.any()) return "";
    return fmt::format("{}: error: no measurement in this {}\n      = help: {}\n",
                       name_,
                       document.name,
                       passed_over());
  }

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
  formats.push_back(deepep_normal(hints));
  formats.push_back(deepep_elastic());
  formats.push_back(hybrid_ep(hints));
  formats.push_back(mori(hints));
  formats.push_back(nccl_tests());
  formats.push_back(balancedness(hints));
  formats.push_back(serving_lines());
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
  all.rest.collective_series = std::move(all.collective_series.all());
  all.rest.expert_series = std::move(all.expert_series.all());
  all.rest.fused_series = std::move(all.fused_series.all());
  all.rest.attention_series = std::move(all.attention_series.all());
  all.rest.step_series = std::move(all.step_series.all());
  return std::move(all.rest);
}

}  // namespace wideep
