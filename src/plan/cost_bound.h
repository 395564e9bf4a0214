#pragma once

#include "model/planning.h"

namespace wideep {

/// What one GPU of each role serves at full use.
struct SizeRates {
  int prefill_gpus = 0;  ///< of an instance; 0: decode takes the prompts
  int decode_gpus = 1;
  PerSecond prefill;  ///< by GPU
  PerSecond decode;
};

/// A lower bound of the cost with any instances of so many GPUs that serve no more.
double least_cost(const PlanQuestion& question, const SizeRates& sizes);

}  // namespace wideep
