#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/prediction.h"
#include "plan/uncertain_input.h"

namespace wideep {

/// A problem whose inputs are multiplied by factors, with what engines run of it. A copy may be
/// used by another thread.
class VariedProblem {
 public:
  VariedProblem(const ReadAgain& read, const std::vector<UncertainInput>& inputs);

  /// With `factors` > 0, one for each input; values beyond the bounds of a key are moved there.
  /// Nothing where the input refuses one.
  [[nodiscard]] std::optional<Problem> at(std::span<const double> factors);

  /// The same with one input changed alone.
  [[nodiscard]] std::optional<Problem> at(std::size_t input, double factor);

  /// The same of the deployment that it was read from.
  [[nodiscard]] std::optional<PlanQuestion> plan_at(std::span<const double> factors);
  [[nodiscard]] std::optional<PlanQuestion> plan_at(std::size_t input, double factor);

  /// By how much the input is multiplied in truth: bounds and whole numbers considered.
  [[nodiscard]] double factor_in_force(std::size_t input, double factor) const;

  /// What the input is then, "43us", "128"; empty where it has several different numbers.
  [[nodiscard]] std::string text_at(std::size_t input, double factor) const;

  [[nodiscard]] std::size_t size() const { return inputs_.size(); }
  [[nodiscard]] const ScaledKey& key(std::size_t input) const { return inputs_[input].key; }

 private:
  [[nodiscard]] std::vector<double> moved(std::size_t input, double factor) const;

  ScaledProblem scaled_;
  std::vector<UncertainInput> inputs_;
  std::vector<double> base_;  ///< of inputs by default: what they are; of others 0
};

/// A configuration of one problem in another one that differs in its inputs: with the batch that
/// the workload now states, cut in the same proportion; kernel, layout, chunks and all else as they
/// are.
Config held(const Problem& problem, const Config& config);

/// What a configuration costs under the problem's objective, in its unit.
double cost_of(const Problem& problem, const Config& config);

/// The same of its prediction.
double cost_of(const Problem& problem, const Prediction& prediction);

}  // namespace wideep
