#pragma once

#include <cmath>

#include "report/result_json.h"

namespace wideep {

/// Whether a document holds no null without a reason beside it.
inline bool nulls_have_reasons(const Json& json) {
  if (json.is_number_float() && !std::isfinite(json.get<double>())) return false;
  if (json.is_array()) {
    for (const Json& item : json) {
      if (!nulls_have_reasons(item)) return false;
    }
  }
  if (!json.is_object()) return true;
  for (const auto& [key, value] : json.items()) {
    const bool excused = key == "overlap" || key == "line";  // excluded choices: every mode
    if (value.is_null() && !excused && !json.contains(key + "_reason")) return false;
    if (!nulls_have_reasons(value)) return false;
  }
  return true;
}

}  // namespace wideep
