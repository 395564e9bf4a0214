#include "search/subplex.h"

#include <nlopt.hpp>

namespace wideep {

void minimise(const std::vector<double>& lower,
              const std::vector<double>& upper,
              double (*objective)(unsigned count, const double* x, double* gradient, void* data),
              void* data) {
  constexpr double kRelativeTolerance = 1e-7;
  constexpr int kMaxEvaluations = 1000;
  std::vector<double> x;
  for (std::size_t at = 0; at < lower.size(); ++at) x.push_back(0.5 * (lower[at] + upper[at]));
  nlopt::opt solver(nlopt::LN_SBPLX, static_cast<unsigned>(x.size()));
  solver.set_lower_bounds(lower);
  solver.set_upper_bounds(upper);
  solver.set_min_objective(objective, data);
  solver.set_xtol_rel(kRelativeTolerance);
  solver.set_ftol_rel(kRelativeTolerance * kRelativeTolerance);
  solver.set_maxeval(kMaxEvaluations);
  double last = 0.0;
  try {
    solver.optimize(x, last);
  } catch (const nlopt::roundoff_limited&) {
    // No further progress is possible.
  }
}

}  // namespace wideep
