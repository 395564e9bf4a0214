#pragma once

#include <map>
#include <optional>

#include "model/config.h"
#include "model/problem.h"

namespace wideep {

/// A batch of one rank, or of an attention group.
struct Batch {
  int tokens = 0;    ///< in a step: of requests their drafts too, of prompts all that are let in
  int requests = 0;  ///< at decode; 0 at prefill, where a batch is counted in tokens
  int ranks = 1;     ///< that share it
};

/// Tokens of a step that a batch grows by: those of a request at decode, drafts included; 1 at
/// prefill.
int tokens_each(const Workload& workload);

/// The largest batch that runs with the configuration's width, kernel, SMs and overlap mode, in as
/// many chunks and at whatever split the search would take, whatever its own batch: its memory
/// fits, where that is known, and so do its transfers and buffers. Whole requests at decode;
/// nothing in it where none runs.
Batch largest_batch(const Problem& problem, Config config);

/// What runs at a width at most.
struct Fitting {
  Batch batch;  ///< nothing in it: none runs
  Config config;
  bool whole = false;  ///< the batch that was asked for runs
};

/// What would fit in place of a configuration that does not.
struct WouldFit {
  Fitting here;  ///< at the same width
  /// The narrowest other width where the whole batch runs, else that with the largest batch, where
  /// it is larger than here.
  std::optional<Fitting> elsewhere;
};

/// Finds what would fit in place of any configuration of a problem, looking at each width once:
/// many limits of one question ask for the same. The problem must outlive it.
class WhatFits {
 public:
  explicit WhatFits(const Problem& problem);

  /// Needs memory_unknown() to be empty. Other widths are looked at for data-parallel attention and
  /// experts that are sent to alone.
  WouldFit instead_of(const Config& config);

 private:
  const Problem& problem_;
  Problem any_;  ///< the same over every EP width
  std::map<int, Fitting> asked_;
  std::map<int, Fitting> others_;
};

}  // namespace wideep
