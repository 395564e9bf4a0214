#pragma once

#include <optional>

#include "model/exposed.h"
#include "model/memory.h"
#include "model/overlap.h"
#include "model/problem.h"
#include "model/step.h"
#include "units/quantity.h"

namespace wideep {

/// What one configuration costs: everything that a report says of it.
struct Prediction {
  Config config;
  double tokens = 0.0;         ///< T, per rank
  double routed_tokens = 0.0;  ///< r, mean per rank
  double split = 0.0;          ///< dbo: share of the tokens in the first micro-batch; otherwise 0
  Bytes chunk;                 ///< dispatch volume over the chunks

  double straggler_factor = 1.0;  ///< gamma at this EP width
  double active_experts = 0.0;    ///< N of the whole batch; 0 where the model does not count them
  double slowdown = 1.0;          ///< of compute that overlaps the kernel's SMs

  Seconds layer;         ///< of this configuration, by the timing in force
  Seconds scheduled;     ///< the same under Timing::kSchedule
  ExposedTimes exposed;  ///< what `layer` is made of
  BusyTimes busy;        ///< of each stage in this configuration
  Seconds launches;      ///< by the host, of a micro-batch; not in `attention`
  Seconds attention;     ///< whole batch, one chunk; so are the six below, 0 of a fused kernel
  Seconds dispatch;
  Seconds combine;
  Seconds comm;  ///< dispatch + combine
  Seconds expert;
  Seconds no_overlap;
  Seconds bound;  ///< what overlap could reach: dbo_bound, of a fused kernel its roofline, of a
                  ///< layout that copies tokens the layer

  /// Whether tokens are copied, so that dispatch and combine are collectives.
  [[nodiscard]] bool is_copied() const { return config.copies_tokens(); }

  /// Whether one kernel dispatches, computes and combines, so that those have no times.
  [[nodiscard]] bool is_fused() const { return config.overlap == Overlap::kFused; }

  StepTimes step;
  std::optional<MemoryUse> memory;  ///< unset: memory_unknown() says why

  double off_domain_share = 0.0;  ///< rho
  Bytes dispatch_volume;          ///< V = T k d s
  Bytes layer_volume;             ///< dispatch and combine
  Bytes off_domain_volume;        ///< rho times that
  Bytes sent_volume;              ///< in a layer, by the kernel's byte rule
  Bytes sent_off_domain;          ///< of that, over the scale-out tier
};

/// The costs of one configuration. Needs width_limit to allow its kernel and width; dbo needs
/// 0 < first_tokens < T.
Prediction predict(const Problem& problem, const Config& config);

}  // namespace wideep
