#include "report/comm_fit_warnings.h"

#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/collective_fit_report.h"
#include "units/format_quantity.h"

namespace wideep {

std::vector<std::string> comm_fit_warnings(const CommFit& fit,
                                           const std::vector<LogFile>& files,
                                           const std::vector<std::string>& notes) {
  std::vector<std::string> warnings;
  std::set<std::string> said;
  const auto add = [&](const std::string& what) {
    if (said.insert(what).second) warnings.push_back(what);
  };
  for (const LogFile& file : files) {
    if (file.guessed_width.empty()) continue;
    add(fmt::format("{}: {}; --ep {}=N says otherwise.", file.name, file.guessed_width, file.name));
  }
  for (const std::string& doubt : fit.doubts) {
    add(doubt + ": --gpus-per-domain or another --base is right.");
  }
  for (const SeriesFit& one : fit.series) {
    if (!one.inconsistent.empty()) {
      add(fmt::format("{} {}. {}",
                      one.series.kernel,
                      one.inconsistent,
                      one.in_law ? "It is in the law all the same, as --keep-inconsistent says."
                                 : "It is left out; --keep-inconsistent takes it."));
    }
  }
  constexpr double kPoor = 0.1;
  for (const KernelLaw& law : fit.laws) {
    if (law.median_error <= kPoor) continue;
    add(
        fmt::format("the law of {} {} is {} off in the median: were these measured on one kind of "
                    "machine, with the same settings?",
                    law.series.kernel,
                    name_of(law.series.direction),
                    format_percent(law.median_error)));
  }
  std::map<std::string, std::vector<std::string>> unfitted;
  for (const SeriesFit& one : fit.series) {
    if (one.curve || !one.chosen) continue;
    unfitted[one.reason].push_back(fmt::format(
        "{} {} at EP {}", one.series.kernel, name_of(one.series.direction), one.series.ep_width));
  }
  for (const auto& [reason, which] : unfitted) {
    add(fmt::format("not fitted: {}: {}.", fmt::join(which, ", "), reason));
  }
  for (const std::string& warning : collectives_warnings(fit.collectives)) add(warning);
  for (const std::string& note : notes) add(note + ".");
  return warnings;
}

}  // namespace wideep
