#pragma once

#include "model/fabric.h"
#include "model/workload.h"
#include "units/quantity.h"

namespace wideep {

/// One direction of one all-to-all, as a function of the tokens that a rank sends.
///
///   t(T, m) = m L + T * k d s / (eta BW)                                            [s]
///
/// Both terms are 0 at EP width 1, where nothing is sent.
/// Source: alpha-beta cost of Hockney, Parallel Computing 20 (1994) 389-398;
/// docs/model.md#links.
struct LinkCost {
  Seconds latency;    ///< L, paid by every chunk
  Seconds per_token;  ///< k d s / (eta BW)

  /// `tokens` >= 0 cut into `chunks` > 0; both may be fractions.
  [[nodiscard]] constexpr Seconds time(double tokens, double chunks = 1.0) const {
    return chunks * latency + tokens * per_token;
  }
};

/// Everything that one layer costs with one kernel at one EP width, ready to be evaluated in a few
/// nanoseconds: the formulas of overlap.h and thresholds.h see nothing else of the problem.
struct LayerCosts {
  LinkCost dispatch;
  LinkCost combine;
  Seconds expert_per_token;  ///< gamma (r/T) c_tok, per token that a rank emits
  Bytes dispatch_per_token;  ///< V / T = k d s, 0 at EP width 1
  Bytes combine_per_token;

  /// t_e: expert compute of `tokens` >= 0 tokens per rank.
  ///
  ///   t_e = gamma r c_tok                                                             [s]
  ///
  /// docs/model.md#experts
  [[nodiscard]] constexpr Seconds expert_time(double tokens) const {
    return tokens * expert_per_token;
  }

  /// t_comm = t_d + t_b of the whole batch, each cut into `chunks`.
  [[nodiscard]] constexpr Seconds comm_time(double tokens, double chunks = 1.0) const {
    return dispatch.time(tokens, chunks) + combine.time(tokens, chunks);
  }
};

/// The costs of `kernel` at `ep_width` >= 1; needs kernel figures that cover that width.
LayerCosts layer_costs(const Workload& workload, const Kernel& kernel, int ep_width);

}  // namespace wideep
