#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/sweep.h"
#include "report/sweep_rows.h"

namespace wideep {

/// The rows of a sweep, some hundreds at a time, computed on all cores.
class SweepRows {
 public:
  /// `texts`: see GivenTexts. Throws InputError as SweptProblem does.
  SweepRows(const std::map<std::string, std::string>& texts,
            const ProblemFiles& files,
            const std::vector<std::string>& axes,
            bool optimum,
            int threads);

  /// Names of columns, the axes first.
  [[nodiscard]] const std::vector<std::string>& columns() const { return names_; }

  [[nodiscard]] std::uint64_t points() const { return swept_.points(); }

  /// The next rows as lines of values without a comma; empty at the end.
  std::string next();

 private:
  SweptProblem swept_;
  std::vector<SweepColumn> columns_;
  std::vector<std::string> names_;
  SweepRun run_;
  std::uint64_t at_ = 0;
};

}  // namespace wideep
