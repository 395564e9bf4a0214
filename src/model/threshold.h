#pragma once

#include <optional>
#include <string>

namespace wideep {

/// A value that may not exist, and then says why in words.
template <class Q>
struct Threshold {
  std::optional<Q> value;
  std::string reason;  ///< empty where there is a value
};

}  // namespace wideep
