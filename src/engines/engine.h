#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "input/node.h"
#include "model/problem.h"

namespace wideep {

/// How an engine runs an overlap mode. docs/adding.md#an-engine
struct EngineMode {
  Overlap overlap = Overlap::kNone;
  std::string flags = {};                ///< that switch it on; empty: nothing need be set
  std::string runs_as = {};              ///< what the engine calls it, where no flag says it
  std::string decode_threshold = {};     ///< flag of the tokens from which it runs; empty: none
  std::string prefill_threshold = {};    ///< the same of prompts
  bool half_split = false;               ///< a batch is cut in two halves only
  std::vector<Schedule> schedules = {};  ///< in whose order it runs a layer; empty: in any
};

/// A serving engine: a file of presets/engines.
struct Engine {
  std::string name;
  std::vector<EngineMode> modes;

  /// Null: the engine does not run it.
  [[nodiscard]] const EngineMode* mode(Overlap overlap) const;
};

/// The mode of the engine in which it runs the configuration as it is timed: of its overlap, in an
/// order that takes the same time. Null where it has none.
const EngineMode* mode_of(const Engine& engine, const Problem& problem, const Config& config);

/// The engines that are known, in the order in which reports name them.
std::span<const Engine> engines();

/// An engine as a file says it. Faults are reported.
Engine read_engine(const Node& root, Findings& findings);

/// What switches a mode on, with the threshold where the engine has one and it is given:
/// "--enable-dbo --dbo-decode-token-threshold 64".
std::string launch_flags(const EngineMode& mode, Phase phase, std::optional<double> threshold);

}  // namespace wideep
