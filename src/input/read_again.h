#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "input/assemble.h"
#include "input/known_files.h"
#include "input/node.h"
#include "input/problem_trees.h"
#include "model/planning.h"
#include "model/problem.h"

namespace wideep {

/// What has to be read again when a value changes; figures always are computed again.
struct Reach {
  bool fabric = false;  ///< all of it
  bool gpu = false;
  bool workload = false;
  bool space = false;
  std::vector<std::size_t> kernels{};  ///< by their places

  void add(const Reach& other);
  /// To what is checked, or read otherwise, with what these say.
  void widen();
};

/// A problem beside the trees that it was read from, of which values change: files are read once,
/// and of what they say only what a value may bear on is read again. A copy is another's own.
struct ReadAgain {
  Node workload;
  Node fabric;  ///< presets laid under it
  std::optional<Node> search{};
  Problem problem;                     ///< of a plan: that of decode
  std::optional<PlanQuestion> plan{};  ///< set where they are of a deployment
  KnownFiles known{};
  std::shared_ptr<Texts> texts{};  ///< which nodes point into
};

/// Of sound trees, and the problem that they are.
ReadAgain read_again_of(ProblemTrees trees, Problem problem, std::shared_ptr<Texts> texts);

/// Reads files so. Throws InputError naming every fault of every file at once.
ReadAgain read_again(const ProblemFiles& files);

/// The same of a deployment (input/read_plan.h).
ReadAgain read_plan_again(const ProblemFiles& files);

/// Looks at the workload, the search file and each part of the fabric with `in`, which says whether
/// something there will change; returns what is to be read again when it does.
Reach reach_of(ReadAgain& read, const std::function<bool(Node&)>& in);

/// Reads that part of the problem again. What the input refuses is returned, and the problem is
/// then of no use until all that had changed is read.
[[nodiscard]] Findings read_part(ReadAgain& read, const Reach& reach);

}  // namespace wideep
