#include "regret/role_config.h"

#include <fmt/format.h>

#include "model/fastest_sms.h"
#include "model/limits.h"
#include "model/placed.h"
#include "model/redundancy.h"
#include "model/ways.h"
#include "model/words.h"
#include "regret/kernel_run.h"

namespace wideep {
namespace {

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

}  // namespace

RoleConfig config_of(const DeployedRole& role, const Problem& problem) {
  std::optional<Config> config = layout_of(role);
  if (!config) return {.why_not = "its layout has pipeline stages or sizes that do not divide"};
  const std::optional<std::size_t> kernel = kernel_of(role, problem, *config);
  if (!kernel) return {.why_not = "there are no figures of its all-to-all on these machines"};
  config->kernel = *kernel;
  config->overlap = problem.fabric.kernels[*kernel].fused ? Overlap::kFused : overlap_of(role);
  *config = asked(problem, *config);
  config->redundant_experts = redundancies(problem.workload, config->ep_width).front();
  if (config->overlap == Overlap::kDbo) {
    config->first_tokens = equal_half(config->tokens, problem.space.timing);
  }
  if (const auto limit = width_limit(problem, *config)) {
    return {.why_not = "the model cannot time it", .limit = limit};
  }
  if (!first_way(problem, *config)) {
    return {.why_not = fmt::format("{} is not known to run {} with {}",
                                   title_of(role.engine),
                                   name_of(config->overlap),
                                   problem.fabric.kernels[*kernel].name)};
  }
  *config = with_way(problem, *config);
  config->sms = fastest_sms(problem, *config);
  return {.config = config};
}

int fitting_tokens(const Problem& problem, Config config) {
  const Problem laid = placed(problem, config);
  const auto fits = [&laid, &config](int tokens) {
    config.tokens = tokens;
    return !memory_limit(laid, config);
  };
  int most = config.tokens;
  if (fits(most)) return most;
  int fitting = 0;
  while (fitting + 1 < most) {
    const int middle = fitting + (most - fitting) / 2;
    (fits(middle) ? fitting : most) = middle;
  }
  return fitting;
}

}  // namespace wideep
