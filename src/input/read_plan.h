#pragma once

#include "input/problem_trees.h"
#include "input/read_problem.h"
#include "input/section.h"
#include "model/planning.h"

namespace wideep {

/// Reads a deployment's question: a workload with `traffic`, and beside it `slo`, `gpus`, `roles`,
/// `max_utilisation`, and under `prefill` and `decode` keys that hold for one role alone.
/// docs/input.md#plan. Throws InputError naming every fault of every file at once.
PlanQuestion read_plan(const ProblemFiles& files);

/// Requests a second of `traffic`: `50` or `50/s`.
std::optional<PerSecond> read_rate(Section& section);

/// A question of a deployment, where its workload has `traffic`, or else of one role.
struct AnyQuestion {
  std::optional<PlanQuestion> plan;
  std::optional<Problem> problem;
};

/// Reads either. Throws InputError likewise.
AnyQuestion read_any(const ProblemFiles& files);

/// The same of trees that are loaded, with what `--set` lays over them.
AnyQuestion assemble_any(const std::vector<std::string>& set, ProblemTrees trees, Texts& texts);

/// The question of a workload and a fabric, null where it could not be read; faults are reported.
/// `known`: files that it names and were read before are not read again; null: all are.
PlanQuestion assemble_plan(ProblemTrees trees, Texts& texts, KnownFiles* known = nullptr);

}  // namespace wideep
