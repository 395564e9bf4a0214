#pragma once

#include "model/overlap.h"
#include "model/problem.h"
#include "units/quantity.h"

namespace wideep {

/// What one configuration costs: everything that a report says of it.
struct Prediction {
  Config config;
  double tokens = 0.0;         ///< T, per rank
  double routed_tokens = 0.0;  ///< r, mean per rank
  double split = 0.0;          ///< dbo: share of the tokens in the first micro-batch; otherwise 0
  Bytes chunk;                 ///< dispatch volume over the chunks

  Seconds layer;      ///< of this configuration, by the timing in force
  Seconds scheduled;  ///< the same under Timing::kSchedule
  BusyTimes busy;     ///< of each stage in this configuration
  Seconds dispatch;   ///< whole batch, one chunk; so are the five below
  Seconds combine;
  Seconds comm;  ///< dispatch + combine
  Seconds expert;
  Seconds no_overlap;
  Seconds dbo_bound;

  Seconds step;                          ///< moe_layers * layer + other_step_time
  double tokens_per_gpu_per_second = 0;  ///< T / step

  double off_domain_share = 0.0;  ///< rho
  Bytes dispatch_volume;          ///< V = T k d s
  Bytes layer_volume;             ///< dispatch and combine
  Bytes off_domain_volume;        ///< rho times that
};

/// The costs of one configuration. Needs width_limit to allow its kernel and width; dbo needs
/// 0 < first_tokens < T.
///
/// The time of a step is docs/model.md#step.
Prediction predict(const Problem& problem, const Config& config);

}  // namespace wideep
