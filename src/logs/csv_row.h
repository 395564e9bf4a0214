#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/section.h"
#include "units/quantity.h"

namespace wideep {

/// Bounds of what a table may say, beyond those of input/ranges.h.
namespace range {

inline constexpr Range<double> kTableTokens{1.0, 2'147'483'648.0};
inline constexpr Range<double> kTableVolume{1e-12, 1e18};  ///< in the unit of the column
inline constexpr Range<Seconds> kTableTime{Seconds(1e-12), Seconds(60.0)};

}  // namespace range

/// Splits a line at its commas, blanks and quotes around a cell removed; a comma within quotes
/// parts nothing. Stops after `most` cells, so that a line of nothing but commas costs little.
void split_row(std::string_view line, std::size_t most, std::vector<std::string_view>& cells);

/// A finite number and nothing else.
bool is_number(std::string_view cell);

/// A word or a few that could name a column; empty too, as data frames leave an index unnamed.
bool is_column_name(std::string_view cell);

/// The line that names the columns.
class CsvHeader {
 public:
  static constexpr int kAbsent = -1;
  /// More columns than any benchmark writes.
  static constexpr std::size_t kMostColumns = 256;

  /// Whether the cells could name columns: at least two, and names all of them.
  static bool possible(const std::vector<std::string_view>& cells);

  CsvHeader(std::string_view line, const std::vector<std::string_view>& cells);

  /// Names in small letters, words parted by underscores: "Time (us)" is "time_us".
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// The same with the letters as they are, for units: "volume_MiB".
  [[nodiscard]] const std::string& cased(std::size_t column) const { return cased_[column]; }
  /// Where the column begins in the line, counted from 1.
  [[nodiscard]] int position(std::size_t column) const { return positions_[column]; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

  [[nodiscard]] int find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != kAbsent; }

 private:
  std::vector<std::string> names_;
  std::vector<std::string> cased_;
  std::vector<int> positions_;
};

/// A row being read, column by column. A wrong cell does not stop the reading: the first is kept as
/// the reason for which the row is rejected, and the value comes back harmless.
class CsvRow {
 public:
  CsvRow(const CsvHeader& header, const std::vector<std::string_view>& cells, int run)
      : header_(&header), cells_(&cells), run_(run) {}

  /// Of the runs of a file, each row is one.
  [[nodiscard]] int run() const { return run_; }

  /// Whether the column is there and its cell says something.
  [[nodiscard]] bool says(int column) const { return !cell(column).empty(); }
  /// Empty where the column is absent.
  [[nodiscard]] std::string_view text(int column) const { return cell(column); }

  double number(int column, Range<double> range);
  int whole(int column, Range<int> range);
  Seconds time(int column, Seconds one);

  void wrong(std::string why);
  [[nodiscard]] bool good() const { return why_.empty(); }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  [[nodiscard]] std::string_view cell(int column) const {
    return column == CsvHeader::kAbsent ? std::string_view()
                                        : (*cells_)[static_cast<std::size_t>(column)];
  }
  [[nodiscard]] const std::string& name(int column) const {
    return header_->cased(static_cast<std::size_t>(column));
  }
  bool read(int column, double& value);

  const CsvHeader* header_;
  const std::vector<std::string_view>* cells_;
  int run_;
  std::string why_;
};

}  // namespace wideep
