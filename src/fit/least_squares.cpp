#include "fit/least_squares.h"

#include <algorithm>
#include <cmath>

namespace wideep {
namespace {

/// Relative to the largest, a pivot below this is one that the data do not tell.
constexpr double kRankThreshold = 1e-7;

/// The columns whose parameters the rows tell.
struct Columns {
  std::vector<Eigen::Index> told;
  Eigen::VectorXd scale;  ///< of each told column, so that units do not matter
};

/// `held`: parameters kept at 0.
Columns told_columns(const Eigen::MatrixXd& rows, const std::vector<bool>& held) {
  std::vector<Eigen::Index> present;
  for (Eigen::Index at = 0; at < rows.cols(); ++at) {
    if (!held[static_cast<std::size_t>(at)] && rows.col(at).norm() > 0.0) present.push_back(at);
  }
  if (present.empty()) return {};
  Eigen::MatrixXd scaled(rows.rows(), static_cast<Eigen::Index>(present.size()));
  for (std::size_t at = 0; at < present.size(); ++at) {
    const auto column = rows.col(present[at]);
    scaled.col(static_cast<Eigen::Index>(at)) = column / column.norm();
  }
  Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(scaled);
  qr.setThreshold(kRankThreshold);
  Columns columns;
  for (Eigen::Index at = 0; at < qr.rank(); ++at) {
    const Eigen::Index which = qr.colsPermutation().indices()(at);
    columns.told.push_back(present[static_cast<std::size_t>(which)]);
  }
  std::sort(columns.told.begin(), columns.told.end());
  columns.scale.resize(static_cast<Eigen::Index>(columns.told.size()));
  for (std::size_t at = 0; at < columns.told.size(); ++at) {
    columns.scale(static_cast<Eigen::Index>(at)) = rows.col(columns.told[at]).norm();
  }
  return columns;
}

Eigen::MatrixXd scaled_rows(const Eigen::MatrixXd& rows, const Columns& columns) {
  Eigen::MatrixXd scaled(rows.rows(), static_cast<Eigen::Index>(columns.told.size()));
  for (Eigen::Index at = 0; at < scaled.cols(); ++at) {
    scaled.col(at) = rows.col(columns.told[static_cast<std::size_t>(at)]) / columns.scale(at);
  }
  return scaled;
}

}  // namespace

void solve_linear(const LinearProblem& problem, std::vector<double>& parameters) {
  std::vector<bool> held(parameters.size(), false);
  for (std::size_t turn = 0; turn <= parameters.size(); ++turn) {
    const Columns columns = told_columns(problem.rows, held);
    if (columns.told.empty()) return;
    Eigen::VectorXd offset = problem.values;
    for (std::size_t at = 0; at < parameters.size(); ++at) {
      const auto index = static_cast<Eigen::Index>(at);
      const bool told =
          std::find(columns.told.begin(), columns.told.end(), index) != columns.told.end();
      if (!told && !held[at]) offset -= parameters[at] * problem.rows.col(index);
    }
    const Eigen::VectorXd solution =
        scaled_rows(problem.rows, columns).colPivHouseholderQr().solve(offset);
    std::size_t lowest = parameters.size();
    double low = 0.0;
    for (Eigen::Index at = 0; at < solution.size(); ++at) {
      const auto parameter = static_cast<std::size_t>(columns.told[static_cast<std::size_t>(at)]);
      parameters[parameter] = solution(at) / columns.scale(at);
      if (solution(at) < low) {
        low = solution(at);
        lowest = parameter;
      }
    }
    if (lowest == parameters.size()) return;
    parameters[lowest] = 0.0;
    held[lowest] = true;
  }
}

Uncertainty uncertainty_of(const LinearProblem& problem,
                           const std::vector<double>& parameters,
                           double sigma_without_freedom) {
  const std::size_t size = parameters.size();
  Uncertainty result;
  result.covariance.assign(size, std::vector<double>(size, 0.0));
  result.determined.assign(size, false);
  const Columns columns = told_columns(problem.rows, std::vector<bool>(size, false));
  const Eigen::Map<const Eigen::VectorXd> solution(parameters.data(),
                                                   static_cast<Eigen::Index>(size));
  result.freedom = static_cast<int>(problem.values.size()) - static_cast<int>(columns.told.size());
  result.sigma = sigma_without_freedom;
  if (result.freedom > 0) {
    result.sigma = (problem.values - problem.rows * solution).norm() / std::sqrt(result.freedom);
  }
  if (columns.told.empty()) return result;
  const Eigen::MatrixXd rows = scaled_rows(problem.rows, columns);
  const Eigen::MatrixXd inverse =
      (rows.transpose() * rows).ldlt().solve(Eigen::MatrixXd::Identity(rows.cols(), rows.cols()));
  for (Eigen::Index i = 0; i < inverse.rows(); ++i) {
    const auto at = static_cast<std::size_t>(columns.told[static_cast<std::size_t>(i)]);
    result.determined[at] = true;
    for (Eigen::Index j = 0; j < inverse.cols(); ++j) {
      const auto other = static_cast<std::size_t>(columns.told[static_cast<std::size_t>(j)]);
      result.covariance[at][other] =
          result.sigma * result.sigma * inverse(i, j) / (columns.scale(i) * columns.scale(j));
    }
  }
  return result;
}

}  // namespace wideep
