#pragma once

#include <algorithm>
#include <array>

#include "model/groups.h"
#include "units/quantity.h"

namespace wideep {

/// How long each part of a layer takes.
struct Durations {
  std::array<std::array<Seconds, kPartCount>, 2> of{};

  /// Of the first micro-batch, or of the whole batch.
  constexpr void set(Part part, Seconds time) { of[0][static_cast<std::size_t>(part)] = time; }

  [[nodiscard]] constexpr Seconds at(Piece piece) const {
    return of[piece.batch][static_cast<std::size_t>(piece.part)];
  }

  /// Of pieces one after the other.
  [[nodiscard]] constexpr Seconds at(const Path& path) const {
    Seconds sum;
    for (const Piece piece : path) sum = sum + at(piece);
    return sum;
  }

  [[nodiscard]] constexpr Seconds at(const Group& group) const {
    Seconds most = at(group.paths[0]);
    for (std::size_t path = 1; path < group.paths.size(); ++path) {
      most = std::max(most, at(group.paths[path]));
    }
    return most;
  }

  /// Which path of the group takes longest; of several the first.
  [[nodiscard]] constexpr std::size_t longest(const Group& group) const {
    std::size_t longest = 0;
    Seconds most = at(group.paths[0]);
    for (std::size_t path = 1; path < group.paths.size(); ++path) {
      const Seconds time = at(group.paths[path]);
      if (time <= most) continue;
      most = time;
      longest = path;
    }
    return longest;
  }
};

}  // namespace wideep
