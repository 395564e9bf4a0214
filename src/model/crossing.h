#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

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

/// A balance at some tokens, and what it compares: it is above 0 where `gain` is the larger, and
/// below where `cost` is, unless they are equal to rounding.
struct Look {
  double balance = 0.0;
  double gain = 0.0;
  double cost = 0.0;
};
using LookAt = std::function<Look(double tokens)>;
Balance balance_of(LookAt look);

/// The points at which a balance is looked at, 16 an octave. What was seen once is remembered, and
/// where gain and cost both rise with the tokens, but no more than in proportion to them, points
/// between two looks are settled by these.
class Scan {
 public:
  /// `rising`: whether gain and cost rise so.
  Scan(LookAt look, bool rising) : look_(std::move(look)), rising_(rising) {}
  explicit Scan(Balance balance);

  /// The smallest tokens at which the balance holds, to 1e-12; nothing where it holds nowhere. A
  /// stretch shorter than from one point to the next may be missed.
  std::optional<Stretch> first_stretch();

  /// Where that begins.
  std::optional<double> first_from();

  /// The smallest tokens above which the balance holds throughout; nothing where it does not hold
  /// at kMostTokens.
  std::optional<double> holds_from();

  /// The last point up to `point` at which the balance does not hold; -1: it holds at all of them.
  int last_without(int point);

  static int last_point();
  static double at_point(int point);

 private:
  const Look& look(int point);
  [[nodiscard]] bool holds(int point) { return look(point).balance >= 0.0; }

  /// Whether the balance is the same at every point from `low` to `high`, as both ends show.
  bool is_settled(int low, int high);

  /// The first point from `point` on, by `step` of 1 or -1, at which it holds or not, other than at
  /// `point`; one beyond the last, or -1, where there is none.
  int first_change(int point, int step);

  [[nodiscard]] double change(int below, int above) const;

  LookAt look_;
  bool rising_;
  std::vector<std::optional<Look>> seen_ =
      std::vector<std::optional<Look>>(static_cast<std::size_t>(last_point()) + 1);
};

/// The same of a balance of which nothing is known.
std::optional<Stretch> first_stretch(const Balance& balance);
std::optional<double> holds_from(const Balance& balance);

}  // namespace wideep
