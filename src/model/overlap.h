#pragma once

#include <algorithm>
#include <array>

#include "model/config.h"
#include "model/layer_costs.h"
#include "units/quantity.h"

namespace wideep {

/// t_no = A + t_d + t_e + t_b: one batch, nothing overlaps. docs/model.md#none
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

/// What runs at the same time in a slot of dual-batch overlap: a stage of one micro-batch on the
/// SMs against a transfer of the other, or of its own, on the link.
struct SlotShape {
  bool experts;           ///< on the SMs: experts, or else attention
  std::size_t computing;  ///< its micro-batch, 0 or 1
  bool dispatch;          ///< on the link: dispatch, or else combine
  std::size_t sending;    ///< its micro-batch
};

/// The slots of a layer, one after the other: A1 against combine 2 of the layer before, A2 against
/// dispatch 1, e1 against dispatch 2, e2 against combine 1. docs/model.md#dbo
inline constexpr std::array<SlotShape, 4> kDboSlots = {
    {{false, 0, false, 1}, {false, 1, true, 0}, {true, 0, true, 1}, {true, 1, false, 0}}};

/// How long either side of a slot takes.
struct Slot {
  Seconds link;
  Seconds compute;  ///< slowed by the SMs that the kernel holds, and stopped while it holds all

  [[nodiscard]] constexpr Seconds longer() const { return std::max(link, compute); }
  [[nodiscard]] constexpr bool computes() const { return compute > link; }
};

/// A layer under dual-batch overlap: its slots, and what the first and last of `layers` layers add,
/// spread over them all: there the two sides of the first slot run one after the other.
struct DboLayer {
  std::array<Slot, kDboSlots.size()> slots;
  Seconds first_attention;  ///< A1 with nothing beside it, in the first layer
  int layers = 1;

  [[nodiscard]] constexpr Seconds total() const {
    const Seconds steady = slots[0].longer();
    return steady + slots[1].longer() + slots[2].longer() + slots[3].longer() +
           (first_attention + slots[0].link - steady) / layers;
  }
};

/// The transfer of a slot.
constexpr const LinkCost& link_of(const LayerCosts& costs, const SlotShape& slot) {
  return slot.dispatch ? costs.dispatch : costs.combine;
}

/// The layer time of two micro-batches is dbo_layer().total():
///
///   slots = max(A1, b2) + max(A2, d1) + max(e1, d2) + max(e2, b1)
///   t_dbo = slots + (A1 + b2 - max(A1, b2)) / N                                     [s]
///
/// over N layers: N times the slots, less max(A1, b2), plus the first A1 and the last b2. With A =
/// 0 it does not depend on N. docs/model.md#dbo
DboLayer dbo_layer(const LayerCosts& costs, MicroBatch first, MicroBatch second);

/// Transfers of a micro-batch that holds `share` of the tokens when the whole batch is cut into
/// `chunks`: max(1, ceil(share * chunks)).
int micro_batch_chunks(double share, int chunks);

/// The two micro-batches of `tokens` tokens with `first_tokens` in the first, whose transfers are
/// cut as micro_batch_chunks says.
MicroBatches micro_batches(double tokens, double first_tokens, int chunks);

/// Those of a configuration of dbo.
MicroBatches micro_batches(const Config& config);

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
  Seconds sm_held = {};  ///< of overlapped modes: in which transfers hold every SM

  [[nodiscard]] constexpr Seconds total() const {
    return attention + dispatch + experts + combine + sm_held;
  }
};

BusyTimes busy_times(const LayerCosts& costs, const Config& config, Timing timing);

/// Tokens in the largest single transfer of a configuration, which max_tokens_per_rank limits; 0 at
/// EP width 1, where nothing is sent.
double largest_transfer(const Config& config);

}  // namespace wideep
