#pragma once

#include <algorithm>
#include <ctime>
#include <limits>

namespace wideep {

/// Of that clock, in ns.
inline double now(clockid_t clock) {
  constexpr double kNanoseconds = 1e9;
  timespec now{};
  clock_gettime(clock, &now);
  return kNanoseconds * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

/// The shortest time of a call in ns: of two at least, and of all in `spend` ns. What runs beside
/// it on the machine makes times longer and none shorter. Of calls of a millisecond or more it is
/// CPU time, since they are hardly left alone; of shorter ones it is not, since that clock is some
/// microseconds out on virtual machines.
template <class Call>
double shortest_time(const Call& call, double spend = 0.2e9) {
  constexpr double kLong = 1e6;
  double wall = std::numeric_limits<double>::infinity();
  double cpu = wall;
  double spent = 0.0;
  for (int calls = 0; calls < 2 || spent < spend; ++calls) {
    const double cpu_begin = now(CLOCK_THREAD_CPUTIME_ID);
    const double wall_begin = now(CLOCK_MONOTONIC);
    call();
    wall = std::min(wall, now(CLOCK_MONOTONIC) - wall_begin);
    const double took = now(CLOCK_THREAD_CPUTIME_ID) - cpu_begin;
    cpu = std::min(cpu, took);
    spent += took;
  }
  return wall < kLong ? wall : cpu;
}

}  // namespace wideep
