#pragma once

namespace wideep {

// Fits take a hundred times longer where nothing is optimized: a few draws then, which say nothing
// of shares.
#ifdef __OPTIMIZE__
inline constexpr bool kOptimized = true;
#else
inline constexpr bool kOptimized = false;
#endif

/// So many draws of random problems where code is optimized, a tenth elsewhere.
constexpr int draws(int optimized) {
  constexpr int kPart = 10;
  return kOptimized ? optimized : optimized / kPart;
}

}  // namespace wideep
