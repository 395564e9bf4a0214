#pragma once

#include <vector>

#include "units/quantity.h"

namespace wideep {

/// Prompts of one length among those that arrive.
struct PromptLength {
  double tokens = 1.0;  ///< > 0
  double weight = 1.0;  ///< > 0; shares are weights over their sum
};

/// How a disaggregated deployment serves requests. docs/planning.md#waiting
///
/// All prefill groups have one queue, first come first served. An instance steps its groups
/// together; at the start of a step each prompt goes to the group of the instance that holds the
/// fewest tokens, up to step_tokens each. A prompt that is longer than what is left is cut and goes
/// on in the same group's next step (chunked prefill). A step whose fullest group holds x tokens
/// takes step_fixed + x step_per_token. The KV cache is then transferred, and the request waits for
/// a decode slot, which it occupies for output_tokens tpot.
struct ServingSetting {
  std::vector<PromptLength> prompts;  ///< one at least
  double output_tokens = 1.0;         ///< of every request, >= 1
  int prefill_instances = 1;
  int groups = 1;            ///< attention groups of a prefill instance
  double step_tokens = 1.0;  ///< of prompts, that a group takes in a step
  Seconds step_fixed;
  Seconds step_per_token;
  Seconds transfer;  ///< of a request's KV cache to decode
  int decode_slots = 1;
  Seconds tpot;  ///< > 0
};

/// How long a decode slot is occupied by a request.
inline Seconds slot_hold(const ServingSetting& setting) {
  return setting.output_tokens * setting.tpot;
}

/// Of a time that differs from request to request.
struct TimeSpread {
  Seconds mean;
  Seconds p95;  ///< 95 % of requests take no longer
};

/// What requests see, and how busy the deployment is.
struct ServingTimes {
  PerSecond rate;      ///< of requests
  TimeSpread waiting;  ///< until the step with a prompt's first token begins
  TimeSpread prefill;  ///< from there until the step with its last token ends
  TimeSpread transfer;
  TimeSpread slot_waiting;           ///< for a decode slot
  TimeSpread first_step;             ///< of decode
  TimeSpread ttft;                   ///< all of these; its p95 is less than their sum
  double prefill_utilization = 0.0;  ///< rate over what full steps of all groups take
  double decode_utilization = 0.0;   ///< mean share of the slots in use
};

}  // namespace wideep
