#pragma once

#include <optional>
#include <vector>

#include "plan/confidence.h"
#include "plan/flip.h"
#include "search/optimize.h"

namespace wideep {

/// An input beside what the answer makes of it.
struct InputSensitivity {
  UncertainInput input;
  std::string value{};      ///< as it is, "43us"; empty where it has several numbers
  double elasticity = 0.0;  ///< of the configuration's cost, held
  FlipDistance flip;        ///< of the answer
};

/// How an answer hangs on its inputs.
struct Sensitivity {
  std::vector<InputSensitivity> inputs;  ///< that move cost or answer, the largest elasticity first
  Confidence confidence;
};

/// What is asked about: of what is answered, or explained.
struct SensitivityQuestion {
  Config config;                  ///< how sure that is
  Config base;                    ///< what wins at the inputs as they are, from which answers flip
  std::optional<Config> rival{};  ///< the best of another choice there
};

/// All of it, by a search in every draw.
Sensitivity sensitivity_of(const ReadAgain& read,
                           const std::vector<UncertainInput>& inputs,
                           const SensitivityQuestion& question,
                           const Draws& draws);

/// Draws where sensitivity is asked for: shares are within 2 points of those of infinitely many
/// (one standard error, 0.5 / sqrt(512)).
inline constexpr int kSensitivityDraws = 512;

/// Draws of a run that did not ask: 3 points.
inline constexpr int kDefaultDraws = 256;

/// The same where the batch is chosen: each is a search of its own, since limits move batches, and
/// these move costs, more than to first order. 6 points.
inline constexpr int kChosenBatchDraws = 64;

/// How sure the answer is in a run that did not ask: to first order, among the finalists of the
/// search, by some evaluations of each; where the batch is chosen by a search in each of few draws,
/// on every core. Nothing where that would cost as much as the search itself
/// many times over (why_not_sure()).
std::optional<Confidence> default_confidence(const ReadAgain& read,
                                             const std::vector<UncertainInput>& inputs,
                                             const SensitivityQuestion& question,
                                             const Draws& draws);

/// Why a run that did not ask does not say how sure it is, in words; empty where it does: loads are
/// drawn anew by every evaluation. docs/planning.md#sure
std::string why_not_sure(const Problem& problem);

}  // namespace wideep
