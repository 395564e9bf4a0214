#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace wideep {

/// Moments of a computation in several threads, by which TBB puts them in order.
enum class Moment : std::uint8_t { kBegun, kComputed, kHandedOver, kLast = kHandedOver };

// The thread sanitizer does not see into TBB's library, which is compiled without it: what it
// orders is told once more. Elsewhere this is nothing. Not in an object: a thread would read where
// it is before it is told that it may.
#ifdef __SANITIZE_THREAD__
inline std::array<std::atomic<std::uint32_t>, static_cast<std::size_t>(Moment::kLast) + 1> told;

/// All that this thread did comes before what others do after `after(moment)`.
inline void before(Moment moment) {
  told.at(static_cast<std::size_t>(moment)).fetch_add(1, std::memory_order_release);
}
inline void after(Moment moment) {
  static_cast<void>(told.at(static_cast<std::size_t>(moment)).load(std::memory_order_acquire));
}
#else
inline void before(Moment /*moment*/) {}
inline void after(Moment /*moment*/) {}
#endif

}  // namespace wideep
