#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "input/node.h"
#include "model/problem.h"

namespace wideep {

/// How much of a step an engine captures in CUDA graphs.
enum class Graphs {
  kFull,       ///< all of it
  kPiecewise,  ///< what lies between the kernels that cannot be captured
  kNone        ///< nothing: the host launches every kernel
};

/// How an engine runs the kernels of a library in one phase. docs/adding.md#an-engine
struct EngineKernel {
  Library library = Library::kDeepEpLl;
  Schedule schedule = Schedule::kVllmLl;       ///< in whose order it runs a layer
  std::optional<Schedule> with_replicas = {};  ///< without overlap, where experts are replicated
  std::optional<int> up_to = {};               ///< `schedule` holds for so many tokens per rank,
  Schedule beyond = Schedule::kInOrder;        ///< and this for more
  std::vector<Overlap> overlaps = {};          ///< modes that it has
  Graphs graphs = Graphs::kFull;
  Graphs dbo_graphs = Graphs::kFull;  ///< with dual-batch overlap
  AttentionUse attention = {};        ///< in which layouts of attention
};

/// How an engine switches an overlap mode on.
struct EngineMode {
  Overlap overlap = Overlap::kNone;
  std::string flags = {};              ///< that switch it on; empty: nothing need be set
  std::string runs_as = {};            ///< what the engine calls it, where no flag says it
  std::string decode_threshold = {};   ///< flag of the tokens from which it runs; empty: none
  std::string prefill_threshold = {};  ///< the same of prompts
  bool half_split = false;             ///< a batch is cut in two halves only
  std::vector<Architecture> architectures = {};  ///< of GPUs on which it runs; empty: any

  /// Whether it runs on the fabric's GPU; where that is not known it may.
  [[nodiscard]] bool runs_on(const Fabric& fabric) const;
};

/// What an engine calls its settings, with the value where it is no number; empty: it has none.
struct EngineFlags {
  std::string expert_parallel;    ///< switches it on
  std::string ep_width;           ///< P
  std::string batch;              ///< requests that run at once
  std::string dispatch_capacity;  ///< tokens per rank that buffers are made for
  std::string redundant_experts;
  std::vector<std::pair<Library, std::string>> all_to_all;  ///< chooses the kernel
};

/// A serving engine: a file of presets/engines.
struct Engine {
  std::string id;       ///< the file's name, as the workload's key `engine` has it
  std::string name;     ///< as reports have it
  std::string called;   ///< by benchmarks, beside these two; empty: nothing else
  std::string version;  ///< of which its figures and rules are
  std::vector<EngineKernel> decode;
  std::vector<EngineKernel> prefill;
  std::vector<EngineMode> modes;
  EngineFlags flags;
  /// What the host takes a layer at decode to launch what is in no CUDA graph; 0: not known.
  Seconds piecewise_launches;                ///< all that is not captured piece by piece
  Seconds launches;                          ///< everything
  std::optional<double> serving_efficiency;  ///< above 0 up to 1; where the workload states none
  std::optional<Seconds> step_overhead;      ///< likewise

  /// What launches take in that phase with so much captured.
  [[nodiscard]] Seconds launch_time(Phase phase, Graphs graphs) const;

  /// Null: the engine does not run it.
  [[nodiscard]] const EngineMode* mode(Overlap overlap) const;

  [[nodiscard]] const std::vector<EngineKernel>& kernels(Phase phase) const {
    return phase == Phase::kDecode ? decode : prefill;
  }
};

/// The engines that are known, in the order in which reports name them.
std::span<const Engine> engines();

/// The one of that id; null where there is none.
const Engine* engine_of_id(std::string_view id);

/// The one that the workload names; null where it names none.
const Engine* engine_asked(const Problem& problem);

/// The one that a benchmark names, by its word, its name or what else it is called, alone or as a
/// part, "dynamo-sglang". Null: none of them.
const Engine* engine_named(std::string_view text);

/// An engine as a file says it. Faults are reported.
Engine read_engine(const Node& root, Findings& findings);

/// What switches a mode on, with the threshold where the engine has one and it is given:
/// "--enable-dbo --dbo-decode-token-threshold 64".
std::string launch_flags(const EngineMode& mode, Phase phase, std::optional<double> threshold);

}  // namespace wideep
