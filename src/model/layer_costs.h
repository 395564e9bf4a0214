#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "model/config.h"
#include "model/link_cost.h"
#include "model/problem.h"
#include "units/quantity.h"

namespace wideep {

/// Expert compute of a batch of T tokens per rank:
///
///   t_e = a + max( N w,  N c0 + gamma r c1 ),   N = N_local (1 - (1 - k/S)^(P r / k))     [s]
///
/// N is the number of local experts that receive a token from any rank when each of the group's
/// r P / k tokens draws k of the S slots; under Routing::kBalanced N = min(N_local, r). This is
/// a + N max(w, c0 + c1 n_e) with n_e = gamma r / N. docs/model.md#experts
struct ExpertCost {
  Seconds launch = {};         ///< a
  Seconds weight_read = {};    ///< w
  Seconds fixed = {};          ///< c0
  Seconds per_token = {};      ///< gamma (r/T) c1, per token that a rank emits
  double local_experts = 0.0;  ///< N_local; 0 where w and c0 are 0 and N does not matter
  double log_idle = 0.0;       ///< ln of the chance that a token of each rank leaves an expert idle
  double dealt_per_token = 0.0;  ///< r/T where tokens are dealt out evenly; 0: they are random

  /// N: 0 at no tokens, concave in them, and never above N_local.
  [[nodiscard]] double active(double tokens) const {
    if (local_experts == 0.0) return 0.0;
    if (dealt_per_token > 0.0) return std::min(local_experts, tokens * dealt_per_token);
    return -local_experts * std::expm1(tokens * log_idle);
  }

  /// `tokens` >= 0 per rank.
  [[nodiscard]] Seconds time(double tokens) const {
    const double experts = active(tokens);
    return launch + std::max(experts * weight_read, experts * fixed + tokens * per_token);
  }

  /// Whether reading weights takes longer than computing.
  [[nodiscard]] bool weight_bound(double tokens) const {
    const double experts = active(tokens);
    return experts * weight_read > experts * fixed + tokens * per_token;
  }

  friend bool operator==(const ExpertCost&, const ExpertCost&) = default;
};

/// Bytes of an element of a token in a fused kernel: FP8 with a byte of scale for 32 elements to
/// the experts, BF16 back. Source: DeepGEMM 54e2261, layout/mega_moe.cuh.
inline constexpr Bytes kFusedThere{1.0 + 1.0 / 32};
inline constexpr Bytes kFusedBack{2.0};

/// A fused kernel, as a function of the tokens that a rank emits: FusedFigures of a layer. Of the
/// busiest rank, which computes and receives gamma times the mean. docs/model.md#fused
struct FusedCost {
  ExpertCost expert;              ///< with a + c P as its launch
  Seconds copies_per_token = {};  ///< of x3
  double exponent = 1.0;

  /// x1, x2 and x3.
  [[nodiscard]] std::array<Seconds, 3> parts(double tokens) const {
    return {expert.active(tokens) * expert.weight_read,
            tokens * expert.per_token,
            tokens * copies_per_token};
  }

  /// `tokens` >= 0 per rank.
  [[nodiscard]] Seconds time(double tokens) const;

  /// What it cannot go below, launch and the longest of the parts: its roofline.
  [[nodiscard]] Seconds bound(double tokens) const {
    const auto [weights, compute, copies] = parts(tokens);
    return expert.launch + std::max({weights, compute, copies});
  }

  friend bool operator==(const FusedCost&, const FusedCost&) = default;
};

/// What single-batch overlap cuts from the experts' time: the GEMM of the down projection, beside
/// which combine sends each expert's tokens as soon as they are done.
struct DownGemm {
  double share = 0.0;            ///< of the experts' time beyond their launch
  bool signals_on_sm100 = true;  ///< whether its runner on Blackwell says when an expert is done
  int experts = 1;               ///< on the rank, of which combine waits for one
  int gpu_sms = 0;               ///< S, of which combine holds some; 0: not known

  friend bool operator==(const DownGemm&, const DownGemm&) = default;
};

/// Everything that one layer costs with one kernel at one EP width, ready to be evaluated in a few
/// nanoseconds: the formulas of overlap.h and thresholds.h see nothing else of the problem.
struct LayerCosts {
  LinkCost dispatch;
  LinkCost combine;
  ExpertCost expert;
  DenseParts dense = {};          ///< A
  double slowdown = 1.0;          ///< S/(S - n): of compute while the kernel holds n of S SMs
  int layers = 1;                 ///< over which the ramp of dbo is spread
  Bytes dispatch_per_token = {};  ///< V / T = k d s and headers, 0 at EP width 1
  Bytes combine_per_token = {};
  Schedule schedule = Schedule::kVllmLl;
  Seconds launch_time = {};  ///< that add_launches has put into `dense`
  DownGemm down = {};
  std::optional<FusedCost> fused = {};  ///< of a fused kernel, which has no transfers beside it

  /// The SMs wait while the host launches, once in each micro-batch. docs/model.md#launches
  void add_launches(Seconds time) {
    dense.core.fixed = dense.core.fixed + time;
    launch_time = launch_time + time;
  }

  /// t_comm = t_d + t_b of the whole batch, each cut into `chunks`.
  [[nodiscard]] constexpr Seconds comm_time(double tokens, double chunks = 1.0) const {
    return dispatch.time(tokens, chunks) + combine.time(tokens, chunks);
  }

  /// What holds of both transfers.
  [[nodiscard]] constexpr LawProperties properties() const {
    return dispatch.properties() & combine.properties();
  }

  /// A + t_e of the whole batch, with every SM at hand.
  [[nodiscard]] Seconds compute_time(double tokens) const {
    return dense.time(tokens) + expert.time(tokens);
  }

  friend bool operator==(const LayerCosts&, const LayerCosts&) = default;
};

/// The costs of the configuration's kernel, EP width and SMs, at the straggler factor of its batch;
/// its other choices play no part. Needs kernel figures that reach that width.
LayerCosts layer_costs(const Problem& problem, const Config& config);

/// The same with every number of SMs that the kernel may hold, in its order; with those of `config`
/// where that is no choice.
std::vector<LayerCosts> sm_choices(const Problem& problem, Config config);

/// What one rank sends for one token in each direction, by the kernel's byte rule.
CopyCount copies_per_token(const Problem& problem, const Config& config);

}  // namespace wideep
