#pragma once

#include <optional>
#include <vector>

#include "model/problem.h"
#include "units/quantity.h"

namespace wideep {

/// Requests of one kind among those that arrive.
struct RequestLength {
  double input_tokens = 1.0;   ///< of the prompt, >= 1
  double output_tokens = 1.0;  ///< >= 1
  double weight = 1.0;         ///< > 0; shares are weights over their sum
};

/// What requests look like.
struct RequestLengths {
  std::vector<RequestLength> all = {RequestLength{}};
  double cached_share = 0.0;  ///< of every prompt, that is in the cache before; 0 to below 1
};

/// What a plan is to hold. With neither rate nor concurrency: the most that `gpus` hold; without
/// those too, the best ratio of instances.
struct Demand {
  std::optional<PerSecond> rate;      ///< of requests that arrive at random, > 0
  std::optional<double> concurrency;  ///< requests in flight, >= 1, instead
  std::optional<int> gpus;            ///< at most so many
};

/// GPUs of a plan at most: waiting among more instances takes long to compute, and what is larger
/// is the same again.
inline constexpr int kMostPlanGpus = 2'000;

/// Which deployments are planned.
enum class Roles {
  kDisaggregated,  ///< prefill and decode in instances of their own
  kAggregated,     ///< one kind of instance, whose steps take chunks of prompts with them
  kBoth            ///< whichever is better
};

/// What is promised to users of the whole deployment. Unset: nothing.
struct PlanLevel {
  std::optional<Seconds> ttft;      ///< mean time to the first token, waiting included
  std::optional<Seconds> ttft_p95;  ///< that 95 % of requests stay below
  std::optional<Seconds> tpot;      ///< of a full batch
};

/// Whether it promises how soon the first token comes.
inline bool limits_ttft(const PlanLevel& level) {
  return level.ttft || level.ttft_p95;
}

/// Share of the time that instances may be in use, of what they could serve: beyond it waiting
/// grows fast. docs/planning.md#plan
inline constexpr double kMaxUtilisation = 0.85;

/// A whole question of a deployment. docs/planning.md#plan
struct PlanQuestion {
  Problem prefill;  ///< with the batch left free; TTFT is the level's
  Problem decode;   ///< likewise, with slo.tpot
  RequestLengths lengths;
  Demand demand;
  Roles roles = Roles::kBoth;
  PlanLevel level;
  double max_utilisation = kMaxUtilisation;
  double slower = 1.0;  ///< every step takes so many times what is predicted
};

// Means over requests, in tokens.

double mean_input(const RequestLengths& lengths);
double mean_output(const RequestLengths& lengths);

/// Of a prompt's tokens, those that prefill computes.
double mean_computed(const RequestLengths& lengths);

/// The length of the prompt that a token of prompts is of: E[input^2] / E[input].
double prompt_context(const RequestLengths& lengths);

/// What a token that is generated attends to, since each request is there for as many steps as it
/// has tokens: E[output (input + output / 2)] / E[output].
double decode_context(const RequestLengths& lengths);

/// The share of tokens of prompts in steps that keep up with both, each request taking
/// `decode_tokens` of decode: computed / (computed + decode_tokens).
double prompt_share(const RequestLengths& lengths, double decode_tokens);

}  // namespace wideep
