#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "logs/csv_table.h"
#include "units/parse_quantity.h"

namespace wideep {

/// A column whose name ends in its unit.
template <class Q>
struct MeasuredColumn {
  int column = CsvHeader::kAbsent;
  Q one;  ///< what 1 means in it

  [[nodiscard]] bool there() const { return column != CsvHeader::kAbsent; }
};

/// Finds the columns of a table that people write, by any name that they go by, and tells what is
/// wrong with its header.
class ColumnFinder {
 public:
  ColumnFinder(const CsvHeader& header, const LogLine& line, LogSink& sink);

  /// The column of any of these names; more than one of them is a fault.
  int find(std::initializer_list<std::string_view> names);

  /// The column that has one of these names, then an underscore and a unit of that dimension.
  /// Without the unit it is a fault; `example` is how it could be called.
  template <class Q>
  MeasuredColumn<Q> measured(std::initializer_list<std::string_view> stems,
                             std::string_view example) {
    MeasuredColumn<Q> found;
    for (const std::string_view stem : stems) {
      refuse_without_unit(stem, example);
      for (std::size_t i = 0; i < header_.size(); ++i) {
        const auto one = parse_quantity<Q>("1 " + unit_after(i, stem));
        if (one && note_found(found.column, i)) found = {static_cast<int>(i), *one};
      }
    }
    known_.push_back(example);
    return found;
  }

  /// A fault where that column is there: it ought to say its unit.
  void refuse_without_unit(std::string_view name, std::string_view example);

  /// The table cannot do without the column that is called so.
  void require(bool there, std::string_view name);

  /// Reports what is missing and which columns are not used. False after a fault.
  bool finish(std::string_view what);

 private:
  /// What follows the stem and an underscore in a column's name, or nothing.
  [[nodiscard]] std::string unit_after(std::size_t column, std::string_view stem) const;
  bool note_found(int before, std::size_t column);
  void fault(std::size_t column, std::string message, std::string help);
  [[nodiscard]] std::string likely() const;

  const CsvHeader& header_;
  const LogLine& line_;
  LogSink& sink_;
  std::vector<bool> used_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> missing_;
  bool faulty_ = false;
};

/// Whether a name looks like that of a time, with a unit or without.
bool names_a_time(std::string_view name);

}  // namespace wideep
