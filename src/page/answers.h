#pragma once

#include "input/problem_trees.h"
#include "input/read_again.h"
#include "report/result_json.h"

namespace wideep {

// What a page is answered about one role, each as JSON (docs/page.md#asks).

/// What `optimize --solver bounds --json` says, the choice in its words, and what is drawn with it.
/// `sure`: with its confidence, which takes longer than the rest.
Json answer_json(const ReadAgain& read, const Problem& problem, bool sure);

/// The map of what wins where, around the answer.
Json map_answer_json(const Problem& problem);

/// Points of a front, as `pareto` has them.
inline constexpr int kFrontPoints = 32;

/// What `pareto --json` says; of prefill, that it is not asked for.
Json front_json(const Problem& problem, int points = kFrontPoints);

/// The figures of kernels that factors may be of: latencies and bandwidths that are stated.
Json figures_json(const ProblemTrees& trees);

/// The presets by kind.
Json presets_json();

}  // namespace wideep
