#include "fit/expert_forms.h"

#include <algorithm>

namespace wideep {
namespace {

/// In us, without a start.
Regression regression_of(const std::vector<ExpertSample>& samples, const ExpertForm& form) {
  const auto at = places(form);
  Regression regression;
  regression.observations.reserve(samples.size());
  for (const ExpertSample& sample : samples) {
    const double experts = sample.local_experts;
    LinearForm computes{{at[kPerToken], sample.routed_tokens}};
    LinearForm reads;
    if (form.launch) {
      computes.push_back({at[kExpertLaunch], 1.0});
      reads.push_back({at[kExpertLaunch], 1.0});
    }
    if (form.fixed) computes.push_back({at[kFixed], experts});
    reads.push_back({at[kWeightRead], experts});
    Observation observation{sample.time / unit::us, {computes}};
    if (form.weight_read) observation.branches.push_back(reads);
    regression.observations.push_back(std::move(observation));
  }
  return regression;
}

/// `knee`: tokens per expert at which computing is taken to overtake reading.
std::vector<double> start_at(double knee,
                             const std::vector<ExpertSample>& samples,
                             const ExpertForm& form) {
  const auto at = places(form);
  double slope = 0.0;
  for (const ExpertSample& sample : samples) {
    slope = std::max(slope, sample.time / unit::us / (sample.local_experts * std::max(knee, 1.0)));
  }
  const int more = int{form.launch} + int{form.weight_read} + int{form.fixed};
  std::vector<double> start(1 + static_cast<std::size_t>(more), 0.0);
  start[at[kPerToken]] = slope;
  if (form.weight_read) start[at[kWeightRead]] = slope * knee;
  return start;
}

}  // namespace

double tokens_per_expert(const ExpertSample& sample) {
  return sample.routed_tokens / sample.local_experts;
}

std::array<std::size_t, kExpertParameters> places(const ExpertForm& form) {
  std::array<std::size_t, kExpertParameters> at{};
  std::size_t next = 0;
  at[kPerToken] = next++;
  if (form.launch) at[kExpertLaunch] = next++;
  if (form.weight_read) at[kWeightRead] = next++;
  if (form.fixed) at[kFixed] = next++;
  return at;
}

SolvedExperts solve_from_knees(const std::vector<ExpertSample>& samples,
                               const ExpertForm& form,
                               bool reject_outliers) {
  constexpr std::size_t kKnees = 5;
  std::vector<double> loads;
  loads.reserve(samples.size());
  for (const ExpertSample& sample : samples) loads.push_back(tokens_per_expert(sample));
  std::sort(loads.begin(), loads.end());
  std::vector<std::vector<double>> starts;
  for (std::size_t turn = 0; turn < (form.weight_read ? kKnees : 1); ++turn) {
    const double knee = loads[(2 * turn + 1) * loads.size() / (2 * kKnees)];
    starts.push_back(start_at(knee, samples, form));
  }
  SolvedExperts solved{&form, regression_of(samples, form), {}, {}};
  solved.solution = solve_from(solved.regression, starts, reject_outliers);
  return solved;
}

}  // namespace wideep
