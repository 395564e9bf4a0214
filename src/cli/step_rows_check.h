#pragma once

#include <set>
#include <string>
#include <vector>

#include "fit/step_rows.h"

namespace wideep {

/// Why the fabric has no such kernel, and which was meant; empty where it has.
std::string unknown_kernel(const std::string& name, const Fabric& fabric);

/// What rows of TPOT must say before they are priced: of those that `only` leaves, the first of
/// each series. Throws InputError where it leaves none.
class StepRowsCheck {
 public:
  StepRowsCheck(const Measurements& measurements, const std::vector<SeriesFilter>& only);

  /// Throws InputError where a row lacks its EP width or kernel, or names one that the fabric has
  /// not: with its file and line, what is lacking once for each file.
  void require_known(const StepDefaults& defaults, const Fabric& fabric) const;

  /// Whose rows they are; empty where none says. Throws InputError where engines are several.
  [[nodiscard]] std::string engine() const;

  /// What served them, as the first row that says calls it; likewise where it was two kinds of GPU.
  [[nodiscard]] std::string device() const;

 private:
  [[nodiscard]] std::set<std::string> values_of(std::string StepSeries::*text) const;
  [[nodiscard]] const StepSeries& series_of(const StepSample& sample) const;
  [[nodiscard]] std::string fault(const StepSample& sample,
                                  const std::string& message,
                                  const std::string& help) const;

  const Measurements& measurements_;
  std::vector<const StepSample*> firsts_;
};

}  // namespace wideep
