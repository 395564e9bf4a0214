#pragma once

#include <array>
#include <vector>

#include "fit/max_affine.h"
#include "fit/samples.h"

namespace wideep {

// The forms that the time of experts may have, and their regressions. docs/model.md#fit

enum ExpertParameter : std::size_t {
  kExpertLaunch,
  kPerToken,
  kWeightRead,
  kFixed,
  kExpertParameters
};

/// What the forms differ in, on top of what a token costs.
struct ExpertForm {
  const char* name = "";
  bool launch = false;
  bool weight_read = false;
  bool fixed = false;
};

/// From the simplest to the whole.
inline constexpr std::array<ExpertForm, 4> kExpertForms = {{{"per_token", false, false, false},
                                                            {"affine", true, false, false},
                                                            {"weights", true, true, false},
                                                            {"weights_fixed", true, true, true}}};

/// n: routed tokens on each local expert.
double tokens_per_expert(const ExpertSample& sample);

/// Where the parameters of a form are in its regression.
std::array<std::size_t, kExpertParameters> places(const ExpertForm& form);

/// A form with its solution.
struct SolvedExperts {
  const ExpertForm* form = nullptr;
  Regression regression;
  Solution solution;
  std::vector<double> cv_errors;
};

/// Solved from knees at some of the loads measured.
SolvedExperts solve_from_knees(const std::vector<ExpertSample>& samples,
                               const ExpertForm& form,
                               bool reject_outliers);

}  // namespace wideep
