#pragma once

#include <vector>

namespace wideep {

/// Minimises over a box by NLopt's Subplex (LN_SBPLX), from the middle of each side, to 1e-7 of the
/// variables or 1,000 evaluations. The objective keeps the best point that it sees: the last one
/// need not be it. docs/search.md#algorithm says why this algorithm and against which others.
/// Source: Rowan, Functional Stability Analysis of Numerical Algorithms, PhD thesis, UT Austin
/// 1990.
void minimise(const std::vector<double>& lower,
              const std::vector<double>& upper,
              double (*objective)(unsigned count, const double* x, double* gradient, void* data),
              void* data);

}  // namespace wideep
