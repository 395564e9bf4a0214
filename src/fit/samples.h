#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/collective.h"
#include "model/config.h"
#include "model/fabric.h"
#include "model/routing.h"
#include "model/weight_type.h"
#include "model/words.h"
#include "model/workload.h"
#include "units/quantity.h"

namespace wideep {

/// Which way of an all-to-all was timed.
enum class Direction {
  kDispatch,
  kCombine,
  kEither  ///< a plain all-to-all, which costs the same both ways
};

inline constexpr std::array<Word<Direction>, 3> kDirectionWords = {
    {{"dispatch", Direction::kDispatch},
     {"combine", Direction::kCombine},
     {"both", Direction::kEither}}};

constexpr std::string_view name_of(Direction direction) {
  return word_of(kDirectionWords, direction);
}

/// The line of a log that a measurement was read from.
struct LinePlace {
  int file = 0;  ///< index among the files that were read
  int line = 1;  ///< counted from 1
};

/// What the measurements of one curve, time against bytes, have in common.
struct CommSeries {
  std::string kernel;  ///< the name it gets under `kernels`: "LL", "HT", "V2", "NCCL" ...
  Copies copies = Copies::kPerExpert;  ///< its byte rule
  Direction direction = Direction::kDispatch;
  int ep_width = 0;         ///< P; 0: the log does not say
  int sms = 0;              ///< SMs that the kernel was given; 0: it has no such choice
  int hidden_size = 0;      ///< 0: the log does not say
  Gate gate = {};           ///< of the benchmark's tokens; top_k 0: the log does not say
  std::string dtype = {};   ///< on the wire: "fp8", "bf16", "nvfp4"; empty: the log does not say
  Bytes header = {};        ///< of every copy, counted in the volume
  int gpus_per_domain = 0;  ///< g, where the device's name tells; 0: the log does not say
};

/// One direction of one all-to-all at one size: what one run says, over its ranks.
struct CommSample {
  std::size_t series = 0;  ///< index into Measurements::comm_series
  double tokens = 0.0;     ///< per rank; 0: the log does not say
  Bytes volume;            ///< V: what one rank sends when each token goes to each of its k experts
  Seconds time;            ///< of the slowest part that the tool reports, notification included
  int ranks = 1;           ///< lines of different ranks of which this is the median
  LinePlace place;
};

/// What the timings of one curve of collectives have in common. docs/model.md#collectives
struct CollectiveSeries {
  Library library = Library::kNccl;
  CollectiveOp op = CollectiveOp::kAllReduce;
  int ranks = 0;
};

/// One collective of one size, on activations in 16 bits.
struct CollectiveSample {
  std::size_t series = 0;  ///< index into Measurements::collective_series
  Bytes bytes;             ///< as of a CollectivePoint
  Seconds time;
  LinePlace place = {};
};

/// What the timings of one kind of expert have in common.
struct ExpertSeries {
  std::string device = {};       ///< as the tool names it; empty: it does not say
  std::string dtype = {};        ///< of the weights: "fp8", "bf16", "nvfp4"
  Phase phase = Phase::kDecode;  ///< of prompts: contiguous layout with host launches, not masked
  int hidden_size = 0;           ///< d
  int expert_size = 0;           ///< f: intermediate size of one expert
};

/// The experts of one rank computing routed tokens that are spread evenly over them.
struct ExpertSample {
  std::size_t series = 0;    ///< index into Measurements::expert_series
  double local_experts = 0;  ///< experts on the rank
  double routed_tokens = 0;  ///< on the rank, over all its experts
  Seconds time;
  int ep_width = 0;  ///< 0: not measured as part of a group
  LinePlace place;
};

/// What the timings of a fused kernel have in common. docs/model.md#fused
struct FusedSeries {
  std::string device = {};                  ///< as the tool names it; empty: it does not say
  std::string dtype = {};                   ///< of weights and activations, as the tool names it
  std::string distribution = {};            ///< of tokens over experts, likewise; empty: even
  WeightType weights = WeightType::kMxfp4;  ///< what `dtype` says of them
  int hidden_size = 0;                      ///< d
  int expert_size = 0;                      ///< f: intermediate size of one expert
  int top_k = 0;                            ///< k
  int experts = 0;                          ///< E, over all ranks
};

/// A layer's experts by a fused kernel, dispatch and combine in it.
struct FusedSample {
  std::size_t series = 0;  ///< index into Measurements::fused_series
  int ep_width = 0;        ///< P; 0: the table does not say
  int tokens = 1;          ///< T, that each rank emits
  Seconds time;            ///< of the slowest rank
  LinePlace place;
};

/// What was timed of an attention.
enum class AttentionScope {
  kLayer,  ///< all of it, projections included
  kKernel  ///< attention proper
};

/// What the timings of attention by one kernel have in common.
struct AttentionSeries {
  std::string device = {};       ///< as the tool names it; empty: it does not say
  std::string kernel = {};       ///< "flashinfer", "fa3"; empty: it does not say
  std::string dtype = {};        ///< of the projections' weights; empty: it does not say
  std::string cache_dtype = {};  ///< of the KV cache; empty: it does not say
  std::string arithmetic = {};   ///< type that attention proper computes in; empty: not said
  Phase phase = Phase::kDecode;
  AttentionScope scope = AttentionScope::kLayer;
};

/// Attention of one layer on one rank, projections included.
struct AttentionSample {
  std::size_t series = 0;  ///< index into Measurements::attention_series
  int sequences = 1;       ///< that are decoded, or whose prompts are read
  int context = 1;         ///< tokens of each: those that came before, or its prompt's
  int heads = 0;           ///< on the GPU; 0: the model's
  int kv_heads = 0;        ///< likewise, of grouped-query attention
  int head_dim = 0;        ///< likewise
  Seconds time;
  LinePlace place;
};

/// Who served, and how: what rows of TPOT have in common. Texts are as the tool writes them, empty
/// where it does not say. docs/measuring.md#step
struct StepSeries {
  std::string engine = {};
  std::string model = {};
  std::string precision = {};  ///< of the weights
  std::string device = {};
  std::string kernel = {};               ///< its name in the fabric
  std::optional<Overlap> overlap = {};   ///< unset: not said; so of the rest
  std::optional<bool> speculative = {};  ///< whether tokens were drafted
  int ep_width = 0;                      ///< 0: not said
  int ranks = 0;                         ///< that the concurrency spreads over; 0: not said
};

/// How fast a batch decoded when it was served: what one benchmark run says.
struct StepSample {
  std::size_t series = 0;      ///< index into Measurements::step_series
  double batch = 0.0;          ///< requests at a time for each rank; 0: the next says it
  double concurrency = 0.0;    ///< requests at a time over all ranks
  double input_tokens = 0.0;   ///< of a request on average; 0: not said; so of the next two
  double output_tokens = 0.0;  ///< of the same
  int context = 0;             ///< tokens that a decoded token attends to
  Seconds tpot;                ///< mean time between two tokens of a request
  Seconds ttft;                ///< mean time to the first, queueing included; 0: not said
  LinePlace place;
};

/// Which engine printed how even the load was. docs/measuring.md#gamma
enum class BalanceTool {
  kSglang,      ///< mean/max of a pass, averaged over layers
  kVllm,        ///< mean/max
  kTensorRtLlm  ///< (max - mean)/mean
};

/// gamma = max/mean of one step or layer, as an engine logged it.
struct BalanceSample {
  BalanceTool tool = BalanceTool::kSglang;
  double straggler_factor = 1.0;
  int ep_width = 0;  ///< 0: the log does not say
  LinePlace place;
};

/// Lines that were passed over for one reason.
struct LineReason {
  std::string why;
  int lines = 0;
  int first_line = 1;
};

/// A file that was read, and what became of its lines.
struct LogFile {
  std::string name;  ///< as given
  std::string sha256;
  double bytes = 0.0;
  std::vector<std::string> formats;  ///< found in it, e.g. "DeepEP low-latency test"
  int lines = 0;
  int used = 0;
  std::vector<LineReason> skipped;   ///< belong to a known format, and say nothing that is needed
  std::vector<LineReason> rejected;  ///< ought to be a measurement, and cannot be
  std::string guessed_width;         ///< how its EP width was guessed; empty: it was stated
  std::vector<std::string> notes;    ///< what was inferred, e.g. "EP width 16 from the file's name"
};

/// Everything that was read from the files given.
struct Measurements {
  std::vector<LogFile> files;
  std::vector<CommSeries> comm_series;
  std::vector<CommSample> comm;
  std::vector<CollectiveSeries> collective_series;
  std::vector<CollectiveSample> collectives;
  std::vector<ExpertSeries> expert_series;
  std::vector<ExpertSample> experts;
  std::vector<FusedSeries> fused_series;
  std::vector<FusedSample> fused;
  std::vector<AttentionSeries> attention_series;
  std::vector<AttentionSample> attention;
  std::vector<StepSeries> step_series;
  std::vector<StepSample> steps;
  std::vector<BalanceSample> balance;
};

}  // namespace wideep
