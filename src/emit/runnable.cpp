#include "emit/runnable.h"

#include <algorithm>
#include <functional>
#include <utility>

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

/// What rules say against what is written: of a recipe, which has all that is known in one place.
std::vector<LaunchRefusal> complaints(const LaunchSet& set,
                                      const Problem& problem,
                                      const LaunchTarget& target) {
  Findings faults;
  const auto file = read_deployment(
      {.name = "recipe.yaml", .text = launch_file(set, LaunchFormat::kSrtSlurm)}, {}, faults);
  std::vector<LaunchRefusal> found;
  if (!file || file->jobs.empty()) return found;
  KnownOfDeployment known = known_of(file->jobs.front());
  known.version = target.version;
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
                     .text = fmt::format("{}: {}", name_of(each.role->kind), each.message),
                     .about = each.rule->about});
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
  if (against.empty()) against = complaints(set, *shapes.back().problem, target);
  found.refused.clear();
  for (const LaunchRefusal& each : against) {
    found.refused.push_back(each.rule.empty() ? each.text
                                              : fmt::format("{} [{}]", each.text, each.rule));
  }
  if (against.empty()) found.set = std::move(set);
  return against;
}

/// What a refusal takes out of the searches of a question; empty where nothing is left that could
/// be.
std::string left_out_by(const LaunchRefusal& refusal,
                        const RoleShape& shape,
                        const std::vector<SearchSpace*>& all,
                        SearchSpace& own) {
  std::size_t groups = 0;
  std::string what;
  switch (refusal.about) {
    case RuleAbout::kAttentionGroups:
      // Of both roles, whose groups have to go with each other.
      for (SearchSpace* const space : all) {
        groups +=
            std::erase_if(space->attentions, [](const Attention& one) { return one.ranks > 1; });
        if (space->attentions.empty()) space->attentions.push_back(Attention{});
      }
      if (groups > 0) what = "attention groups of several ranks";
      break;
    case RuleAbout::kCutExperts:
      if (std::erase_if(own.experts,
                        [](const ExpertLayout& one) { return one.experts == Experts::kTp; }) > 0 &&
          !own.experts.empty()) {
        what = fmt::format("cut experts at {}", name_of(refusal.kind));
      }
      break;
    case RuleAbout::kSettings:
      break;
  }
  if (what.empty()) {
    const std::size_t kernel = shape.config().kernel;
    if (std::erase(own.kernels, kernel) == 0 || own.kernels.empty()) return "";
    what =
        fmt::format("{} at {}", shape.problem->fabric.kernels[kernel].name, name_of(refusal.kind));
  }
  return refusal.rule.empty() ? what : fmt::format("{}, by {}", what, refusal.rule);
}

/// A question that is asked again with less to choose from.
template <typename Answer>
struct Asked {
  std::function<std::optional<Answer>()> best;
  std::function<std::vector<RoleShape>(const Answer&)> shapes;
  std::vector<SearchSpace*> spaces;
  std::function<SearchSpace&(RoleKind)> space_of;
};

template <typename Answer>
Runnable<Answer> narrowed(const Asked<Answer>& asked, const LaunchTarget& target) {
  Runnable<Answer> found;
  for (int round = 0; round < kMostRounds; ++round) {
    std::optional<Answer> best = asked.best();
    if (!best) break;
    found.answer = std::move(best);
    const std::vector<RoleShape> shapes = asked.shapes(*found.answer);
    const std::vector<LaunchRefusal> against = try_launch(shapes, target, found);
    if (against.empty()) return found;
    const LaunchRefusal& first = against.front();
    const auto shape = std::find_if(shapes.begin(), shapes.end(), [&first](const RoleShape& one) {
      return one.kind == first.kind;
    });
    std::string left_out = left_out_by(first,
                                       shape == shapes.end() ? shapes.back() : *shape,
                                       asked.spaces,
                                       asked.space_of(first.kind));
    if (left_out.empty()) break;
    found.left_out.push_back(std::move(left_out));
  }
  if (found.refused.empty()) found.answer.reset();
  return found;
}

}  // namespace

Runnable<Plan> runnable_plan(PlanQuestion question, const LaunchTarget& target) {
  SearchSpace& prefill = question.prefill.space;
  SearchSpace& decode = question.decode.space;
  return narrowed<Plan>(
      {.best = [&question] { return best_plan(question).best; },
       .shapes = [&question](const Plan& plan) { return shapes_of(plan, question.lengths); },
       .spaces = {&prefill, &decode},
       .space_of = [&](RoleKind kind) -> SearchSpace& {
         return kind == RoleKind::kPrefill ? prefill : decode;
       }},
      target);
}

Runnable<Prediction> runnable_config(Problem problem, const LaunchTarget& target) {
  const auto best = [&problem]() -> std::optional<Prediction> {
    const Answer found = answer(problem);
    return found.used() == nullptr ? std::nullopt : std::optional(*found.used());
  };
  const auto shapes = [&problem](const Prediction& found) {
    return std::vector{shape_of_role(problem, found)};
  };
  return narrowed<Prediction>(
      {.best = best,
       .shapes = shapes,
       .spaces = {&problem.space},
       .space_of = [&problem](RoleKind) -> SearchSpace& { return problem.space; }},
      target);
}

Runnable<Prediction> runnable_config(const Problem& problem,
                                     const Config& config,
                                     const LaunchTarget& target) {
  Runnable<Prediction> found{.answer = predict(problem, config)};
  try_launch({shape_of_role(problem, *found.answer)}, target, found);
  return found;
}

}  // namespace wideep
