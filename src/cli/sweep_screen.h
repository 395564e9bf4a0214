#pragma once

#include <string>

#include "input/swept_problem.h"

namespace wideep {

/// What a sweep shows people.
struct SweepScreen {
  const SweptProblem& swept;
  int threads = 0;       ///< 0: one for each core
  bool optimum = false;  ///< whether an engine runs it or not
  std::string svg{};     ///< a file for the map; empty: none
};

/// Prints a screen of points, evenly spaced, and which configuration wins where, of one or two
/// axes; writes the map where that is asked for.
void show_table(const SweepScreen& screen);

/// Computes the map of two axes and writes it where --svg asks for it, and says so. Throws
/// InputError where it cannot be written.
void write_map(const SweepScreen& screen);

}  // namespace wideep
