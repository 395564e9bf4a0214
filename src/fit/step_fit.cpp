#include "fit/step_fit.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <fmt/format.h>

#include "fit/max_affine.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// 1/eta, and o/eta in ms.
enum StepParameter : std::size_t { kInverse, kExtra };

/// How a figure enters the regression.
struct StepForm {
  bool inverse_held = false;  ///< eta is 1
  /// o in ms, where it is known; unset: fitted.
  std::optional<double> overhead;
};

double in_ms(Seconds time) {
  return time / unit::ms;
}

struct SolvedStep {
  Regression regression;
  Solution solution;
};

SolvedStep solve_with(const std::vector<StepPoint>& points, const StepForm& form) {
  SolvedStep solved;
  Regression& regression = solved.regression;
  double least = in_ms(points.front().measured);
  for (const StepPoint& point : points) {
    least = std::min(least, in_ms(point.measured));
    const double computed = in_ms(point.computed);
    const std::size_t inverse = form.inverse_held ? kKnown : kInverse;
    LinearForm terms{{inverse, computed + form.overhead.value_or(0.0)}};
    if (!form.overhead) terms.push_back({form.inverse_held ? kInverse : kExtra, 1.0});
    regression.observations.push_back({in_ms(point.measured), {terms}});
  }
  // Where eta is known, o is the only parameter.
  constexpr double kUsualInverse = 1.4;
  constexpr double kUsualPart = 0.1;
  if (!form.inverse_held) regression.start.push_back(kUsualInverse);
  if (!form.overhead) regression.start.push_back(kUsualPart * least);
  solved.solution = solve(regression);
  return solved;
}

std::string why_alone(const std::vector<StepPoint>& points) {
  if (points.size() < kLeastStepRows) {
    return fmt::format(
        "{} rows; two figures and their errors need {}", points.size(), kLeastStepRows);
  }
  const auto computed =
      extent_of(points, [](const StepPoint& point) { return point.computed / unit::s; });
  if (computed.most >= kLeastRatio * computed.least) return "";
  return fmt::format(
      "computed steps of {} to {} are too near to tell what is paid once from what "
      "grows with them: measure batches further apart",
      format(computed.least * unit::s),
      format(computed.most * unit::s));
}

ErrorSummary errors_with(const StepFigures& serving,
                         const std::vector<StepPoint>& points,
                         const std::vector<bool>& used) {
  std::vector<double> errors;
  for (std::size_t at = 0; at < points.size(); ++at) {
    if (!used[at]) continue;
    errors.push_back(std::abs(serving.step(points[at].computed) / points[at].measured - 1.0));
  }
  return summary_of(errors);
}

std::string held_text(double wanted) {
  return fmt::format("the fit wants {}, for which 100% is taken", format_percent(wanted));
}

/// The fit in progress.
class StepFitter {
 public:
  StepFitter(StepFit& fit, const StepFigures& given) : fit_(fit), given_(given) {}

  void run() {
    fit_.given = given_;
    const std::vector<StepPoint>& points = fit_.points;
    if (points.size() < kLeastRowsAlone) {
      fit_.reason = fmt::format("{} row{}; an efficiency and its error need {}",
                                points.size(),
                                points.size() == 1 ? "" : "s",
                                kLeastRowsAlone);
      return;
    }
    fit_.overhead.reason = why_alone(points);
    if (!fit_.overhead.reason.empty() || !fit_both()) fit_alone(given_.overhead);
    summarize();
  }

 private:
  /// False where the rows do not tell the two apart.
  bool fit_both() {
    const SolvedStep solved = solve_with(fit_.points, {});
    const Solution& solution = solved.solution;
    const double inverse = solution.parameters[kInverse];
    const double extra = solution.parameters[kExtra];
    if (!solution.all_determined() || solution.freedom < 1 || inverse <= 0.0) {
      fit_.overhead.reason = "the rows do not tell what is paid once from what grows with a step";
      return false;
    }
    if (extra <= 0.0) {
      fit_.overhead = {.estimate = {},
                       .reason = "the fit wants one below 0, for which 0 is taken",
                       .held = true};
      fit_alone(Seconds(0.0));
      return true;
    }
    if (inverse < 1.0) {
      hold_efficiency(1.0 / inverse);
      fit_overhead();
      return true;
    }
    const auto& covariance = solution.covariance;
    fit_.efficiency.estimate =
        reciprocal_of(inverse, covariance[kInverse][kInverse], solution.freedom);
    const auto overhead = ratio_of({.top = extra,
                                    .bottom = inverse,
                                    .top_variance = covariance[kExtra][kExtra],
                                    .bottom_variance = covariance[kInverse][kInverse],
                                    .covariance = covariance[kInverse][kExtra]},
                                   solution.freedom);
    if (!fit_.efficiency.estimate || !overhead) {
      fit_.efficiency.estimate.reset();
      fit_.overhead.reason = "the rows scatter too much to tell it from the efficiency";
      return false;
    }
    fit_.overhead.estimate = scaled(*overhead, unit::ms / unit::s);
    fit_.serving = {.efficiency = 1.0 / inverse,
                    .overhead = fit_.overhead.estimate->value * unit::s};
    use(solved);
    const SolvedStep alone = solve_with(fit_.points, {.overhead = in_ms(given_.overhead)});
    fit_.alone = errors_with({.efficiency = 1.0 / std::max(1.0, alone.solution.parameters[0]),
                              .overhead = given_.overhead},
                             fit_.points,
                             solution.used);
    return true;
  }

  void fit_alone(Seconds overhead) {
    const SolvedStep solved = solve_with(fit_.points, {.overhead = in_ms(overhead)});
    const Solution& solution = solved.solution;
    const double inverse = solution.parameters[kInverse];
    use(solved);
    fit_.serving = {.efficiency = 1.0 / inverse, .overhead = overhead};
    if (inverse < 1.0) return hold_efficiency(1.0 / inverse);
    fit_.efficiency.estimate =
        reciprocal_of(inverse, solution.covariance[kInverse][kInverse], solution.freedom);
    if (!fit_.efficiency.estimate) {
      fit_.efficiency.reason = "the rows scatter too much for an interval";
    }
  }

  /// With the efficiency held at 1.
  void fit_overhead() {
    const SolvedStep solved = solve_with(fit_.points, {.inverse_held = true, .overhead = {}});
    const Solution& solution = solved.solution;
    const Estimate extra =
        estimate_of(solution.parameters[0], solution.covariance[0][0], solution.freedom);
    use(solved);
    fit_.serving = {.efficiency = 1.0, .overhead = extra.value * unit::ms};
    if (extra.value > 0.0) {
      fit_.overhead.estimate = scaled(extra, unit::ms / unit::s);
    } else {
      fit_.overhead.reason = "the fit wants one below 0, for which 0 is taken";
      fit_.overhead.held = true;
    }
  }

  void hold_efficiency(double wanted) {
    fit_.efficiency = {.estimate = {}, .reason = held_text(wanted), .held = true};
    fit_.serving.efficiency = 1.0;
  }

  void use(const SolvedStep& solved) {
    used_ = solved.solution.used;
    fit_.spread = solved.solution.sigma;
    fit_.freedom = solved.solution.freedom;
  }

  void summarize() {
    std::vector<StepPoint> kept;
    for (std::size_t at = 0; at < used_.size(); ++at) {
      if (used_[at]) {
        kept.push_back(fit_.points[at]);
      } else {
        fit_.outliers.push_back(at);
      }
    }
    fit_.used = static_cast<int>(kept.size());
    fit_.computed =
        extent_of(kept, [](const StepPoint& point) { return point.computed / unit::s; });
    if (fit_.efficiency.estimate) {
      fit_.efficiency.estimate->high = std::min(1.0, fit_.efficiency.estimate->high);
    }
    fit_.errors = errors_with(fit_.serving, fit_.points, used_);
    fit_.without = errors_with({}, fit_.points, used_);
    fit_.before = errors_with(given_, fit_.points, used_);
  }

  StepFit& fit_;
  const StepFigures& given_;
  std::vector<bool> used_;
};

}  // namespace

bool StepFit::is_outlier(std::size_t point) const {
  return std::find(outliers.begin(), outliers.end(), point) != outliers.end();
}

StepFit fit_step(const std::vector<StepPoint>& points, const StepFigures& given, double holdout) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  StepFit fit;
  std::vector<StepPoint> held;
  for (const StepPoint& point : points) {
    (uniform(random) < holdout ? held : fit.points).push_back(point);
  }
  StepFitter(fit, given).run();
  if (held.empty()) return fit;
  if (!fit.reason.empty()) {
    fit.held_out = HeldOutErrors{.reason = "nothing was fitted to what is left"};
    return fit;
  }
  std::vector<double> errors;
  errors.reserve(held.size());
  for (const StepPoint& point : held) {
    errors.push_back(std::abs(fit.time(point) / point.measured - 1.0));
  }
  fit.held_out = held_out_errors(errors);
  return fit;
}

}  // namespace wideep
