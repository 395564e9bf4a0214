#include "cli/version.h"

#include <cstdint>

#include <fmt/format.h>

#include "commit.h"
#include "input/presets.h"

namespace wideep {
namespace {

/// 32-bit FNV-1a of all names and texts. Source: Fowler, Noll and Vo, draft-eastlake-fnv.
std::uint32_t hash_of_presets() {
  constexpr std::uint32_t kPrime = 0x01000193;
  constexpr std::uint32_t kOffsetBasis = 0x811c9dc5;
  std::uint32_t hash = kOffsetBasis;
  const auto add = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  };
  for (const Preset& preset : presets()) {
    add(preset.name);
    add(preset.text);
  }
  return hash;
}

}  // namespace

std::string version_text() {
  return fmt::format("wideep-opt {} (commit {}, presets {:08x})\n",
                     WIDEEP_VERSION,
                     WIDEEP_COMMIT,
                     hash_of_presets());
}

}  // namespace wideep
