#pragma once

#include <vector>

#include "plan/instance_search.h"

namespace wideep {

/// Steps that instances of both roles may have, by octave of tokens per rank.
inline constexpr int kStepsAnOctave = 4;

/// Instances like one that prefills and decodes, with fewer tokens per rank: their steps are
/// shorter, which a limit of TTFT may need. The largest first; `tokens` are whole and
/// 1/`kStepsAnOctave` of an octave apart.
std::vector<InstancePointer> with_smaller_steps(InstanceSearch& search, const Instance& instance);

}  // namespace wideep
