#pragma once

#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "model/limit.h"
#include "model/planning.h"
#include "model/prediction.h"
#include "model/serving.h"

namespace wideep {

/// How an instance takes prompts. docs/planning.md#plan
struct PromptSteps {
  int groups = 1;       ///< attention groups
  double tokens = 1.0;  ///< of prompts, that a group takes in a step
  Seconds fixed;        ///< of a step of x tokens fixed + x per_token, exact for a full one and for
  Seconds per_token;    ///< the mean last chunk of a prompt
  std::optional<Seconds> transfer;  ///< of a request's cache to decode; unset: not known
};

/// A way to run one instance of a role: the best configuration of its GPUs, step size or draft
/// depth.
struct Instance {
  std::shared_ptr<const Problem> problem;  ///< that the prediction is of, its layout in force
  std::size_t variant = 0;                 ///< step size or draft depth, of InstanceSearch
  Prediction prediction;
  std::optional<PromptSteps> prompts;  ///< unset: it only decodes
  int slots = 0;                       ///< requests that it decodes at once; 0: it only prefills
  Seconds step;                        ///< a full one
  Seconds tpot;                        ///< at decode
  PerSecond rate;                      ///< of requests at full use

  [[nodiscard]] int gpus() const { return prediction.config.gpus(); }

  /// Of a full step, rounded up.
  [[nodiscard]] int tokens_per_rank() const {
    return static_cast<int>(std::ceil(prediction.tokens));
  }
};

using InstancePointer = std::shared_ptr<const Instance>;

/// Tokens of a rank in a prefill step, where the workload leaves them open: the powers of two that
/// engines are given as chunk sizes, vLLM's --max-num-batched-tokens and the like.
inline constexpr int kSmallestPrefillStep = 256;
inline constexpr int kLargestPrefillStep = 32'768;

/// What instances do: take prompts, decode, or both in one step.
enum class InstanceRole { kPrefill, kDecode, kMixed };

/// The problems that instances of a role are answers to, one for each step size or draft depth that
/// the question leaves open. `tpot`: the limit of decode steps as predicted.
std::vector<Problem> role_problems(const PlanQuestion& question,
                                   InstanceRole role,
                                   std::optional<Seconds> tpot);

/// Requests a second that one GPU with that prediction serves at full use.
PerSecond rate_per_gpu(const PlanQuestion& question, InstanceRole role, const Prediction& found);

/// The instance that runs a prediction of one of role_problems.
Instance instance_of(const PlanQuestion& question,
                     InstanceRole role,
                     const Problem& asked,
                     const Prediction& found);

/// The batch that is asked for, of each rank; the load is each rank's own.
void state_tokens(Problem& problem, int tokens);

/// The instance where every step takes so many times what is predicted.
InstancePointer slowed(const InstancePointer& instance, double slower);

/// The lengths of prompts as the queue takes them, cached parts left out: at most 16, each the mean
/// of as large a share of the requests.
std::vector<PromptLength> prompt_lengths(const RequestLengths& lengths);

}  // namespace wideep
