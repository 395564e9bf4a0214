#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "input/axis.h"
#include "input/node.h"
#include "input/read_again.h"
#include "input/read_problem.h"
#include "model/problem.h"

namespace wideep {

/// Which value each axis has, counted from 0.
using AxisPlaces = std::vector<std::uint64_t>;

/// A problem of which up to three keys take one value after another, as `--set KEY=VALUE` would
/// have it. Files are read once, and of what they say only what a value may change is read again.
/// A copy may be used by another thread.
class SweptProblem {
 public:
  /// `axes`: KEY=VALUES each (docs/sweep.md#axes). Throws InputError naming every fault of the
  /// files and of the axes, and then of values that the input refuses: each axis beside the first
  /// values of the others, and all points of a sweep that has few.
  SweptProblem(const ProblemFiles& files, const std::vector<std::string>& axes);

  SweptProblem(const SweptProblem& other);
  SweptProblem& operator=(const SweptProblem&) = delete;
  SweptProblem(SweptProblem&&) = delete;
  SweptProblem& operator=(SweptProblem&&) = delete;
  ~SweptProblem() = default;

  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }

  /// Points of all axes, of which the last one's values follow each other.
  [[nodiscard]] std::uint64_t points() const;

  [[nodiscard]] AxisPlaces places_of(std::uint64_t point) const;

  /// What axis `axis` has there, as a sweep prints it: "10ms", "0.5x".
  [[nodiscard]] std::string value_text(std::size_t axis, std::uint64_t place) const;

  /// The problem with those values, until the next call; null where the input refuses them.
  const Problem* at(const AxisPlaces& places);

  /// What it has to say against the values of the last call, in the words of `--set`.
  [[nodiscard]] const Findings& refusals() const { return refusals_; }

  /// What tells this sweep from another one: a hash of the texts that were read and of the axes.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  /// A value in the trees that an axis sets.
  struct Slot {
    Node* node = nullptr;
    double base = 0.0;   ///< of a relative axis, in `unit`
    std::string unit{};  ///< likewise
  };

  /// `of_axes`: by axis the texts that its values in the trees are from.
  void find_slots(const std::vector<std::vector<const Source*>>& of_axes);
  /// To what else is checked, or read otherwise, with what the axis sets.
  static void widen(Reach& reach, const Axis& axis);
  void write(std::size_t axis, std::uint64_t place);
  void find_whole_axes(const std::deque<Source>& asked);
  void check_values();

  std::vector<Axis> axes_;
  std::vector<Source> sources_;  ///< by axis, as `--set` would have the value
  ReadAgain read_;
  std::vector<std::vector<Slot>> slots_;
  std::vector<Reach> reaches_;
  Findings refusals_;
  AxisPlaces places_;  ///< that the problem is of; empty: of none yet
  std::uint64_t fingerprint_ = 0;
};

}  // namespace wideep
