#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/sweep_point.h"
#include "report/result_json.h"

namespace wideep {

/// A column of a sweep's rows.
struct SweepColumn {
  std::string name;        ///< an axis' key, or a name with its unit (docs/sweep.md#columns)
  bool threshold = false;  ///< of the thresholds, which take most of the time
  /// The value in base units, as text without a comma; empty where there is none.
  std::function<void(const SweepPoint& point, std::string& text)> add;
};

/// Those of every sweep in their order: the axes, what is used, and its thresholds, but for those
/// that are an axis.
std::vector<SweepColumn> sweep_columns(std::span<const std::string> axes);

/// The names of columns that are none of the axes, for `--columns`.
std::vector<std::string> sweep_column_names();

/// "ep_width,kernel,...", the axes first.
std::string csv_header(std::span<const SweepColumn> columns);

/// Adds a line of values.
void add_csv_row(const SweepPoint& point, std::span<const SweepColumn> columns, std::string& text);

/// The axes, the configuration, its times and thresholds, or why nothing is feasible.
Json sweep_row_json(const SweepPoint& point, std::span<const std::string> axes, bool thresholds);

/// Adds that as a line.
void add_json_line(const SweepPoint& point,
                   std::span<const std::string> axes,
                   bool thresholds,
                   std::string& text);

}  // namespace wideep
