#pragma once

#include <cstdio>
#include <cstdlib>

namespace wideep {

/// Aborts, for the fuzzer to see, where something does not hold.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace wideep
