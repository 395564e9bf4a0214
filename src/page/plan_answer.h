#pragma once

#include "model/planning.h"
#include "report/result_json.h"

namespace wideep {

// What a page is answered about a deployment, each as JSON (docs/page.md#asks).

/// What `plan --json` says, without the plans by engine, and the plan in words.
Json plan_answer_json(const PlanQuestion& question);

/// Of each role of the plan its configuration with what is drawn of it, and what `pareto --json`
/// says of its decode in that layout; or that there is no plan.
Json roles_json(const PlanQuestion& question);

/// The fewest GPUs at rates around the one that is asked for; null where none is stated.
Json loads_json(const PlanQuestion& question);

}  // namespace wideep
