// Which NLopt algorithm finds the best (ln m, phi) of a cell: evaluations, time, and how often the
// point, rounded to integers without any further search, is not the optimum. docs/search.md

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <fmt/core.h>
#include <nlopt.hpp>

#include "model/overlap.h"
#include "search/enumerate.h"
#include "search/relaxed.h"
#include "support/random_problem.h"

namespace wideep {
namespace {

constexpr int kMaxEvaluations = 1000;
constexpr double kTolerance = 1e-7;
constexpr double kMissed = 1e-3;

struct Algorithm {
  const char* name;
  nlopt::algorithm id;
  bool epigraph;  // minimise t subject to every term <= t, instead of the largest term
};
// LD_MMA is not here: on the epigraph of these terms it does not come back.
const Algorithm kAlgorithms[] = {{"LN_SBPLX", nlopt::LN_SBPLX, false},
                                 {"LN_BOBYQA", nlopt::LN_BOBYQA, false},
                                 {"LN_COBYLA", nlopt::LN_COBYLA, false},
                                 {"LN_NELDERMEAD", nlopt::LN_NELDERMEAD, false},
                                 {"LN_PRAXIS", nlopt::LN_PRAXIS, false},
                                 {"GN_DIRECT_L", nlopt::GN_DIRECT_L, false},
                                 {"GN_CRS2_LM", nlopt::GN_CRS2_LM, false},
                                 {"GN_ISRES", nlopt::GN_ISRES, false},
                                 {"LN_COBYLA epigraph", nlopt::LN_COBYLA, true},
                                 {"LD_SLSQP epigraph", nlopt::LD_SLSQP, true}};

struct Best {
  double time = 1e300;
  double chunks = 1.0;
  double split = 0.5;
  int evaluations = 0;
};

struct Task {
  const Cell& cell;
  double unit;  // seconds that count as 1
  Best best;

  double value(double log_chunks, double split) {
    const double chunks = std::exp(log_chunks);
    const double time = relaxed_time(cell, chunks, split).base() / unit;
    ++best.evaluations;
    if (time < best.time) best = {time, chunks, split, best.evaluations};
    return time;
  }

  /// The sums of which the layer time of dbo is the largest where there is no attention.
  [[nodiscard]] std::array<Seconds, 4> dbo_terms(MicroBatch first, MicroBatch second) const {
    const Durations durations = durations_of(cell.costs, {first, second}, Overlap::kDbo);
    const auto of = [&](Part part, std::uint8_t batch) { return durations.at(Piece{part, batch}); };
    const Seconds ramps = of(Part::kCombine, 1) + of(Part::kDispatch, 0);
    const Seconds link_1 = of(Part::kDispatch, 1);
    const Seconds link_2 = of(Part::kCombine, 0);
    const Seconds compute_1 = of(Part::kExperts, 0) + of(Part::kDispatchHeld, 1);
    const Seconds compute_2 = of(Part::kExperts, 1) + of(Part::kCombineHeld, 0);
    return {ramps + compute_1 + compute_2,
            ramps + compute_1 + link_2,
            ramps + link_1 + compute_2,
            ramps + link_1 + link_2};
  }

  [[nodiscard]] std::array<double, 4> terms(double log_chunks, double split) const {
    const double chunks = std::exp(log_chunks);
    const double tokens = cell.tokens;
    const auto found =
        cell.overlap == Overlap::kChunk
            ? chunk_terms(cell.costs, tokens, chunks)
            : dbo_terms({split * tokens, std::max(1.0, split * chunks)},
                        {(1.0 - split) * tokens, std::max(1.0, (1.0 - split) * chunks)});
    return {found[0].base() / unit,
            found[1].base() / unit,
            found[2].base() / unit,
            found[3].base() / unit};
  }
};

double objective(unsigned n, const double* x, double* /*gradient*/, void* data) {
  return static_cast<Task*>(data)->value(x[0], n > 1 ? x[1] : 0.5);
}

double last_variable(unsigned n, const double* x, double* gradient, void* /*data*/) {
  if (gradient != nullptr) {
    std::fill(gradient, gradient + n, 0.0);
    gradient[n - 1] = 1.0;
  }
  return x[n - 1];
}

void constraints(
    unsigned m, double* result, unsigned n, const double* x, double* gradient, void* data) {
  Task& task = *static_cast<Task*>(data);
  const auto at = [&](const std::vector<double>& p) {
    return task.terms(p[0], n > 2 ? p[1] : 0.5);
  };
  const std::vector<double> here(x, x + n);
  task.value(x[0], n > 2 ? x[1] : 0.5);
  const auto now = at(here);
  for (unsigned k = 0; k < m; ++k) result[k] = now[k] - x[n - 1];
  if (gradient == nullptr) return;
  constexpr double kStep = 1e-7;
  for (unsigned variable = 0; variable + 1 < n; ++variable) {
    std::vector<double> up = here;
    std::vector<double> down = here;
    up[variable] += kStep;
    down[variable] -= kStep;
    const auto above = at(up);
    const auto below = at(down);
    for (unsigned k = 0; k < m; ++k) {
      gradient[k * n + variable] = (above[k] - below[k]) / (2.0 * kStep);
    }
  }
  for (unsigned k = 0; k < m; ++k) gradient[k * n + n - 1] = -1.0;
}

Best solve(const Algorithm& algorithm, const Cell& cell, double unit) {
  const bool split = cell.overlap == Overlap::kDbo;
  std::vector<double> lower = {std::log(cell.min_chunks)};
  std::vector<double> upper = {std::log(cell.max_chunks)};
  std::vector<double> x = {0.5 * (lower[0] + upper[0])};
  if (split) {
    lower.push_back(1.0 / cell.tokens);
    upper.push_back(1.0 - 1.0 / cell.tokens);
    x.push_back(0.5);
  }
  Task task{cell, unit, {}};
  if (algorithm.epigraph) {
    lower.push_back(0.0);
    upper.push_back(1e9);
    x.push_back(task.value(x[0], 0.5));
  }
  nlopt::opt solver(algorithm.id, static_cast<unsigned>(x.size()));
  solver.set_lower_bounds(lower);
  solver.set_upper_bounds(upper);
  if (algorithm.epigraph) {
    solver.set_min_objective(last_variable, nullptr);
    solver.add_inequality_mconstraint(constraints, &task, std::vector<double>(4, 1e-9));
  } else {
    solver.set_min_objective(objective, &task);
  }
  solver.set_xtol_rel(kTolerance);
  solver.set_ftol_rel(kTolerance * kTolerance);
  solver.set_maxeval(kMaxEvaluations);
  double last = 0.0;
  try {
    solver.optimize(x, last);
  } catch (const std::exception&) {
    // The best point seen counts, whatever the solver says.
  }
  return task.best;
}

/// The exact optimum of a cell, in seconds.
double optimum(const Cell& cell) {
  Cost best = kNever;  // the cost is the layer time
  const Quest quest{.limit = [&] { return best; },
                    .visit = [&](const Config&, Cost cost) { best = std::min(best, cost); }};
  enumerate(cell, Pruning::kBounds, quest);
  return best.value;
}

double rounded(const Cell& cell, const Best& found) {
  const int chunks =
      std::clamp(static_cast<int>(std::lround(found.chunks)), cell.min_chunks, cell.max_chunks);
  const long first = std::lround(found.split * cell.tokens);
  const double tokens = cell.overlap == Overlap::kDbo
                            ? static_cast<double>(std::clamp(first, 1L, cell.tokens - 1L))
                            : 0.0;
  return feasible_time(cell, chunks, tokens)->base();
}

void compare(const Algorithm& algorithm, const std::vector<Cell>& cells) {
  double evaluations = 0.0;
  double microseconds = 0.0;
  int missed = 0;
  double worst = 0.0;
  nlopt::srand(1);
  for (const Cell& cell : cells) {
    const double exact = optimum(cell);
    const auto start = std::chrono::steady_clock::now();
    const Best found = solve(algorithm, cell, exact);
    microseconds +=
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    evaluations += found.evaluations;
    const double excess = rounded(cell, found) / exact - 1.0;
    missed += excess > kMissed ? 1 : 0;
    worst = std::max(worst, excess);
  }
  const double count = static_cast<double>(cells.size());
  fmt::print("| {:<19} | {:>6.0f} | {:>6.1f} | {:>6.2f} % | {:>7.2f} % |\n",
             algorithm.name,
             evaluations / count,
             microseconds / count,
             100.0 * missed / count,
             100.0 * worst);
  std::fflush(stdout);  // a row as soon as it is known
}

}  // namespace
}  // namespace wideep

int main(int argc, char** argv) {
  using namespace wideep;
  const int problems = argc > 1 ? std::atoi(argv[1]) : 1000;
  constexpr unsigned kSeed = 71;
  ProblemSource source(kSeed, {.max_tokens = 16'384});
  std::vector<Cell> cells;
  for (int at = 0; at < problems; ++at) {
    Problem problem = source.next();
    problem.space.timing = Timing::kSchedule;
    problem.space.half_split = false;
    for (const Cell& cell : list_cells(problem).cells) {
      if (cell.overlap != Overlap::kNone) cells.push_back(cell);
    }
  }
  fmt::print(
      "{} problems (seed {}), {} cells of modes chunk and dbo\n\n", problems, kSeed, cells.size());
  fmt::print("| algorithm           |  evals |     us | missed   | worst     |\n");
  fmt::print("|---------------------|--------|--------|----------|-----------|\n");
  for (const Algorithm& algorithm : kAlgorithms) compare(algorithm, cells);
}
