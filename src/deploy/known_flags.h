#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "deploy/deployment.h"

namespace wideep {

/// What an engine's command line or options take: a file of presets/flags, which names its sources.
struct KnownFlags {
  std::vector<std::string_view> flags{};  ///< without dashes, keys inside of others behind a dot
  std::vector<std::string_view> gone{};   ///< that earlier versions took
  /// Of flags that take one of a few words: what any version takes.
  std::vector<std::pair<std::string_view, std::vector<std::string_view>>> values{};

  /// Whether some version takes a flag of that name.
  [[nodiscard]] bool has(std::string_view flag) const;

  /// The one flag that begins so, whose name Python's argparse takes it for; empty where there is
  /// none, or more than one.
  [[nodiscard]] std::string_view begun_by(std::string_view word) const;

  /// The keys of a section of options, "" being the top: "backend" in "moe_config".
  [[nodiscard]] std::vector<std::string_view> keys_of(std::string_view section) const;

  /// The words that a flag takes; null where it is free, or not known.
  [[nodiscard]] const std::vector<std::string_view>* values_of(std::string_view flag) const;
};

const KnownFlags& known_flags(ServingEngine engine);

}  // namespace wideep
