#pragma once

#include <algorithm>
#include <array>

#include "model/config.h"
#include "model/durations.h"
#include "model/layer_costs.h"
#include "model/schedule.h"
#include "units/quantity.h"

namespace wideep {

/// One batch, nothing but shared experts beside a transfer: t_no = A + t_d + t_e + max(sh, t_b)
/// where the schedule has them beside combine. docs/model.md#none
Seconds no_overlap_time(const LayerCosts& costs, double tokens);

/// Expert compute of one chunk of `tokens` tokens while its layer is pipelined: slower by the SMs
/// that the kernel holds, and stopped while its own two transfers hold all of them.
Seconds chunk_experts_time(const LayerCosts& costs, double tokens);

/// What can bound a pipelined layer, in the order of chunk_terms.
enum class ChunkTerm {
  kLink,      ///< m (d + b): the link never rests
  kDispatch,  ///< m d + e + b: every dispatch, then the last chunk's experts and combine
  kExperts,   ///< d + m e + b: the experts never rest
  kCombine    ///< d + e + m b: the first chunk, then every combine
};
inline constexpr std::size_t kChunkTermCount = 4;

/// The four lower bounds on m equal chunks, of which the largest, after attention, is the layer
/// time:
///
///   d = t_d(T/m),  b = t_b(T/m),  e = chunk_experts_time(T/m)
///   t_chunk = A + max( m (d + b),  m d + e + b,  d + m e + b,  d + e + m b )        [s]
///
/// Dispatch and combine share one link: every rank sends and receives in both. Best over all orders
/// of the chunks' transfers. `chunks` >= 1 and may be a fraction for the continuous search.
/// Source: flow shop of m equal jobs with a shared first and third machine; docs/model.md#chunk.
std::array<Seconds, kChunkTermCount> chunk_terms(const LayerCosts& costs,
                                                 double tokens,
                                                 double chunks);

/// A and the largest of chunk_terms.
Seconds chunk_time(const LayerCosts& costs, double tokens, double chunks);

/// One of the two halves of dual-batch overlap.
struct MicroBatch {
  double tokens = 0.0;
  double chunks = 1.0;  ///< transfers each way, each paying the latency
};
using MicroBatches = std::array<MicroBatch, 2>;

/// By how much compute is slowed in a mode: beside a kernel that keeps its SMs. Without dual-batch
/// overlap only shared experts run beside one, and those not in every schedule.
double slowdown_of(const LayerCosts& costs, Overlap overlap, Part part);

/// The parts of the micro-batches, or without overlap of the first as the whole batch.
Durations durations_of(const LayerCosts& costs, const MicroBatches& batches, Overlap overlap);

/// The mean layer of a mode of the schedule, which must have it.
Seconds groups_time(const LayerCosts& costs, const Durations& durations, Overlap overlap);

/// The layer time of two micro-batches, by the groups of the costs' schedule: for vLLM with LL
///
///   slots = max(A1 + sh2, b2) + max(A2, d1) + max(e1, d2) + max(sh1 + e2, b1)
///   t_dbo = slots + (A1 + max(sh2, b2) - max(A1 + sh2, b2)) / N                     [s]
///
/// over N layers. With A = sh = 0 it does not depend on N. docs/model.md#schedules
Seconds dbo_time(const LayerCosts& costs, MicroBatch first, MicroBatch second);

/// Transfers of a micro-batch that holds `share` of the tokens when the whole batch is cut into
/// `chunks`: max(1, ceil(share * chunks)).
int micro_batch_chunks(double share, int chunks);

/// The two micro-batches of `tokens` tokens with `first_tokens` in the first, whose transfers are
/// cut as micro_batch_chunks says.
MicroBatches micro_batches(double tokens, double first_tokens, int chunks);

/// Those of a configuration of dbo.
MicroBatches micro_batches(const Config& config);

/// Dense work, then the kernel that is fused; its costs must be there. docs/model.md#fused
Seconds fused_time(const LayerCosts& costs, double tokens);

/// What fused_time cannot go below: the kernel's roofline in place of its time.
Seconds fused_bound(const LayerCosts& costs, double tokens);

/// t_dbo_bound = max(t_comm, A + t_e): what dual-batch overlap could reach if every second latency
/// and weight read, every ramp and the kernel's SMs were free. docs/model.md#steady-state
Seconds dbo_bound(const LayerCosts& costs, double tokens);

/// Layer time of a configuration under either timing. Needs a configuration that exists: `chunk`
/// does not under kSteadyState.
Seconds layer_time(const LayerCosts& costs, const Config& config, Timing timing);

/// How long each stage of a layer is busy in a configuration, latencies of every chunk and
/// micro-batch included, whatever runs beside it.
struct BusyTimes {
  Seconds attention;
  Seconds dispatch;
  Seconds experts;
  Seconds combine;
  Seconds sm_held = {};   ///< of overlapped modes: in which transfers hold every SM
  Seconds launches = {};  ///< by the host, in all micro-batches
  Seconds fused = {};     ///< in place of dispatch, experts and combine

  [[nodiscard]] constexpr Seconds total() const {
    return attention + dispatch + experts + combine + sm_held + launches + fused;
  }
};

BusyTimes busy_times(const LayerCosts& costs, const Config& config, Timing timing);

/// Tokens in the largest single transfer of a configuration, which max_tokens_per_rank limits; 0 at
/// EP width 1, where nothing is sent.
double largest_transfer(const Config& config);

}  // namespace wideep
