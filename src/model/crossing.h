#pragma once

#include <functional>
#include <optional>

namespace wideep {

/// A quantity as a function of tokens, of which only the sign counts: above or at 0 something
/// holds.
using Balance = std::function<double(double tokens)>;

/// Where a balance is looked at: 1/1000 of a token, since chunks may be fractions, up to the
/// largest batch of a rank that input takes (docs/input.md#ranges).
inline constexpr double kFewestTokens = 1e-3;
inline constexpr double kMostTokens = 16'777'216.0;

/// So many looks at an octave.
inline constexpr int kPointsPerOctave = 16;

/// Where a balance changes between two tokens at which it differs, to the last bit: the higher
/// side.
double change_between(const Balance& balance, double low, double high);

inline constexpr const char* kBeyondAnyBatch =
    "it lies beyond 16,777,216 tokens per rank, more than any step holds";

/// Why a balance holds at no batch up to kMostTokens: `never`, unless it does hold far beyond.
const char* why_absent(const Balance& balance, const char* never);

/// From which tokens on a balance holds, and up to which.
struct Stretch {
  double from = 0.0;            ///< 0: at every size
  std::optional<double> until;  ///< unset: without end
};

/// The smallest tokens at which the balance holds, to 1e-12; nothing where it holds nowhere. Looks
/// at 16 points an octave and then halves: a stretch shorter than that may be missed.
std::optional<Stretch> first_stretch(const Balance& balance);

/// The smallest tokens above which the balance holds throughout; nothing where it does not hold at
/// kMostTokens.
std::optional<double> holds_from(const Balance& balance);

}  // namespace wideep
