#include "cli/step_rows_check.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/data_sheet.h"
#include "input/diagnostic.h"
#include "input/suggest.h"

namespace wideep {
namespace {

/// Of its all-to-alls.
std::vector<std::string_view> kernel_names(const Fabric& fabric) {
  std::vector<std::string_view> names;
  names.reserve(fabric.kernels.size());
  for (const Kernel& kernel : fabric.kernels) {
    if (!kernel.collectives) names.push_back(kernel.name);
  }
  return names;
}

}  // namespace

std::string unknown_kernel(const std::string& name, const Fabric& fabric) {
  const std::vector<std::string_view> names = kernel_names(fabric);
  if (std::find(names.begin(), names.end(), name) != names.end()) return "";
  const std::string near = did_you_mean(name, names);
  return fmt::format("the fabric has no kernel '{}'; {}",
                     name,
                     near.empty() ? fmt::format("it has {}", fmt::join(names, ", ")) : near);
}

StepRowsCheck::StepRowsCheck(const Measurements& measurements,
                             const std::vector<SeriesFilter>& only)
    : measurements_(measurements) {
  std::set<std::size_t> seen;
  for (const StepSample& sample : measurements.steps) {
    const bool wanted = matches_all(series_of(sample), only);
    if (wanted && seen.insert(sample.series).second) firsts_.push_back(&sample);
  }
  if (firsts_.empty()) throw InputError("wideep-opt: --only leaves no row to fit\n");
}

void StepRowsCheck::require_known(const StepDefaults& defaults, const Fabric& fabric) const {
  std::string text;
  std::set<int> without_width;
  std::set<int> without_kernel;
  for (const StepSample* sample : firsts_) {
    const StepSeries& series = series_of(*sample);
    const int file = sample->place.file;
    if (series.ep_width == 0 && !defaults.ep_width && without_width.insert(file).second) {
      text += fault(*sample, "nothing says the EP width", "add --ep N, or --ep FILE=N");
    }
    if (!series.kernel.empty()) {
      const std::string why = unknown_kernel(series.kernel, fabric);
      if (!why.empty()) text += fault(*sample, why, "");
    } else if (!defaults.kernel && without_kernel.insert(file).second) {
      const std::string names = fmt::format("{}", fmt::join(kernel_names(fabric), ", "));
      text += fault(*sample, "nothing says the kernel", "add --kernel NAME, one of " + names);
    }
  }
  if (!text.empty()) throw InputError(text);
}

std::set<std::string> StepRowsCheck::values_of(std::string StepSeries::*text) const {
  std::set<std::string> values;
  for (const StepSample* sample : firsts_) {
    if (!(series_of(*sample).*text).empty()) values.insert(series_of(*sample).*text);
  }
  return values;
}

std::string StepRowsCheck::engine() const {
  const std::set<std::string> engines = values_of(&StepSeries::engine);
  if (engines.size() > 1) {
    throw InputError(
        fmt::format("wideep-opt: these are rows of more than one engine, {}: each has figures of "
                    "its own; choose with --only engine={}\n",
                    fmt::join(engines, ", "),
                    *engines.begin()));
  }
  return engines.empty() ? "" : *engines.begin();
}

std::string StepRowsCheck::device() const {
  const std::set<std::string> devices = values_of(&StepSeries::device);
  if (devices.empty()) return "";
  const std::string& first = *devices.begin();
  for (const std::string& device : devices) {
    if (other_gpu(device, first).empty()) continue;
    throw InputError(fmt::format(
        "wideep-opt: {} served, and {} too: choose with --only device={}\n", first, device, first));
  }
  return first;
}

const StepSeries& StepRowsCheck::series_of(const StepSample& sample) const {
  return measurements_.step_series[sample.series];
}

std::string StepRowsCheck::fault(const StepSample& sample,
                                 const std::string& message,
                                 const std::string& help) const {
  const LogFile& file = measurements_.files[static_cast<std::size_t>(sample.place.file)];
  return fmt::format("{}:{}: error: {}\n{}",
                     file.name,
                     sample.place.line,
                     message,
                     help.empty() ? "" : "      = help: " + help + "\n");
}

}  // namespace wideep
