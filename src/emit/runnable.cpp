#include "emit/runnable.h"

#include <algorithm>

#include <fmt/format.h>

#include "deploy/read_file.h"
#include "emit/launch_files.h"
#include "rules/findings.h"
#include "rules/known.h"
#include "search/answer.h"

namespace wideep {
namespace {

/// More than there are kernels to leave out.
constexpr int kMostRounds = 12;

/// Of ranks with requests of their own that cut every expert.
constexpr std::string_view kCutExperts = "vllm-ep-flag-missing";

/// What rules say against what is written: of a recipe, which has all that is known in one place.
std::vector<LaunchRefusal> complaints(const LaunchSet& set, const Problem& problem) {
  Findings faults;
  const auto file = read_deployment(
      {.name = "recipe.yaml", .text = launch_file(set, LaunchFormat::kSrtSlurm)}, {}, faults);
  std::vector<LaunchRefusal> found;
  if (!file || file->jobs.empty()) return found;
  KnownOfDeployment known = known_of(file->jobs.front());
  if (const auto preset = model_preset_of(problem.workload.model.name)) {
    known.model = served_model(*preset);
  }
  if (const auto preset = fabric_preset_of(problem.fabric.name)) {
    known.machine = machine_of(*preset);
  }
  for (const DeploymentFinding& each : findings_of(*file, {known})) {
    if (each.grade == Grade::kAdvice) continue;
    found.push_back({.kind = each.role->kind,
                     .rule = std::string(each.rule->name),
                     .text = fmt::format("{}: {}", name_of(each.role->kind), each.message)});
  }
  return found;
}

template <typename Answer>
std::vector<LaunchRefusal> try_launch(const std::vector<RoleShape>& shapes,
                                      const LaunchTarget& target,
                                      Runnable<Answer>& found) {
  LaunchDoubts doubts;
  LaunchSet set = launch_set(shapes, target, doubts);
  std::vector<LaunchRefusal> against = doubts.refused;
  if (against.empty()) against = complaints(set, *shapes.back().problem);
  found.refused.clear();
  for (const LaunchRefusal& each : against) {
    found.refused.push_back(each.rule.empty() ? each.text
                                              : fmt::format("{} [{}]", each.text, each.rule));
  }
  if (against.empty()) found.set = std::move(set);
  return against;
}

std::string by_rule(const LaunchRefusal& refusal) {
  return refusal.rule.empty() ? "" : ", by " + refusal.rule;
}

/// Leaves attention groups of several ranks out; whether there were any.
bool without_groups(SearchSpace& space) {
  const auto several = [](const Attention& one) { return one.ranks > 1; };
  const std::size_t removed = std::erase_if(space.attentions, several);
  if (space.attentions.empty()) space.attentions.push_back(Attention{});
  return removed > 0;
}

/// Leaves experts that are cut out; whether there were any.
bool without_cuts(SearchSpace& space) {
  const auto cut = [](const ExpertLayout& one) { return one.experts == Experts::kTp; };
  const std::size_t removed = std::erase_if(space.experts, cut);
  return removed > 0 && !space.experts.empty();
}

/// Leaves what the role runs by out of its search; whether something is left.
bool leave_out(const RoleShape& shape,
               const LaunchRefusal& refusal,
               SearchSpace& space,
               std::vector<std::string>& left_out) {
  const std::size_t kernel = shape.config().kernel;
  if (std::erase(space.kernels, kernel) == 0 || space.kernels.empty()) return false;
  left_out.push_back(fmt::format("{} at {}{}",
                                 shape.problem->fabric.kernels[kernel].name,
                                 name_of(refusal.kind),
                                 by_rule(refusal)));
  return true;
}

const RoleShape& shape_of(const std::vector<RoleShape>& shapes, RoleKind kind) {
  for (const RoleShape& shape : shapes) {
    if (shape.kind == kind) return shape;
  }
  return shapes.back();
}

/// Whether a rule is about groups of attention that a hand-over cannot tell apart.
bool is_of_groups(const LaunchRefusal& refusal) {
  return refusal.rule.find("pd-tp") != std::string::npos || refusal.of_layout;
}

}  // namespace

Runnable<Plan> runnable_plan(PlanQuestion question, const LaunchTarget& target) {
  Runnable<Plan> found;
  for (int round = 0; round < kMostRounds; ++round) {
    const PlanResult result = best_plan(question);
    if (!result.best) break;
    found.answer = result.best;
    const std::vector<RoleShape> shapes = shapes_of(*result.best, question.lengths);
    const std::vector<LaunchRefusal> against = try_launch(shapes, target, found);
    if (against.empty()) return found;
    const LaunchRefusal& first = against.front();
    if (is_of_groups(first)) {
      const bool some = without_groups(question.prefill.space);
      if (without_groups(question.decode.space) || some) {
        found.left_out.push_back("attention groups of several ranks" + by_rule(first));
        continue;
      }
    }
    SearchSpace& space =
        first.kind == RoleKind::kPrefill ? question.prefill.space : question.decode.space;
    if (first.rule == kCutExperts && without_cuts(space)) {
      found.left_out.push_back(
          fmt::format("cut experts at {}{}", name_of(first.kind), by_rule(first)));
      continue;
    }
    if (!leave_out(shape_of(shapes, first.kind), first, space, found.left_out)) break;
  }
  if (found.refused.empty()) found.answer.reset();
  return found;
}

Runnable<Prediction> runnable_config(Problem problem, const LaunchTarget& target) {
  Runnable<Prediction> found;
  for (int round = 0; round < kMostRounds; ++round) {
    const Answer best = answer(problem);
    if (best.used() == nullptr) break;
    found.answer = *best.used();
    const RoleShape shape = shape_of_role(problem, *found.answer);
    const std::vector<LaunchRefusal> against = try_launch({shape}, target, found);
    if (against.empty()) return found;
    const LaunchRefusal& first = against.front();
    if (first.of_layout && without_groups(problem.space)) {
      found.left_out.emplace_back("attention groups of several ranks");
      continue;
    }
    if (!leave_out(shape, first, problem.space, found.left_out)) break;
  }
  if (found.refused.empty()) found.answer.reset();
  return found;
}

Runnable<Prediction> runnable_config(const Problem& problem,
                                     const Config& config,
                                     const LaunchTarget& target) {
  Runnable<Prediction> found{.answer = predict(problem, config)};
  try_launch({shape_of_role(problem, *found.answer)}, target, found);
  return found;
}

}  // namespace wideep
