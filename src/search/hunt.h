#pragma once

#include "search/agenda.h"
#include "search/incumbents.h"
#include "search/optimize.h"

namespace wideep {

/// What is known of the cells of an agenda.
struct Hunt {
  Incumbents incumbents;
  Incumbents by_nlopt;
  Cost unproved =
      kNever;  ///< the least bound of cells that could only be left to NLopt; kNever: none
};

/// The best of every choice of the agenda that is of interest, by that solver. `certificate` counts
/// the evaluations and says by which method.
Hunt hunt(const Agenda& agenda, Solver solver, double tolerance, Certificate& certificate);

}  // namespace wideep
