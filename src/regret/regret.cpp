#include "regret/regret.h"

#include <algorithm>
#include <utility>

#include "engines/runs.h"
#include "input/assemble.h"
#include "model/fastest_sms.h"
#include "model/limits.h"
#include "model/redundancy.h"
#include "model/ways.h"
#include "regret/kernel_run.h"
#include "regret/question.h"
#include "search/answer.h"

namespace wideep {
namespace {

std::string first_fault(const Texts& texts) {
  const std::vector<Diagnostic>& placed = texts.findings.placed();
  return placed.empty() ? "its machines cannot be read" : placed.front().message;
}

/// Null, with the reason, where the words of the question make none.
std::shared_ptr<const Problem> problem_of(const RoleQuestion& question,
                                          const PricedBy& by,
                                          std::string& why_not) {
  Texts texts;
  const Node root = texts.parse({.name = "deployment.yaml", .text = question.workload});
  const Node fabric = load_fabric(*by.fabric, texts);
  if (texts.findings.any()) {
    why_not = first_fault(texts);
    return nullptr;
  }
  Problem problem = assemble({.workload = root, .fabric = fabric}, texts);
  if (texts.findings.any()) {
    why_not = first_fault(texts);
    return nullptr;
  }
  return std::make_shared<const Problem>(with_engines(std::move(problem)));
}

/// Whether the model can time it at all; what does not fit is timed all the same.
bool has_figures(const Problem& problem, const Config& config) {
  return !width_limit(problem, config);
}

/// The file's configuration with what the engine chooses by itself.
std::optional<Prediction> theirs_of(const DeployedRole& role,
                                    const Problem& problem,
                                    std::string& why_not) {
  std::optional<Config> config = layout_of(role);
  if (!config) {
    why_not = "its layout has pipeline stages or sizes that do not divide";
    return std::nullopt;
  }
  const std::optional<Library> library = library_of(role, problem.fabric);
  const auto& kernels = problem.fabric.kernels;
  const auto kernel = std::find_if(kernels.begin(), kernels.end(), [&library](const Kernel& one) {
    return library && one.library == *library;
  });
  if (kernel == kernels.end()) {
    why_not = "there are no figures of its all-to-all on these machines";
    return std::nullopt;
  }
  config->kernel = static_cast<std::size_t>(kernel - kernels.begin());
  config->overlap = kernel->fused ? Overlap::kFused : overlap_of(role);
  *config = asked(problem, *config);
  config->redundant_experts = redundancies(problem.workload, config->ep_width).front();
  if (config->overlap == Overlap::kDbo) {
    config->first_tokens = equal_half(config->tokens, problem.space.timing);
  }
  if (!first_way(problem, *config)) {
    why_not = "the engine is not known to run its all-to-all so";
    return std::nullopt;
  }
  *config = with_way(problem, *config);
  if (!has_figures(problem, *config)) {
    why_not = "its all-to-all has no figures at this width on these machines";
    return std::nullopt;
  }
  config->sms = fastest_sms(problem, *config);
  return predict(problem, *config);
}

RoleRegret regret_of(const Deployment& job, const DeployedRole& role, const PricedBy& by) {
  RoleRegret regret{.role = &role, .problem = nullptr};
  const RoleQuestion question = question_of(job, role, by);
  regret.assumed = question.assumed;
  regret.requests_assumed = question.requests_assumed;
  regret.why_not = question.why_not;
  if (!regret.why_not.empty()) return regret;
  regret.problem = problem_of(question, by, regret.why_not);
  if (!regret.problem) return regret;
  regret.theirs = theirs_of(role, *regret.problem, regret.why_not);
  if (!regret.theirs) return regret;
  const Answer found = answer(*regret.problem);
  if (found.used() == nullptr) {
    regret.why_not = "no configuration of these GPUs is feasible by the model";
    regret.theirs = std::nullopt;
    return regret;
  }
  regret.best = *found.used();
  return regret;
}

}  // namespace

double RoleRegret::regret() const {
  if (!theirs || !best) return 0.0;
  return std::max(0.0, theirs->step.total / best->step.total - 1.0);
}

std::vector<RoleRegret> regrets_of(const Deployment& job, const PricedBy& by) {
  std::vector<RoleRegret> regrets;
  for (const DeployedRole& role : job.roles) regrets.push_back(regret_of(job, role, by));
  return regrets;
}

}  // namespace wideep
