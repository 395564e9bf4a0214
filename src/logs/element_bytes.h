#pragma once

namespace wideep {

// Bytes of an element on the wire, as benchmark tools count them.
inline constexpr double kBf16Bytes = 2.0;
inline constexpr double kFp8Bytes = 1.0 + 4.0 / 128;  ///< and a scale of 4 bytes for each 128
inline constexpr double kPlainFp8Bytes = 1.0;         ///< a plain cast, without scales

}  // namespace wideep
