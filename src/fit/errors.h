#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace wideep {

/// Of values, at least one; the upper of the middle two where there are two.
double median(std::vector<double> values);

/// How far off predictions are.
struct ErrorSummary {
  int points = 0;
  double median = 0.0;
  double largest = 0.0;
};

/// Of absolute errors; all 0 where there are none.
ErrorSummary summary_of(const std::vector<double>& errors);

/// How well held-out samples were predicted.
struct HeldOutErrors {
  int points = 0;
  double median_error = 0.0;
  double largest_error = 0.0;
  std::string reason;  ///< why they could not be predicted
};

/// Of the absolute errors of predictions.
HeldOutErrors held_out_errors(const std::vector<double>& errors);

double root_mean_square(const std::vector<double>& values);

/// Of two laws whose left-out errors are these, whether the second is better beyond noise: by more
/// than twice the standard error of the mean difference of squares, and by a tenth of the root mean
/// square. Both as long as each other.
bool clearly_better(const std::vector<double>& simple, const std::vector<double>& other);

/// Of laws from the simplest to the richest, at least one, with their left-out errors in
/// `cv_errors`: the index of the simplest that no richer one clearly beats.
template <class Law>
std::size_t simplest_as_good(const std::vector<Law>& laws) {
  std::size_t best = 0;
  for (std::size_t at = 1; at < laws.size(); ++at) {
    if (clearly_better(laws[best].cv_errors, laws[at].cv_errors)) best = at;
  }
  return best;
}

}  // namespace wideep
