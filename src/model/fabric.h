#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/by_width.h"
#include "model/collective.h"
#include "model/config.h"
#include "model/link_law.h"
#include "model/weight_type.h"
#include "units/quantity.h"

namespace wideep {

/// Which copies of a token a kernel sends. docs/model.md#copies
enum class Copies {
  kPerExpert,  ///< one to each of the k experts
  kPerRank,    ///< one to each distinct rank that owns one of them
  kPerDomain,  ///< one to each distinct domain, forwarded inside to each distinct rank
  kAllGather   ///< one to every rank, whatever the gate says
};

/// A bandwidth of one rank, one way: min(cap, per_sm n) for a kernel that runs on n SMs. At least
/// one of the two is given.
struct Bandwidth {
  std::optional<ByWidth<BytesPerSecond>> cap;
  std::optional<ByWidth<BytesPerSecond>> per_sm;

  static Bandwidth constant(BytesPerSecond value) {
    return {.cap = ByWidth<BytesPerSecond>::constant(value), .per_sm = {}};
  }

  [[nodiscard]] BytesPerSecond at(int ep_width, int sms) const {
    if (!per_sm) return cap->at(ep_width);
    const BytesPerSecond driven = sms * per_sm->at(ep_width);
    return cap ? std::min(driven, cap->at(ep_width)) : driven;
  }

  [[nodiscard]] bool covers(int ep_width) const {
    return (!cap || cap->covers(ep_width)) && (!per_sm || per_sm->covers(ep_width));
  }
};

/// What a kernel costs that gives each of its SMs so many experts: S = ceil(E/w) SMs run, w =
/// ceil(E/all) experts on each, of the E slots of all ranks. docs/model.md#links
struct ExpertGroups {
  Seconds latency_each;     ///< for each expert of an SM beyond the first
  Seconds latency_several;  ///< where it has several
  Seconds token_time;       ///< of an SM for one token, which takes 1/S of it at least
  std::optional<BytesPerSecond> per_sm = {};  ///< scale-up bandwidth that one SM reaches
};

/// One direction of an all-to-all kernel, dispatch or combine. docs/model.md#links
struct LinkPhase {
  ByWidth<Seconds> latency;  ///< L: the time of an empty message
  Bandwidth bandwidth;       ///< of the only tier, or of scale-up where there are two
  std::optional<Bandwidth> scale_out = {};  ///< of what leaves the domain
  double efficiency = 1.0;  ///< eta: achieved share of either bandwidth, above 0 up to 1
  ByWidth<Seconds> floor = ByWidth<Seconds>::constant({});  ///< F: the least time of a transfer
  Bytes header = {};                                        ///< of every copy
  /// How long a transfer holds every SM beside which it is to hide, no longer than it takes.
  ByWidth<Seconds> sm_time = ByWidth<Seconds>::constant({});
  ByWidth<Seconds> sm_time_per_token = ByWidth<Seconds>::constant({});  ///< and for each token sent
  const LinkLaw* law = nullptr;                                         ///< null: the affine one
  ByWidth<Seconds> law_time = ByWidth<Seconds>::constant({});           ///< LawFigures by width
  ByWidth<double> law_tokens = ByWidth<double>::constant(1.0);
  std::optional<ExpertGroups> experts = {};  ///< unset: experts do not matter
};

/// By which rule a kernel's buffers take memory. docs/model.md#memory
enum class BufferRule {
  kNone,      ///< none that is known
  kDeepEpLl,  ///< DeepEP low latency: by slots and the dispatch capacity
  kDeepEpHt,  ///< DeepEP normal: by width, SMs and chunk sizes
  kMegaMoe    ///< DeepGEMM's fused kernel: by width, experts and the dispatch capacity
};

/// Whose kernel it is, as far as engines tell them apart. docs/input.md#library
enum class Library {
  kDeepEpLl,
  kDeepEpHt,
  kDeepEpV2,
  kNvlinkOneSided,
  kNvlinkTwoSided,
  kNccl,
  kMegaMoe,
  kVllmAllReduce,
  kSglangAllReduce,
  kTrtllmAllReduce
};

/// Whether all that the library has is collectives, and no all-to-all.
constexpr bool is_all_reduce(Library library) {
  return library == Library::kVllmAllReduce || library == Library::kSglangAllReduce ||
         library == Library::kTrtllmAllReduce;
}

/// The generation of a GPU, by which engines choose kernels: NVIDIA's compute capability.
enum class Architecture {
  kSm90,   ///< Hopper
  kSm100,  ///< Blackwell: B200, GB200
  kSm103   ///< Blackwell Ultra: B300, GB300
};

/// What a kernel refuses to run.
struct KernelLimits {
  std::vector<int> ep_widths;              ///< widths that it supports; empty: any
  std::optional<int> max_tokens_per_rank;  ///< tokens in one transfer of one rank
  std::vector<int> hidden_sizes;           ///< sizes that it is compiled for; empty: any
  std::optional<int> max_top_k;
  std::vector<WeightType> weight_types;  ///< of routed experts; empty: any
};

/// Lowest and highest value at which figures were measured.
struct FittedRange {
  int low = 1;
  int high = 1;

  [[nodiscard]] bool holds(double value) const { return low <= value && value <= high; }
};

/// What a kernel costs that dispatches, runs both GEMMs and combines, weights read once:
///
///   t = a + c P + ( x1^p + x2^p + x3^p )^(1/p)                                      [s]
///
/// with x1 the weights of active experts over `read`, x2 their arithmetic over `rate`, x3 the
/// copies both ways over `bandwidth`. docs/model.md#fused
struct FusedFigures {
  Seconds launch;           ///< a
  Seconds launch_per_rank;  ///< c
  BytesPerSecond read;
  FlopPerSecond rate;
  BytesPerSecond bandwidth;
  double exponent = 1.0;  ///< p, at least 1: of 1 nothing overlaps, of infinity all does
};

/// An all-to-all kernel as data: what it sends, what that costs and what it refuses. Or the
/// collectives of a library.
struct Kernel {
  std::string name;  ///< the key under `kernels`, e.g. "LL"
  LinkPhase dispatch;
  LinkPhase combine;
  KernelLimits limits;
  Copies copies = Copies::kPerExpert;
  std::vector<int> sms = {};  ///< SMs that it may hold while it runs, to choose from; empty: none
  std::optional<FittedRange> fitted_ep_widths = {};  ///< beyond, reports warn
  std::optional<FittedRange> fitted_tokens = {};     ///< in one transfer of one rank
  std::optional<FittedRange> fitted_sms = {};        ///< that it held
  BufferRule buffer = BufferRule::kNone;
  std::optional<Library> library = {};     ///< unset: not said, so that it may be any
  std::optional<FusedFigures> fused = {};  ///< set: it has these in place of dispatch and combine
  std::vector<WeightType> fitted_weights = {};  ///< with which it was measured; empty: not said
  /// Share by which figures may be off at widths beyond the fitted ones that they were scaled to.
  std::optional<double> uncertainty = {};
  /// Set: it runs these in place of dispatch and combine, and is no all-to-all. Costs of layers
  /// point into them.
  std::shared_ptr<const Collectives> collectives = {};

  /// Whether the mode is one of its kind: a fused kernel has one of its own, and collectives hide
  /// behind nothing.
  [[nodiscard]] bool has_mode(Overlap overlap) const {
    if (collectives) return overlap == Overlap::kNone;
    return fused.has_value() == (overlap == Overlap::kFused);
  }
};

/// How a GPU fares with the routed experts of prompts, whose rows are permuted, quantized and
/// summed outside the GEMMs. docs/model.md#hardware
struct PrefillExperts {
  Seconds launch;
  double flop_efficiency = 1.0;
};

/// How a GPU fares with attention proper. docs/model.md#attention
struct ContextFigures {
  double efficiency = 1.0;                          ///< of its arithmetic, share of the bf16 rate
  std::optional<double> fp8_efficiency = {};        ///< share of the fp8 rate; unset: none in fp8
  std::optional<double> cache_efficiency = {};      ///< of reading caches; unset: hbm_efficiency
  std::optional<double> fp8_cache_efficiency = {};  ///< of those in fp8; unset: as the others
  std::optional<Seconds> launch = {};  ///< of a layer that attends so; unset: as the others
  Seconds index_launch = {};           ///< and of an indexer, in the layers that have one
  std::optional<double> index_efficiency = {};  ///< of an indexer, share of the fp8 rate; unset: as
                                                ///< `efficiency`, of the bf16 rate
};

/// How a GPU fares with attention and other dense work. docs/model.md#attention
struct DenseFigures {
  Seconds launch;                      ///< of a layer, whatever the tokens
  double projection_efficiency = 1.0;  ///< of projections and shared experts, share of the rate
  double activation_passes = 0.0;  ///< how often activations are written to memory and read again
  ContextFigures context;
  std::optional<ContextFigures> gqa = {};         ///< of grouped queries; unset: as `context`
  std::optional<ContextFigures> sparse = {};      ///< of positions that an indexer picks; likewise
  std::optional<ContextFigures> compressed = {};  ///< of compressed caches; likewise
};

/// What formulas need of a GPU where nothing was measured. docs/model.md#hardware
struct Gpu {
  std::string name = {};  ///< of its preset, where it has one
  std::optional<Architecture> architecture = {};
  std::optional<int> sms = {};                       ///< S
  std::optional<BytesPerSecond> hbm_bandwidth = {};  ///< unset: no data sheet, and no rates
  double hbm_efficiency = 1.0;
  FlopPerSecond bf16_rate;                     ///< dense, without sparsity
  std::optional<FlopPerSecond> fp8_rate = {};  ///< unset: the GPU has none; so of fp4
  std::optional<FlopPerSecond> fp4_rate = {};
  double flop_efficiency = 1.0;  ///< of grouped expert GEMMs
  double padding_tokens = 0.0;   ///< an expert computes as if it had so many tokens more
  double tile_tokens = 0.0;      ///< and at least as if it had so many
  Seconds expert_launch;         ///< a: of the routed experts of a layer
  std::optional<PrefillExperts> prefill_experts;  ///< unset: as at decode
  DenseFigures decode;
  DenseFigures prefill;
  std::optional<Bytes> memory = {};  ///< that software sees
  Bytes memory_reserved;             ///< of it, for what no model accounts for
};

/// What a GPU costs for an hour.
struct Price {
  double amount = 0.0;   ///< > 0
  std::string currency;  ///< as the input has it, "USD"
};

/// How a GPU sends its part of a request's KV cache from prefill to decode.
struct CacheLink {
  Seconds latency;
  BytesPerSecond bandwidth;  ///< of one GPU, one way
};

/// The machines: scale-up domains of equal size, and the kernels that run on them.
struct Fabric {
  int gpus_per_domain = 1;  ///< g: GPUs that share one scale-up (NVLink) domain
  std::vector<Kernel> kernels;
  std::optional<Gpu> gpu = {};
  /// gamma as measured on these machines, for workloads that state none.
  std::optional<ByWidth<double>> straggler_factor = {};
  /// Of steps as served on these machines, likewise; 0.01 to 1, and >= 0. docs/model.md#step
  std::optional<double> serving_efficiency = {};
  std::optional<Seconds> step_overhead = {};
  std::optional<CacheLink> kv_transfer = {};  ///< unset: what it takes is not known
  std::optional<Price> gpu_hour = {};
  bool experts_measured = false;  ///< the GPU's figures of experts are from a calibration
  std::string name = {};          ///< of its preset or file, where it has one
};

}  // namespace wideep
