#include "fit/fused_solve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unsupported/Eigen/NonLinearOptimization>

#include "fit/errors.h"
#include "fit/estimate.h"
#include "fit/least_squares.h"

namespace wideep {
namespace {

constexpr double kLargestExponent = 100.0;
/// A figure that is known less well than by this factor either way is not known.
constexpr double kMostFactor = 4.0;
/// Far beyond any figure, yet e to its power is a number.
constexpr double kLargestLog = 200.0;

using Logs = std::array<double, kFusedPlaces>;

/// A fit on its way: where it is, and which figures move.
struct State {
  Logs logs = {};
  std::array<Held, kFusedPlaces> held = {};
  double tie = 0.0;  ///< ln of the rate over the bandwidth, where they are tied
  double cost = std::numeric_limits<double>::infinity();

  [[nodiscard]] std::vector<std::size_t> moving() const {
    std::vector<std::size_t> places;
    for (std::size_t place = 0; place < kFusedPlaces; ++place) {
      if (held[place] == Held::kNot) places.push_back(place);
    }
    return places;
  }
  [[nodiscard]] bool is_tied() const { return held[kFusedRate] == Held::kTied; }
};

FusedFigures figures_of(const FusedProblem& problem, const State& state) {
  const auto raised = [&](std::size_t place) {
    return std::exp(std::clamp(state.logs[place], -kLargestLog, kLargestLog));
  };
  const auto time = [&](std::size_t place) {
    return Seconds(state.held[place] == Held::kNot ? raised(place) : 0.0);
  };
  FusedFigures figures;
  figures.launch = time(kFusedLaunch);
  figures.launch_per_rank = problem.launch_per_rank.value_or(time(kFusedPerRank));
  figures.read = BytesPerSecond(raised(kFusedRead));
  figures.bandwidth = BytesPerSecond(raised(kFusedBandwidth));
  figures.rate = FlopPerSecond(state.is_tied() ? std::exp(state.tie) * raised(kFusedBandwidth)
                                               : raised(kFusedRate));
  figures.exponent = state.held[kFusedExponent] == Held::kBound && state.logs[kFusedExponent] < 0.0
                         ? 1.0
                         : std::min(kLargestExponent, 1.0 + raised(kFusedExponent));
  return figures;
}

/// d ln t / d of every figure's logarithm, of the rate and the bandwidth apart.
Logs slopes(const FusedBreakdown& at, const FusedFigures& figures, int ep_width) {
  const double joint = at.joint / at.time;
  const double p = figures.exponent;
  return {figures.launch / at.time,
          ep_width * figures.launch_per_rank / at.time,
          -joint * at.shares[0],
          -joint * at.shares[1],
          -joint * at.shares[2],
          p < kLargestExponent ? -(p - 1.0) / (p * p) * joint * at.entropy : 0.0};
}

/// As Eigen's method asks for it.
struct Functor {
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  // NOLINTBEGIN(readability-identifier-naming)
  enum : int { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };
  // NOLINTEND(readability-identifier-naming)

  const FusedProblem& problem;
  State state;
  std::vector<std::size_t> moving;

  [[nodiscard]] int inputs() const { return static_cast<int>(moving.size()); }
  [[nodiscard]] int values() const { return static_cast<int>(problem.points.size()); }

  void go_to(const Eigen::VectorXd& x) {
    for (std::size_t at = 0; at < moving.size(); ++at) {
      state.logs[moving[at]] = x(static_cast<Eigen::Index>(at));
    }
  }

  int operator()(const Eigen::VectorXd& x, Eigen::VectorXd& residuals) {
    go_to(x);
    const FusedFigures figures = figures_of(problem, state);
    for (int row = 0; row < values(); ++row) {
      const FusedPoint& point = problem.points[static_cast<std::size_t>(row)];
      const Seconds fitted = cost_of(point.work, figures).time(point.work.tokens);
      residuals(row) = soften(std::log(fitted / point.time)).root;
    }
    return 0;
  }

  int df(const Eigen::VectorXd& x, Eigen::MatrixXd& jacobian) {
    go_to(x);
    const FusedFigures figures = figures_of(problem, state);
    for (int row = 0; row < values(); ++row) {
      const FusedPoint& point = problem.points[static_cast<std::size_t>(row)];
      const FusedBreakdown at = breakdown(point.work, figures);
      const double bend = soften(std::log(at.time / point.time)).root_slope;
      Logs all = slopes(at, figures, point.work.ep_width);
      if (state.is_tied()) all[kFusedBandwidth] += all[kFusedRate];
      for (std::size_t column = 0; column < moving.size(); ++column) {
        jacobian(row, static_cast<Eigen::Index>(column)) = bend * all[moving[column]];
      }
    }
    return 0;
  }
};

State minimized(const FusedProblem& problem, const State& start) {
  Functor functor{problem, start, start.moving()};
  Eigen::VectorXd x(functor.inputs());
  for (std::size_t at = 0; at < functor.moving.size(); ++at) {
    x(static_cast<Eigen::Index>(at)) = start.logs[functor.moving[at]];
  }
  Eigen::LevenbergMarquardt<Functor> method(functor);
  constexpr double kTolerance = 1e-12;
  constexpr int kMostEvaluations = 1000;
  method.parameters.ftol = kTolerance;
  method.parameters.xtol = kTolerance;
  method.parameters.maxfev = kMostEvaluations;
  method.minimize(x);
  functor.go_to(x);
  functor.state.cost = method.fvec.squaredNorm();
  if (!std::isfinite(functor.state.cost)) functor.state.cost = start.cost;
  return functor.state;
}

/// Where fits start: launches as shares of the least time, rates as multiples of the least that
/// they can be.
constexpr std::array kStartLaunches{0.3, 0.7};
constexpr double kStartPerRank = 0.01;
constexpr std::array kStartExponents{1.3, 2.0, 4.0};
constexpr double kStartRead = 1.5;
constexpr std::array<std::array<double, 2>, 3> kStartRates{{{1.2, 2.4}, {1.7, 1.7}, {2.4, 1.2}}};

/// Starts from the rates that no point exceeds, were all of its time that part, times a little.
State minimized_from_starts(const FusedProblem& problem, const State& held) {
  Seconds least = problem.points.front().time;
  int widest = 1;
  BytesPerSecond read{};
  FlopPerSecond rate{};
  BytesPerSecond bandwidth{};
  for (const auto& [work, time] : problem.points) {
    least = std::min(least, time);
    widest = std::max(widest, work.ep_width);
    const double routed = work.tokens * work.top_k;
    read = std::max(read, std::min(work.local_experts, routed) * work.expert / time);
    rate = std::max(rate, routed * work.arithmetic / time);
    bandwidth = std::max(bandwidth, routed * work.copies / time);
  }
  State best;
  for (const double launch : kStartLaunches) {
    for (const double exponent : kStartExponents) {
      for (const auto& [by_rate, by_bandwidth] : kStartRates) {
        State start = held;
        start.logs = {std::log(launch * least / unit::s),
                      std::log(kStartPerRank * least / unit::s / widest),
                      std::log(kStartRead * read.base()),
                      std::log(by_rate * rate.base()),
                      std::log(by_bandwidth * bandwidth.base()),
                      std::log(exponent - 1.0)};
        const State found = minimized(problem, start);
        if (found.cost < best.cost) best = found;
      }
    }
  }
  return best;
}

/// Figures that do as well at the end of their range are held there.
State with_bounds(const FusedProblem& problem, State state) {
  const auto as_good = [&](const State& other) {
    constexpr double kNothing = 1e-7;
    constexpr double kRounding = 1e-18;  // squared, of one residual
    return other.cost <=
           (1.0 + kNothing) * state.cost + kRounding * static_cast<double>(problem.points.size());
  };
  for (const std::size_t place : {kFusedPerRank, kFusedLaunch, kFusedExponent}) {
    if (state.held[place] != Held::kNot) continue;
    State held = state;
    held.held[place] = Held::kBound;
    if (place == kFusedExponent) {
      const bool low = state.logs[place] < 0.0;
      held.logs[place] = low ? -kLargestLog : std::log(kLargestExponent);
    }
    held = minimized(problem, held);
    if (as_good(held)) state = held;
  }
  return state;
}

FusedSolution with_errors(const FusedProblem& problem, const State& state) {
  FusedSolution solution;
  solution.figures = figures_of(problem, state);
  solution.held = state.held;
  const auto moving = state.moving();
  const auto count = static_cast<Eigen::Index>(problem.points.size());
  LinearProblem linear{Eigen::MatrixXd(count, static_cast<Eigen::Index>(moving.size())),
                       Eigen::VectorXd(count)};
  double slope = 0.0;
  for (Eigen::Index row = 0; row < count; ++row) {
    const FusedPoint& point = problem.points[static_cast<std::size_t>(row)];
    const FusedBreakdown at = breakdown(point.work, solution.figures);
    const SoftResidual soft = soften(std::log(at.time / point.time));
    linear.values(row) = soft.pull;
    slope += soft.pull_slope / static_cast<double>(count);
    Logs all = slopes(at, solution.figures, point.work.ep_width);
    if (state.is_tied()) all[kFusedBandwidth] += all[kFusedRate];
    for (std::size_t column = 0; column < moving.size(); ++column) {
      linear.rows(row, static_cast<Eigen::Index>(column)) = all[moving[column]];
    }
  }
  const Uncertainty errors = uncertainty_of(linear, std::vector<double>(moving.size(), 0.0));
  solution.sigma = errors.sigma / slope;
  solution.freedom = errors.freedom;
  std::size_t rate = moving.size();
  for (std::size_t at = 0; at < moving.size(); ++at) {
    solution.told[moving[at]] = errors.determined[at] && errors.freedom > 0;
    solution.variance[moving[at]] = errors.covariance[at][at] / (slope * slope);
    if (moving[at] == kFusedRate) rate = at;
  }
  if (rate < moving.size()) {
    const auto& of_rate = errors.covariance[rate];
    const double norm = std::sqrt(of_rate[rate] * errors.covariance[rate + 1][rate + 1]);
    solution.rate_with_bandwidth = norm > 0.0 ? of_rate[rate + 1] / norm : 1.0;
  }
  return solution;
}

/// ln of arithmetic over copies of a routed token, in the median of the points that send any.
double tie_of(const FusedProblem& problem) {
  std::vector<double> logs;
  for (const auto& [work, time] : problem.points) {
    if (work.copies == Bytes(0.0)) continue;
    logs.push_back(std::log(work.arithmetic.base() / work.copies.base()));
  }
  return median(logs);
}

/// Whether every point has as much arithmetic for a byte that is copied.
bool is_one_ratio(const FusedProblem& problem) {
  const FusedWork& first = problem.points.front().work;
  return std::all_of(problem.points.begin(), problem.points.end(), [&](const FusedPoint& point) {
    return point.work.copies * first.arithmetic.base() ==
           first.copies * point.work.arithmetic.base();
  });
}

}  // namespace

bool is_known(double variance, int freedom) {
  return t_95(freedom) * std::sqrt(variance) < std::log(kMostFactor);
}

FusedSolution solve_fused(const FusedProblem& problem) {
  State held;
  const int width = problem.points.front().work.ep_width;
  const bool one_width =
      std::all_of(problem.points.begin(), problem.points.end(), [&](const FusedPoint& point) {
        return point.work.ep_width == width;
      });
  if (one_width) held.held[kFusedPerRank] = Held::kOneWidth;
  if (problem.launch_per_rank) held.held[kFusedPerRank] = Held::kGiven;
  held.tie = tie_of(problem);
  if (is_one_ratio(problem)) held.held[kFusedRate] = Held::kTied;
  const auto solve = [&] {
    return with_errors(problem, with_bounds(problem, minimized_from_starts(problem, held)));
  };
  const FusedSolution free = solve();
  const bool apart = held.held[kFusedRate] == Held::kTied ||
                     (free.told[kFusedRate] && free.told[kFusedBandwidth] &&
                      is_known(free.variance[kFusedRate], free.freedom) &&
                      is_known(free.variance[kFusedBandwidth], free.freedom));
  if (apart) return free;
  held.held[kFusedRate] = Held::kTied;
  return solve();
}

}  // namespace wideep
