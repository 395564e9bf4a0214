#pragma once

#include <array>

#include "model/config.h"
#include "model/layer_costs.h"
#include "units/quantity.h"

namespace wideep {

/// t_no = t_d + t_e + t_b: one batch, nothing overlaps. docs/model.md#none
Seconds no_overlap_time(const LayerCosts& costs, double tokens);

/// What can bound a pipelined layer, in the order of ChunkTerms.
enum class ChunkTerm {
  kLink,      ///< m (d + b): the link never rests
  kDispatch,  ///< m d + e + b: every dispatch, then the last chunk's experts and combine
  kExperts,   ///< d + m e + b: the experts never rest
  kCombine    ///< d + e + m b: the first chunk, then every combine
};
inline constexpr std::size_t kChunkTermCount = 4;

/// The four lower bounds on m equal chunks, of which the largest is the layer time:
///
///   d = L_d + V_d/(m BW_d),  b = L_b + V_b/(m BW_b),  e = t_e(T/m)
///   t_chunk = max( m (d + b),  m d + e + b,  d + m e + b,  d + e + m b )            [s]
///
/// Dispatch and combine share one link: every rank sends and receives in both. Best over all orders
/// of the chunks' transfers. `chunks` >= 1 and may be a fraction for the continuous search.
/// Source: flow shop of m equal jobs with a shared first and third machine; docs/model.md#chunk.
std::array<Seconds, kChunkTermCount> chunk_terms(const LayerCosts& costs,
                                                 double tokens,
                                                 double chunks);

/// The largest of chunk_terms.
Seconds chunk_time(const LayerCosts& costs, double tokens, double chunks);

/// One of the two halves of dual-batch overlap.
struct MicroBatch {
  double tokens = 0.0;
  double chunks = 1.0;  ///< transfers each way, each paying the latency
};

/// The four slots of a layer under dual-batch overlap, each as long as the slower of what runs in
/// it on the link and on the GPU:
///
///   combine 2 (of the layer before) | dispatch 1 | dispatch 2 against experts 1 | combine 1
///   against experts 2
struct DboSlots {
  Seconds combine_2;
  Seconds dispatch_1;
  Seconds experts_1_dispatch_2;
  Seconds experts_2_combine_1;

  [[nodiscard]] constexpr Seconds total() const {
    return combine_2 + dispatch_1 + experts_1_dispatch_2 + experts_2_combine_1;
  }
};

/// Slots of one layer in a long run of equal layers:
///
///   t_dbo = b2 + d1 + max(e1, d2) + max(e2, b1)                                     [s]
///
/// With no attention time the ramps of the first and last layer cancel, so it is the layer time for
/// any number of layers. docs/model.md#dbo
DboSlots dbo_slots(const LayerCosts& costs, MicroBatch first, MicroBatch second);

inline constexpr std::size_t kDboTermCount = 4;

/// The four sums of which dbo_slots().total() is the largest, each slot being as long as its link
/// or its experts: b2 + d1 + {e1 or d2} + {e2 or b1}. Each is affine in the split while the chunk
/// counts stay.
std::array<Seconds, kDboTermCount> dbo_terms(const LayerCosts& costs,
                                             MicroBatch first,
                                             MicroBatch second);

/// Transfers of a micro-batch that holds `share` of the tokens when the whole batch is cut into
/// `chunks`: max(1, ceil(share * chunks)).
int micro_batch_chunks(double share, int chunks);

/// The two micro-batches of `tokens` tokens with `first_tokens` in the first, whose transfers are
/// cut as micro_batch_chunks says.
std::array<MicroBatch, 2> micro_batches(double tokens, double first_tokens, int chunks);

/// t_dbo_bound = max(t_comm, t_e): what dual-batch overlap could reach if every latency and ramp
/// were free. docs/model.md#steady-state
Seconds dbo_bound(const LayerCosts& costs, double tokens);

/// Layer time of a configuration under either timing. Needs a configuration that exists: `chunk`
/// does not under kSteadyState.
Seconds layer_time(const LayerCosts& costs, double tokens, const Config& config, Timing timing);

/// How long each stage of a layer is busy in a configuration, latencies of every chunk and
/// micro-batch included, whatever runs beside it.
struct BusyTimes {
  Seconds dispatch;
  Seconds experts;
  Seconds combine;

  [[nodiscard]] constexpr Seconds total() const { return dispatch + experts + combine; }
};

BusyTimes busy_times(const LayerCosts& costs, double tokens, const Config& config, Timing timing);

/// Tokens in the largest single transfer of a configuration, which max_tokens_per_rank limits; 0 at
/// EP width 1, where nothing is sent.
double largest_transfer(double tokens, const Config& config);

}  // namespace wideep
