#pragma once

#include "model/planning.h"
#include "report/result_json.h"

namespace wideep {

// What a page is answered about a deployment, each as JSON (docs/page.md#asks).

/// The best plan as `plan --json` has it and in words, the flags that make it, of one role its
/// configuration with what is drawn of it, and what `pareto --json` says of its decode in that
/// layout; where there is no plan, null and the report. `of_prefill`: that role, where it is apart.
Json plan_answer_json(const PlanQuestion& question, bool of_prefill);

/// What `plan --json` says, without the plans by engine: what binds and how sure it is take as long
/// as the plan.
Json sure_plan_json(const PlanQuestion& question);

/// The fewest GPUs at rates around the one that is asked for; null where none is stated.
Json loads_json(const PlanQuestion& question);

}  // namespace wideep
