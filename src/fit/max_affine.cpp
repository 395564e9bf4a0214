#include "fit/max_affine.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "fit/errors.h"
#include "fit/least_squares.h"

namespace wideep {
namespace {

/// An outlier is further off than this many standard deviations: of 15,000 normal points one.
constexpr double kOutlierDeviations = 4.0;
/// And than this share: no law of two numbers comes closer to every point of a real kernel.
constexpr double kOutlierShare = 0.2;
/// More outliers than this share of the points are not outliers.
constexpr double kMostOutliers = 0.2;
/// Of a normal distribution, its standard deviation over its median absolute value.
constexpr double kNormalOverMad = 1.4826;
/// Rousseeuw's correction of that for few points: 1 + 5/(n - p).
constexpr double kFewPoints = 5.0;
constexpr int kMostTurns = 100;
constexpr double kConverged = 1e-11;
double value_of(const LinearForm& form, const std::vector<double>& parameters) {
  double sum = 0.0;
  for (const LinearTerm& term : form) {
    sum += term.parameter == kKnown ? term.factor : term.factor * parameters[term.parameter];
  }
  return sum;
}

std::size_t largest_branch(const Observation& observation, const std::vector<double>& parameters) {
  std::size_t largest = 0;
  double most = -1.0;
  for (std::size_t at = 0; at < observation.branches.size(); ++at) {
    const double value = value_of(observation.branches[at], parameters);
    if (value > most) {
      most = value;
      largest = at;
    }
  }
  return largest;
}

double deviation(const Observation& observation, double fitted) {
  constexpr double kTiny = 1e-300;
  return std::log(observation.measured / std::max(fitted, kTiny));
}

/// The weighted linear problem that is left once each observation has its branch.
LinearProblem linear_problem(const Regression& regression,
                             const std::vector<bool>& used,
                             const std::vector<double>& parameters) {
  const auto count = static_cast<Eigen::Index>(std::count(used.begin(), used.end(), true));
  LinearProblem problem{Eigen::MatrixXd::Zero(count, static_cast<Eigen::Index>(parameters.size())),
                        Eigen::VectorXd::Zero(count)};
  Eigen::Index row = 0;
  for (std::size_t at = 0; at < used.size(); ++at) {
    if (!used[at]) continue;
    const Observation& observation = regression.observations[at];
    const LinearForm& form = observation.branches[largest_branch(observation, parameters)];
    const double value = value_of(form, parameters);
    const double weight = 1.0 / (value > 0.0 ? value : observation.measured);
    problem.values(row) = weight * observation.measured;
    for (const LinearTerm& term : form) {
      if (term.parameter == kKnown) {
        problem.values(row) -= weight * term.factor;
      } else {
        problem.rows(row, static_cast<Eigen::Index>(term.parameter)) += weight * term.factor;
      }
    }
    ++row;
  }
  return problem;
}

double badness(const Regression& regression,
               const std::vector<bool>& used,
               const std::vector<double>& parameters) {
  double sum = 0.0;
  for (std::size_t at = 0; at < used.size(); ++at) {
    if (!used[at]) continue;
    const Observation& observation = regression.observations[at];
    const double off = deviation(observation, predict(observation, parameters));
    sum += off * off;
  }
  return sum;
}

/// Weights, branches and parameters by turns until none moves. Where branches flip to and fro the
/// best of the turns is kept.
std::vector<double> settle(const Regression& regression,
                           const std::vector<bool>& used,
                           std::vector<double> parameters) {
  std::vector<double> best = parameters;
  double least = badness(regression, used, parameters);
  for (int turn = 0; turn < kMostTurns; ++turn) {
    const std::vector<double> before = parameters;
    solve_linear(linear_problem(regression, used, parameters), parameters);
    const double now = badness(regression, used, parameters);
    if (now < least) {
      least = now;
      best = parameters;
    }
    double moved = 0.0;
    for (std::size_t at = 0; at < parameters.size(); ++at) {
      const double size = std::max(std::abs(parameters[at]), std::abs(before[at]));
      if (size > 0.0) moved = std::max(moved, std::abs(parameters[at] - before[at]) / size);
    }
    // The fixed point of the turns is the estimate; it may lie a hair above the least badness,
    // which measures deviations by their logarithm.
    if (moved < kConverged) return parameters;
  }
  return best;
}

std::vector<double> distances(const Regression& regression, const std::vector<double>& parameters) {
  std::vector<double> all;
  all.reserve(regression.observations.size());
  for (const Observation& observation : regression.observations) {
    all.push_back(std::abs(deviation(observation, predict(observation, parameters))));
  }
  return all;
}

/// Of the solutions through as few observations as there are parameters, and of the start, the one
/// with the least median of squares.
std::vector<double> robust_start(const Regression& regression) {
  constexpr int kDraws = 100;  // with a fifth outliers and p = 4, 41 of them are free of any
  const std::size_t count = regression.observations.size();
  const std::size_t needed = regression.start.size();
  std::vector<double> best = regression.start;
  double least = median(distances(regression, best));
  std::mt19937 random(1);
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (int draw = 0; draw < kDraws && count > needed; ++draw) {
    for (std::size_t at = 0; at < needed; ++at) {
      std::swap(order[at], order[at + random() % (count - at)]);
    }
    std::vector<bool> chosen(count, false);
    for (std::size_t at = 0; at < needed; ++at) chosen[order[at]] = true;
    std::vector<double> parameters = regression.start;
    solve_linear(linear_problem(regression, chosen, parameters), parameters);
    const double now = median(distances(regression, parameters));
    if (now < least) {
      least = now;
      best = parameters;
    }
  }
  return best;
}

std::vector<bool> within(const std::vector<double>& all, double cut) {
  std::vector<bool> used;
  used.reserve(all.size());
  for (const double distance : all) used.push_back(distance <= cut);
  return used;
}

double spread(const std::vector<double>& all, const std::vector<bool>& used, std::size_t told) {
  double sum = 0.0;
  std::size_t count = 0;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (!used[at]) continue;
    sum += all[at] * all[at];
    ++count;
  }
  return count > told ? std::sqrt(sum / static_cast<double>(count - told)) : 0.0;
}

double cut_at(double sigma) {
  return std::max(kOutlierShare, kOutlierDeviations * sigma);
}

/// The observations that are no outliers, with the parameters that they give.
std::vector<double> solve_robustly(const Regression& regression, std::vector<bool>& used) {
  const std::size_t count = regression.observations.size();
  const std::size_t needed = regression.start.size();
  used.assign(count, true);
  std::vector<double> plain = settle(regression, used, regression.start);
  if (count <= needed + 1) return plain;
  std::vector<double> parameters = robust_start(regression);
  std::vector<double> all = distances(regression, parameters);
  double sigma =
      kNormalOverMad * (1.0 + kFewPoints / static_cast<double>(count - needed)) * median(all);
  constexpr int kTurns = 20;
  for (int turn = 0; turn < kTurns; ++turn) {
    const std::vector<bool> before = used;
    used = within(all, cut_at(sigma));
    if (turn > 0 && used == before) break;
    parameters = settle(regression, used, parameters);
    all = distances(regression, parameters);
    sigma = spread(all, used, needed);
  }
  const auto too_many = [&] {
    const auto dropped = static_cast<double>(std::count(used.begin(), used.end(), false));
    return dropped > kMostOutliers * static_cast<double>(count);
  };
  if (!too_many()) return parameters;
  // The spread came out too small, or the form is wrong. What is far off even by the spread of the
  // best four fifths is no matter of either.
  std::vector<double> sorted = all;
  std::sort(sorted.begin(), sorted.end());
  used = within(
      all,
      sorted[static_cast<std::size_t>((1.0 - kMostOutliers) * static_cast<double>(count)) - 1]);
  parameters = settle(regression, used, parameters);
  all = distances(regression, parameters);
  constexpr double kOfFourFifths = 1.5;  // a normal deviation over that of its best four fifths
  used = within(all, cut_at(kOfFourFifths * spread(all, used, needed)));
  if (!too_many()) return settle(regression, used, parameters);
  used.assign(count, true);
  return plain;
}

}  // namespace

bool Solution::all_determined() const {
  return std::all_of(determined.begin(), determined.end(), [](bool told) { return told; });
}

double predict(const Observation& observation, const std::vector<double>& parameters) {
  return value_of(observation.branches[largest_branch(observation, parameters)], parameters);
}

Solution solve(const Regression& regression, bool reject_outliers) {
  Solution solution;
  if (reject_outliers) {
    solution.parameters = solve_robustly(regression, solution.used);
  } else {
    solution.used.assign(regression.observations.size(), true);
    solution.parameters = settle(regression, solution.used, regression.start);
  }
  for (const Observation& observation : regression.observations) {
    solution.fitted.push_back(predict(observation, solution.parameters));
  }
  Uncertainty uncertainty =
      uncertainty_of(linear_problem(regression, solution.used, solution.parameters),
                     solution.parameters,
                     regression.sigma_without_freedom);
  solution.covariance = std::move(uncertainty.covariance);
  solution.determined = std::move(uncertainty.determined);
  solution.sigma = uncertainty.sigma;
  solution.freedom = uncertainty.freedom;
  return solution;
}

Solution solve_from(Regression& regression,
                    const std::vector<std::vector<double>>& starts,
                    bool reject_outliers) {
  constexpr double kMost = kOutlierShare * kOutlierShare;
  Solution best;
  double least = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& start : starts) {
    regression.start = start;
    Solution solution = solve(regression, reject_outliers);
    double now = 0.0;
    for (std::size_t at = 0; at < solution.fitted.size(); ++at) {
      const double off = solution.fitted[at] / regression.observations[at].measured - 1.0;
      now += std::min(kMost, off * off);
    }
    if (now >= least) continue;
    least = now;
    best = std::move(solution);
  }
  regression.start = best.parameters;
  return best;
}

std::vector<double> relative_errors(const Regression& regression, const Solution& solution) {
  std::vector<double> errors;
  errors.reserve(solution.fitted.size());
  for (std::size_t at = 0; at < solution.fitted.size(); ++at) {
    if (!solution.used[at]) continue;
    errors.push_back(std::abs(solution.fitted[at] / regression.observations[at].measured - 1.0));
  }
  return errors;
}

std::vector<double> cross_validate(const Regression& regression, const std::vector<bool>& used) {
  constexpr std::size_t kFolds = 10;
  const std::size_t count = regression.observations.size();
  const std::vector<double> start = settle(regression, used, regression.start);
  std::vector<double> errors(count, 0.0);
  for (std::size_t fold = 0; fold < std::min(kFolds, count); ++fold) {
    std::vector<bool> others = used;
    for (std::size_t at = fold; at < count; at += kFolds) others[at] = false;
    const std::vector<double> parameters = settle(regression, others, start);
    for (std::size_t at = fold; at < count; at += kFolds) {
      const Observation& observation = regression.observations[at];
      if (used[at]) errors[at] = deviation(observation, predict(observation, parameters));
    }
  }
  return errors;
}

}  // namespace wideep
