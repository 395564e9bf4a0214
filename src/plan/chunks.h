#pragma once

#include <vector>

#include "model/serving.h"

namespace wideep {

/// Prompts of one length, where each begins at the start of a step.
struct ChunkedPrompt {
  double first = 1.0;   ///< tokens in the first chunk
  double last = 1.0;    ///< and in the last, which may be the same
  double before = 0.0;  ///< full chunks before the last
  double share = 1.0;   ///< of all prompts
};

/// All prompts of a setting, and their moments.
struct Chunks {
  explicit Chunks(const ServingSetting& setting);

  std::vector<ChunkedPrompt> prompts;  ///< first chunks ascending
  double tokens = 0.0;                 ///< mean of a prompt
  double spread = 0.0;                 ///< squared coefficient of variation of these
  double before = 0.0;                 ///< mean
  double last = 0.0;                   ///< mean
  double last_square = 0.0;            ///< mean square
  double first = 0.0;                  ///< mean
  double first_square = 0.0;           ///< mean square
};

/// E[longest first chunk of a Poisson number of prompts with that mean]:
///
///   integral of 1 - exp(-count P(chunk > x)) dx
double longest_of(const Chunks& chunks, double count);

/// How far the fullest of `groups` is above their mean, where each prompt goes to the emptiest, in
/// tokens: what they have beyond the emptiest are residuals of a renewal process, hence the largest
/// of groups - 1 residuals less (groups - 1) / groups of their mean. ((groups - 1) / (2 groups) of
/// a chunk where all are equal.) Source for residuals: Cox,
/// Renewal Theory (1962).
double fullest_above_mean(const Chunks& chunks, int groups);

}  // namespace wideep
