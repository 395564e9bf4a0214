#pragma once

#include "model/serving.h"
#include "plan/prefill_queue.h"

namespace wideep {

/// The wait for a decode slot.
struct SlotQueue {
  double utilization = 0.0;
  double waits = 0.0;   ///< share of requests
  Seconds waiting;      ///< mean of all
  double uneven = 1.0;  ///< squared coefficient of variation of the wait of those who wait
  Seconds burst;        ///< of the mean, for others that the same prefill step has finished
};

/// For a rate at which slots are not all in use: M/D/s by Erlang and Cosmetatos, with the servers
/// that Hayward's approximation puts in place of arrivals in bursts. docs/planning.md#waiting
SlotQueue slot_queue(const ServingSetting& setting,
                     const Chunks& chunks,
                     const PrefillQueue& prefill,
                     PerSecond rate);

}  // namespace wideep
