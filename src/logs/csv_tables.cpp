#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "logs/csv_table.h"

namespace wideep {
namespace {

/// Tables in a stream of lines: a header line begins one, and a line that is no row ends it.
class CsvTables : public LogFormat {
 public:
  explicit CsvTables(LogHints hints) : hints_(std::move(hints)) {}

  [[nodiscard]] std::string_view name() const override {
    return names_.empty() ? "CSV tables" : std::string_view(names_);
  }

  bool take(const LogLine& line, LogSink& sink) override {
    if (is_pause(line.text)) return false;
    if (std::memchr(line.text.data(), ',', line.text.size()) != nullptr) {
      if (header_ && take_row(line, sink)) return true;
      if (begin(line, sink)) return true;
    }
    ended_ = true;
    return false;
  }

 private:
  /// Empty lines and comments part the rows of a table without ending it.
  static bool is_pause(std::string_view text) {
    const std::size_t at = text.find_first_not_of(" \t\r");
    return at == std::string_view::npos || text[at] == '#';
  }

  /// A line with a number that stands alone between commas. After the end of the table such lines
  /// are still counted if they look like its rows, lest measurements vanish unseen.
  bool take_row(const LogLine& line, LogSink& sink) {
    split_row(line.text, header_->size() + 1, cells_);
    if (std::none_of(cells_.begin(), cells_.end(), is_number)) return false;
    const bool whole = cells_.size() == header_->size();
    if (ended_ && !whole) return false;
    if (ended_) {
      sink.reject("a row that a line which is none parts from its table");
    } else if (!whole) {
      sink.reject(cells_.size() < header_->size() ? "fewer cells than its table has columns"
                                                  : "more cells than its table has columns");
    } else if (table_ == nullptr) {
      sink.skip("a row of a table that lacks a column or a unit");
    } else {
      CsvRow row(*header_, cells_, ++rows_);
      table_->take(row, sink);
    }
    return true;
  }

  bool begin(const LogLine& line, LogSink& sink) {
    // That many tables cannot be read: to say so of more helps nobody.
    constexpr int kMostFaulty = 20;
    split_row(line.text, 1, cells_);
    if (faulty_ >= kMostFaulty || !is_column_name(cells_.front())) return false;
    split_row(line.text, CsvHeader::kMostColumns + 1, cells_);
    if (!CsvHeader::possible(cells_)) return false;
    CsvHeader header(line.text, cells_);
    CsvBeginning beginning = begin_aiconfigurator_table(header, hints_);
    if (!beginning.ours) beginning = begin_step_table(header, line, sink);
    if (!beginning.ours) beginning = begin_fused_table(header, hints_, line, sink);
    if (!beginning.ours) beginning = begin_collective_table(header, line, sink);
    if (!beginning.ours) beginning = begin_expert_table(header, line, sink);
    if (!beginning.ours) beginning = begin_attention_table(header, line, sink);
    if (!beginning.ours) beginning = begin_comm_table(header, hints_, line, sink);
    if (!beginning.ours) return false;
    if (!beginning.table) ++faulty_;
    header_ = std::move(header);
    table_ = std::move(beginning.table);
    ended_ = false;
    if (table_ && names_.find(table_->name()) == std::string::npos) {
      names_ += names_.empty() ? "" : ", ";
      names_ += table_->name();
    }
    return true;
  }

  LogHints hints_;
  std::optional<CsvHeader> header_;  ///< of the newest table that is ours
  std::unique_ptr<CsvTable> table_;  ///< null where its header has a fault
  std::string names_;                ///< of the kinds of tables so far
  bool ended_ = false;
  int faulty_ = 0;  ///< headers
  int rows_ = 0;
  std::vector<std::string_view> cells_;
};

}  // namespace

std::unique_ptr<LogFormat> csv_tables(const LogHints& hints) {
  return std::make_unique<CsvTables>(hints);
}

}  // namespace wideep
