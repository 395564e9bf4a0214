#pragma once

#include <algorithm>

#include "model/link_law.h"
#include "units/quantity.h"

namespace wideep {

/// One direction of one all-to-all, as a function of the tokens that a rank sends in m chunks.
///
///   t(T, m) = max( m F,  m L + T max(u / BW_up, o / BW_out) ) + m x(T/m)            [s]
///
/// where x is what the kernel's law has beyond, mostly nothing,
/// with u and o the bytes of one token on either tier. All 0 at EP width 1, where nothing is sent.
/// Source: alpha-beta cost of Hockney, Parallel Computing 20 (1994) 389-398;
/// docs/model.md#links.
struct LinkCost {
  Seconds latency;       ///< L, paid by every chunk
  Seconds per_token;     ///< on the slower tier
  Seconds floor = {};    ///< F, the least time of a chunk
  Seconds sm_time = {};  ///< in which a chunk holds every SM
  Seconds sm_time_per_token = {};
  const LinkLaw* law = nullptr;  ///< null: the affine one
  LawFigures law_figures = {};

  /// The two bounds on `tokens` >= 0 cut into `chunks` > 0; both may be fractions.
  [[nodiscard]] constexpr Seconds floors(double chunks) const { return chunks * floor; }
  [[nodiscard]] constexpr Seconds moving(double tokens, double chunks) const {
    return chunks * latency + tokens * per_token;
  }

  /// m x(T/m).
  [[nodiscard]] constexpr Seconds beyond(double tokens, double chunks) const {
    return law == nullptr ? Seconds(0.0) : chunks * law->beyond(law_figures, tokens / chunks);
  }

  [[nodiscard]] constexpr Seconds time(double tokens, double chunks = 1.0) const {
    const Seconds line = std::max(floors(chunks), moving(tokens, chunks));
    return law == nullptr ? line : line + beyond(tokens, chunks);
  }

  [[nodiscard]] constexpr LawProperties properties() const {
    return law == nullptr ? LawProperties{} : law->properties;
  }

  /// Whether the floors are the longer of the two.
  [[nodiscard]] constexpr bool floor_bound(double tokens, double chunks) const {
    return floors(chunks) > moving(tokens, chunks);
  }

  /// How long the same transfers hold every SM.
  [[nodiscard]] constexpr Seconds sm_held(double tokens, double chunks = 1.0) const {
    return chunks * sm_time + tokens * sm_time_per_token;
  }

  friend bool operator==(const LinkCost&, const LinkCost&) = default;
};

}  // namespace wideep
