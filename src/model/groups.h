#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace wideep {

// What the schedules of a layer are written in: parts, one after the other or beside each other.

/// What a layer consists of.
enum class Part : std::uint8_t {
  kPrep,          ///< up to attention proper
  kCore,          ///< from there to the gate
  kAttention,     ///< the two together
  kShared,        ///< shared experts
  kExperts,       ///< routed experts
  kDispatch,      ///< on the link
  kCombine,       ///< on the link
  kDispatchHeld,  ///< of dispatch, in which it holds every SM
  kCombineHeld,
  kGateUp,       ///< routed experts up to their last GEMM
  kDown,         ///< that GEMM, beside a combine that keeps a few SMs
  kDownFirst,    ///< of it what the first expert takes
  kCombineLast,  ///< of combine what the last expert's tokens take
  kFused         ///< dispatch, routed experts and combine in one kernel
};
inline constexpr std::size_t kPartCount = 14;

/// A part of one micro-batch, 0 or 1; of the whole batch, 0.
struct Piece {
  Part part = Part::kPrep;
  std::uint8_t batch = 0;
};

/// At most `kMost` values in a row.
template <class T, std::size_t kMost>
class Few {
 public:
  constexpr Few() = default;
  constexpr Few(std::initializer_list<T> values) {
    for (const T& value : values) values_.at(count_++) = value;
  }

  [[nodiscard]] constexpr const T* begin() const { return values_.data(); }
  [[nodiscard]] constexpr const T* end() const { return values_.data() + count_; }
  [[nodiscard]] constexpr std::size_t size() const { return count_; }
  [[nodiscard]] constexpr const T& operator[](std::size_t at) const { return values_[at]; }

 private:
  std::array<T, kMost> values_{};
  std::uint8_t count_ = 0;
};

/// Pieces one after the other.
using Path = Few<Piece, 8>;

/// How often a group runs in N layers.
enum class Repeat : std::uint8_t {
  kEachLayer,      ///< N times
  kBetweenLayers,  ///< N - 1 times: where one layer reaches into the next
  kOnce            ///< at the beginning or at the end
};

/// Paths that begin together and end together: the longest is what the group takes.
struct Group {
  Repeat repeat = Repeat::kEachLayer;
  Few<Path, 8> paths;
};

/// At most so many groups has a schedule.
inline constexpr std::size_t kMostGroups = 9;

/// How much one run of a group counts for a layer out of `layers`.
constexpr double weight_of(Repeat repeat, int layers) {
  const double once = 1.0 / layers;
  switch (repeat) {
    case Repeat::kEachLayer:
      return 1.0;
    case Repeat::kBetweenLayers:
      return 1.0 - once;
    case Repeat::kOnce:
      break;
  }
  return once;
}

}  // namespace wideep
