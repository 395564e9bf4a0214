#pragma once

#include <string>

#include <fmt/format.h>

#include "fit/series.h"

namespace wideep {

/// What a row of a table begins with: kernel, phase, EP width and SMs, 25 columns.
inline std::string series_columns(const CommSeries& series) {
  constexpr std::size_t kShortName = 6;
  return fmt::format("  {:<7}{:<9}{:>3}{:>4}",
                     series.kernel.substr(0, kShortName),
                     name_of(series.direction),
                     series.ep_width,
                     series.sms > 0 ? std::to_string(series.sms) : "-");
}

}  // namespace wideep
