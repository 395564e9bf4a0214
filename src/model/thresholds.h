#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/chunk_pays.h"
#include "model/crossing.h"
#include "model/kernel_crossover.h"
#include "model/layer_costs.h"
#include "model/problem.h"

namespace wideep {

/// The numbers that people put into their engine, each for one kernel at one EP width and SM count;
/// none beyond kMostTokens, more than any step holds. docs/model.md#thresholds
struct Thresholds {
  /// T*: the smallest batch whose compute takes at least as long as dispatch and combine together,
  /// so that dual-batch overlap can hide all communication. In the closed-form model
  ///
  ///   T* = (L_d + L_b) / (gamma (r/T) c_tok - k d (s_d/BW_d + s_b/BW_b))          [tokens]
  Threshold<double> full_overlap_tokens;

  /// Where that ends again: weights read for a few tokens may cover transfers that many tokens
  /// outgrow. Unset: it does not end, or never begins.
  std::optional<double> full_overlap_until;

  /// From more than this many tokens per rank, dual-batch overlap with its best split beats no
  /// overlap, each with the SMs that suit it best. In the closed-form model, under
  /// Timing::kSchedule
  ///
  ///   T = (L_d + L_b) / (gamma (r/T) c_tok)                                       [tokens]
  ///
  /// since the second pair of latencies must fit under the experts; under kSteadyState, 0.
  /// A batch below 2 tokens cannot be split in any case.
  Threshold<double> break_even_tokens;

  /// The same for a 50/50 split, which is what engines do. In the closed-form model each half must
  /// also keep its own transfer busy, so with D, B, E the times per token it is the largest of
  ///
  ///   (L_d + L_b) / E,  2 L_d / (B + E),  2 L_b / (D + E)                         [tokens]
  Threshold<double> break_even_half_split_tokens;

  /// A stretch of batches that ends, for which a 50/50 split pays as well: transfers may be short
  /// enough to hide there and hold the SMs for too long beyond. Always unset in the closed-form
  /// model.
  std::optional<Stretch> half_split_stretch;

  /// V*: where t_d + t_b of this kernel and of another one change order. In the closed-form model
  ///
  ///   V* = (L_1 - L_2) / (1/BW_2 - 1/BW_1)                                        [B]
  ///
  /// with the sums over dispatch and combine where they differ. With several other kernels, or
  /// several crossings, the one nearest to the batch.
  KernelCrossover kernel_crossover;

  /// The smallest chunk whose expert compute covers the slower of its two transfers. In the
  /// closed-form model
  ///
  ///   C >= L / (beta - 1/BW),  beta = t_e / V                                     [B of dispatch]
  Threshold<Bytes> chunk_lower_bound;

  /// The same for both transfers of the chunk, which share one link:
  ///
  ///   C >= (L_d + L_b) / (beta - 1/BW_d - (s_b/s_d)/BW_b)                         [B of dispatch]
  Threshold<Bytes> chunk_lower_bound_round_trip;

  /// Into which chunks cutting the batch that was asked about pays.
  ChunkPays chunk_pays;
};

/// How thresholds are found.
enum class Method {
  kClosedForm,  ///< needs affine(costs)
  kDefinition   ///< from the definitions, whatever the costs
};

/// Whether the closed-form model holds: no floors, weight reads, launches, attention or SM time.
bool affine(const LayerCosts& costs);

/// One kernel at one EP width: its costs as it is asked about, and with every number of SMs that it
/// may hold, which is where break-even looks: dbo and no overlap each with the SMs that suit it.
struct KernelCosts {
  LayerCosts chosen;
  std::vector<LayerCosts> choices;  ///< at least one

  friend bool operator==(const KernelCosts&, const KernelCosts&) = default;
};

/// The thresholds of one kernel that do not look at others, at the gamma of its costs.
Thresholds own_thresholds(const KernelCosts& costs, Timing timing, Method method);

/// Thresholds of the kernel, EP width and SMs of `asked`; needs kernel figures that cover that
/// width. Kernels of the search space that cannot run there take no part in the crossover; others
/// take part with the SMs that serve the batch fastest.
Thresholds thresholds(const Problem& problem, const Config& asked);

}  // namespace wideep
