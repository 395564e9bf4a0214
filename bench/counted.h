#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace wideep {

/// Operations on doubles that the formulas of docs/model.md are made of.
enum class Operation {
  kSimple,  ///< a sum, a difference, a product, the larger of two
  kDivide,
  kCeil,
  kExpm1
};
inline constexpr std::size_t kOperations = 4;

/// Of each operation, in ns.
struct OperationTimes {
  std::array<double, kOperations> latency{};  ///< until what needs the result can begin
  std::array<double, kOperations> each{};     ///< of many that do not need each other
};

/// What formulas need for one evaluation.
struct Tally {
  std::array<int, kOperations> count{};

  [[nodiscard]] int total() const {
    int sum = 0;
    for (const int one : count) sum += one;
    return sum;
  }
};

/// A number that counts what it goes through. Operations between constants count nothing: they are
/// done once for all evaluations of a cell. Nor do those with a constant that makes them idle: a
/// term that is 0, a factor that is 1.
class Counted {
 public:
  static Counted variable(double value) { return {value, false, 0.0}; }
  Counted(double constant) : value_(constant) {}  // NOLINT: formulas mix both

  [[nodiscard]] double value() const { return value_; }
  /// Of its longest chain of operations, in ns.
  [[nodiscard]] double ready() const { return ready_; }
  [[nodiscard]] bool is_zero() const { return is(0.0); }

  static void begin(const OperationTimes& times) {
    current_times = times;
    running_tally = {};
  }
  static const Tally& tally() { return running_tally; }

  friend Counted operator+(const Counted& a, const Counted& b) {
    if (a.is(0.0)) return b;
    if (b.is(0.0)) return a;
    return made(Operation::kSimple, a.value_ + b.value_, a, b);
  }
  friend Counted operator-(const Counted& a, const Counted& b) {
    return b.is(0.0) ? a : made(Operation::kSimple, a.value_ - b.value_, a, b);
  }
  friend Counted operator*(const Counted& a, const Counted& b) {
    if (a.is(0.0) || b.is(1.0)) return a;
    if (b.is(0.0) || a.is(1.0)) return b;
    return made(Operation::kSimple, a.value_ * b.value_, a, b);
  }
  friend Counted operator/(const Counted& a, const Counted& b) {
    if (b.constant_) return a * Counted(1.0 / b.value_);
    return made(Operation::kDivide, a.value_ / b.value_, a, b);
  }
  /// Of two that are not negative.
  friend Counted max(const Counted& a, const Counted& b) {
    if (a.is(0.0)) return b;
    if (b.is(0.0)) return a;
    return made(Operation::kSimple, std::max(a.value_, b.value_), a, b);
  }
  friend Counted ceil(const Counted& a) {
    return made(Operation::kCeil, std::ceil(a.value_), a, 0.0);
  }
  friend Counted expm1(const Counted& a) {
    return made(Operation::kExpm1, std::expm1(a.value_), a, 0.0);
  }

 private:
  Counted(double value, bool constant, double ready)
      : value_(value), constant_(constant), ready_(ready) {}

  [[nodiscard]] bool is(double value) const { return constant_ && value_ == value; }

  static Counted made(Operation operation, double value, const Counted& a, const Counted& b) {
    if (a.constant_ && b.constant_) return value;
    const auto at = static_cast<std::size_t>(operation);
    ++running_tally.count.at(at);
    return {value, false, std::max(a.ready_, b.ready_) + current_times.latency.at(at)};
  }

  double value_ = 0.0;
  bool constant_ = true;
  double ready_ = 0.0;

  static inline OperationTimes current_times{};
  static inline Tally running_tally{};
};

}  // namespace wideep
