#pragma once

#include <string>
#include <string_view>

#include "deploy/deployment.h"
#include "deploy/text_place.h"

namespace wideep {

/// What a stretch of a source is; empty for none.
inline std::string text_at(const Place& place, const TextExtent& extent) {
  if (extent.empty() || place.source == nullptr) return "";
  return place.source->text.substr(extent.begin, extent.end - extent.begin);
}

/// "3:5"
inline std::string line_and_column(const Place& place) {
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

/// A setting's value as tests write it down: "?" where it is not known, "-" where there is none.
inline std::string value_of(const Settings& settings, std::string_view key) {
  const Setting* const found = settings.find(key);
  return found == nullptr ? "-" : found->value.value_or("?");
}

inline std::string flag_of(const DeployedRole& role, std::string_view key) {
  return value_of(role.flags, key);
}

inline std::string variable_of(const DeployedRole& role, std::string_view key) {
  return value_of(role.environment, key);
}

}  // namespace wideep
