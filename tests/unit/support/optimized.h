#pragma once

namespace wideep {

// Fits take a hundred times longer where nothing is optimized: a few draws then, which say nothing
// of shares.
#ifdef __OPTIMIZE__
inline constexpr bool kOptimized = true;
#else
inline constexpr bool kOptimized = false;
#endif

}  // namespace wideep
