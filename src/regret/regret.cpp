#include "regret/regret.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engines/runs.h"
#include "input/assemble.h"
#include "input/presets.h"
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

/// What engines do without an all-to-all, which preset fabrics leave out since nobody would choose
/// it: a gather before the experts and a scatter behind them, as NCCL does it on that GPU.
void add_gather(Node& fabric, Texts& texts) {
  Node* const kernels = fabric.is_map() ? fabric.find("kernels") : nullptr;
  const Node* const gpu = fabric.is_map() ? fabric.find("gpu") : nullptr;
  if (kernels == nullptr || gpu == nullptr || !gpu->is_scalar()) return;
  const std::string name = "nccl-ag-rs-" + gpu->text.substr(0, gpu->text.find("-sxm"));
  for (const Preset& preset : presets()) {
    if (preset.kind != PresetKind::kKernel || preset.name != name) continue;
    const Source& source =
        texts.sources.emplace_back(Source{.name = "preset " + name, .text = name});
    const auto scalar = [&source](const std::string& text) {
      return make_node(Node::Kind::kScalar, {&source, 1, 1}, text);
    };
    kernels->entries.push_back({scalar("AG"), scalar(name)});
  }
}

/// Null, with the reason, where the words of the question make none.
std::shared_ptr<const Problem> problem_of(const RoleQuestion& question,
                                          const PricedBy& by,
                                          std::string& why_not) {
  Texts texts;
  const Node root = texts.parse({.name = "deployment.yaml", .text = question.workload});
  Node fabric = load_fabric(*by.fabric, texts);
  add_gather(fabric, texts);
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

/// The kernel that moves the role's tokens, one that can do so in its layout before another of the
/// same library; nothing where there are no figures of it.
std::optional<std::size_t> kernel_of(const DeployedRole& role,
                                     const Problem& problem,
                                     Config config) {
  const std::optional<Library> library = library_of(role, problem.fabric);
  std::optional<std::size_t> found;
  for (std::size_t at = 0; library && at < problem.fabric.kernels.size(); ++at) {
    if (problem.fabric.kernels[at].library != library) continue;
    config.kernel = at;
    if (!width_limit(problem, config)) return at;
    if (!found) found = at;
  }
  return found;
}

/// Prices the file's configuration, with what the engine chooses by itself. What does not fit is
/// timed all the same; what cannot be is said.
void price_theirs(RoleRegret& regret) {
  const DeployedRole& role = *regret.role;
  const Problem& problem = *regret.problem;
  std::optional<Config> config = layout_of(role);
  if (!config) {
    regret.why_not = "its layout has pipeline stages or sizes that do not divide";
    return;
  }
  const std::optional<std::size_t> kernel = kernel_of(role, problem, *config);
  if (!kernel) {
    regret.why_not = "there are no figures of its all-to-all on these machines";
    return;
  }
  config->kernel = *kernel;
  config->overlap = problem.fabric.kernels[*kernel].fused ? Overlap::kFused : overlap_of(role);
  *config = asked(problem, *config);
  config->redundant_experts = redundancies(problem.workload, config->ep_width).front();
  if (config->overlap == Overlap::kDbo) {
    config->first_tokens = equal_half(config->tokens, problem.space.timing);
  }
  regret.limit = width_limit(problem, *config);
  if (regret.limit) {
    regret.why_not = "the model cannot time it";
    return;
  }
  if (!first_way(problem, *config)) {
    regret.why_not = fmt::format("{} is not known to run {} with {}",
                                 title_of(role.engine),
                                 name_of(config->overlap),
                                 problem.fabric.kernels[*kernel].name);
    return;
  }
  *config = with_way(problem, *config);
  config->sms = fastest_sms(problem, *config);
  regret.theirs = predict(problem, *config);
}

/// Where nothing is feasible: what stands in the way of the file's own configuration, else of any.
void say_infeasible(RoleRegret& regret) {
  regret.why_not = "no configuration of these GPUs is feasible by the model";
  std::vector<BrokenLimit> limits = broken_limits(*regret.problem, regret.theirs->config);
  if (limits.empty()) limits = reasons_at(*regret.problem);
  if (!limits.empty()) regret.limit = limits.front();
  regret.theirs = std::nullopt;
}

RoleRegret regret_of(const Deployment& job, const DeployedRole& role, const PricedBy& by) {
  RoleRegret regret{.role = &role, .problem = nullptr};
  const RoleQuestion question = question_of(job, role, by);
  regret.assumed = question.assumed;
  regret.requests_assumed = question.requests_assumed;
  regret.why_not = question.why_not;
  if (regret.why_not.empty()) regret.problem = problem_of(question, by, regret.why_not);
  if (regret.problem) price_theirs(regret);
  if (!regret.theirs) return regret;
  const Answer found = answer(*regret.problem);
  if (found.used() == nullptr) {
    say_infeasible(regret);
  } else {
    regret.best = *found.used();
  }
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
