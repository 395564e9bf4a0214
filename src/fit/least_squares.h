#pragma once

#include <Eigen/Dense>
#include <vector>

namespace wideep {

/// rows * parameters = values, in the sense of least squares.
struct LinearProblem {
  Eigen::MatrixXd rows;
  Eigen::VectorXd values;
};

/// Least squares with parameters >= 0: those that come out negative are held at 0, one at a time.
/// Parameters that the rows do not tell keep their value.
void solve_linear(const LinearProblem& problem, std::vector<double>& parameters);

/// What the residuals at a solution say of its errors.
struct Uncertainty {
  std::vector<std::vector<double>> covariance;  ///< 0 where a parameter is undetermined
  std::vector<bool> determined;                 ///< by parameter
  double sigma = 0.0;                           ///< standard deviation of a residual
  int freedom = 0;                              ///< rows minus parameters told
};

/// `sigma_without_freedom`: of a residual, where no row is left to tell it.
Uncertainty uncertainty_of(const LinearProblem& problem,
                           const std::vector<double>& parameters,
                           double sigma_without_freedom = 0.0);

}  // namespace wideep
