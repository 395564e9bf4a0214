#pragma once

#include <cstddef>
#include <limits>
#include <vector>

namespace wideep {

/// In place of a parameter: a number that is known, 1.
inline constexpr std::size_t kKnown = std::numeric_limits<std::size_t>::max();

/// factor * parameter
struct LinearTerm {
  std::size_t parameter = 0;
  double factor = 0.0;
};

/// Standard deviation of benchmarks about their law: 1 to 5 % of the curves of NVIDIA
/// AIConfigurator's measurements of DeepEP, of which this is the largest. docs/model.md#fit
inline constexpr double kUsualSpread = 0.05;

using LinearForm = std::vector<LinearTerm>;

/// A measured value above 0, which the largest of some linear forms of the parameters predicts:
/// one for a straight line, a second for a floor, one for each tier that may be the slower.
struct Observation {
  double measured = 1.0;
  std::vector<LinearForm> branches;
};

/// A law with its data, ready to be fitted.
struct Regression {
  std::vector<Observation> observations;
  std::vector<double> start;  ///< of the parameters, all of which are >= 0
  /// Standard deviation of measured / fitted where there are no more observations than parameters,
  /// and residuals tell nothing.
  double sigma_without_freedom = 0.0;
};

/// What came of it.
struct Solution {
  std::vector<double> parameters;
  /// Of the estimates, parameter by parameter; 0 where a parameter is undetermined.
  std::vector<std::vector<double>> covariance;
  std::vector<bool> determined;  ///< by parameter: whether the data tell it
  std::vector<bool> used;        ///< by observation: whether it is no outlier
  std::vector<double> fitted;    ///< by observation
  double sigma = 0.0;            ///< standard deviation of measured / fitted
  int freedom = 0;               ///< observations used minus parameters told

  [[nodiscard]] bool all_determined() const;
};

/// Makes the sum of squares of measured / fitted - 1 small: relative least squares, since the
/// noise of a benchmark grows with the time it measures and a message of 1 kB must count as much as
/// one of 1 GB. Weights come from fitted times, not from measured ones, which would favour the
/// points that happen to be low (by twice the variance of the noise).
///
/// Gross outliers, such as a first call of 73 ms among 40 us, are left out altogether: points
/// further than 4 standard deviations and than 20 % from the law. The spread that decides is first
/// that of the least median of squares (Rousseeuw, J. Am. Stat. Assoc. 79 (1984) 871), then that of
/// the points kept. Leaving out beats a loss that merely bends (Huber's): an outlier then has no
/// pull at all, and what remains has the exact t intervals of least squares, which a redescending
/// loss (Tukey's) has only in large samples. Where more than a fifth would go, the law is wrong and
/// not the points: all are kept then.
///
/// Branches are assigned by turns with the solution of the linear problem that they leave
/// (max-affine regression; Magnani, Boyd, Optim. Eng. 10 (2009) 1). Negative estimates are held at
/// 0.
Solution solve(const Regression& regression, bool reject_outliers = true);

/// Turns of branches and parameters end in the nearest of several optima. Of solve() from each of
/// these starts, at least one, the best is returned: by a sum of squares in which no point counts
/// for more than an outlier. `regression.start` becomes its parameters.
Solution solve_from(Regression& regression,
                    const std::vector<std::vector<double>>& starts,
                    bool reject_outliers = true);

/// |fitted / measured - 1| of the observations used.
std::vector<double> relative_errors(const Regression& regression, const Solution& solution);

/// Log of measured / predicted of every observation, predicted from the others in 10 folds;
/// those that `used` excludes are 0. `folds`: at most as many as observations.
std::vector<double> cross_validate(const Regression& regression, const std::vector<bool>& used);

/// What the law predicts for a further observation.
double predict(const Observation& observation, const std::vector<double>& parameters);

}  // namespace wideep
