#include "sweep_rows.h"

#include <algorithm>

#include "input/given_texts.h"

namespace wideep {
namespace {

/// Points that are computed before a program gets the first of them: some ten milliseconds.
constexpr std::uint64_t kAtOnce = 512;

SweptProblem swept_of(const std::map<std::string, std::string>& texts,
                      const ProblemFiles& files,
                      const std::vector<std::string>& axes) {
  const GivenTexts given(texts);
  return {files, axes};
}

}  // namespace

SweepRows::SweepRows(const std::map<std::string, std::string>& texts,
                     const ProblemFiles& files,
                     const std::vector<std::string>& axes,
                     bool optimum,
                     int threads)
    : swept_(swept_of(texts, files, axes)) {
  std::vector<std::string> keys;
  for (const Axis& axis : swept_.axes()) keys.push_back(axis.key);
  columns_ = sweep_columns(keys);
  for (const SweepColumn& column : columns_) names_.push_back(column.name);
  run_ = {.points = {}, .thresholds = true, .optimum = optimum, .threads = threads};
}

std::string SweepRows::next() {
  run_.points = {at_, std::min(points(), at_ + kAtOnce)};
  at_ = run_.points.last;
  std::string rows;
  if (run_.points.first == run_.points.last) return rows;
  sweep(
      swept_,
      run_,
      [this](const SweepPoint& point, std::string& text) { add_csv_row(point, columns_, text); },
      [&rows](std::uint64_t, std::string_view text) { rows += text; });
  return rows;
}

}  // namespace wideep
