#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/by_width.h"
#include "units/quantity.h"

namespace wideep {

/// One direction of an all-to-all kernel, dispatch or combine: t = latency + bytes / bandwidth.
/// docs/model.md#links
struct LinkPhase {
  ByWidth<Seconds> latency;           ///< L: the time of an empty message
  ByWidth<BytesPerSecond> bandwidth;  ///< of one rank, one way, counting all T k copies
  double efficiency = 1.0;            ///< eta: achieved share of `bandwidth`, above 0 up to 1
};

/// What a kernel refuses to run.
struct KernelLimits {
  std::vector<int> ep_widths;              ///< widths that it supports; empty: any
  std::optional<int> max_tokens_per_rank;  ///< tokens in one transfer of one rank
  std::vector<int> hidden_sizes;           ///< sizes that it is compiled for; empty: any
  std::optional<int> max_top_k;
};

/// An all-to-all kernel as data: what it costs and what it refuses.
struct Kernel {
  std::string name;  ///< the key under `kernels`, e.g. "LL"
  LinkPhase dispatch;
  LinkPhase combine;
  KernelLimits limits;
};

/// The machines: scale-up domains of equal size, and the all-to-all kernels that run on them.
struct Fabric {
  int gpus_per_domain = 1;  ///< g: GPUs that share one scale-up (NVLink) domain
  std::vector<Kernel> kernels;
};

}  // namespace wideep
