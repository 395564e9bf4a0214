#pragma once

#include <chrono>
#include <cstdint>

namespace wideep {

/// A line on standard error that says how far a sweep has come, where that is a terminal: "
/// 45%  4,500 of 10,000 points  12,345 a second  0:41 left". Nothing elsewhere.
class Progress {
 public:
  /// `done` of `points` were there before; `wanted`: whether it is to be shown at all.
  Progress(std::uint64_t points, std::uint64_t done, bool wanted);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;

  void add(std::uint64_t points);

 private:
  using Clock = std::chrono::steady_clock;
  void show(Clock::time_point now);

  std::uint64_t points_;
  std::uint64_t before_;
  std::uint64_t done_;
  bool shown_;
  bool any_ = false;  ///< whether a line stands there
  Clock::time_point began_ = Clock::now();
  Clock::time_point last_ = began_;
};

}  // namespace wideep
