#pragma once

#include <string>

namespace wideep {

/// "wideep-opt 0.2.0", the commit that was built, and the presets in it, by a hash of their texts.
std::string version_text();

}  // namespace wideep
