#include "plan/instance.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "engines/runs.h"
#include "model/figures.h"
#include "model/placed.h"
#include "plan/chunks.h"

namespace wideep {
namespace {

std::vector<Problem> prefill_steps(const PlanQuestion& question) {
  Problem base = question.prefill;
  Workload& workload = base.workload;
  workload.traffic.cached_tokens =
      static_cast<int>(question.lengths.cached_share * *workload.traffic.context);
  workload.figures = figures_of(workload, base.fabric);
  base.space.objective = kTokensPerGpu;
  base = with_engines(std::move(base));
  const auto choice = base.workload.traffic.choice;
  if (!choice) return {std::move(base)};
  std::vector<Problem> steps;
  for (int tokens = kSmallestPrefillStep; tokens <= kLargestPrefillStep; tokens *= 2) {
    if (tokens < choice->least.value_or(1) || tokens > choice->most) continue;
    state_tokens(base, tokens);
    steps.push_back(base);
  }
  return steps;
}

/// Depths of drafting that may be chosen.
std::vector<Drafting> depths_of(const Drafting& drafting) {
  if (drafting.by_depth.empty()) return {drafting};
  std::vector<Drafting> depths = {Drafting{}};
  for (std::size_t depth = 0; depth < drafting.by_depth.size(); ++depth) {
    depths.push_back({static_cast<int>(depth) + 1, drafting.by_depth[depth], {}});
  }
  return depths;
}

std::vector<Problem> decode_depths(const PlanQuestion& question,
                                   bool mixed,
                                   std::optional<Seconds> tpot) {
  std::vector<Problem> depths;
  for (const Drafting& depth : depths_of(question.decode.workload.traffic.drafting)) {
    Problem problem = question.decode;
    Workload& workload = problem.workload;
    workload.traffic.drafting = depth;
    workload.slo.tpot = tpot;
    if (mixed) {
      const RequestLengths& lengths = question.lengths;
      const double decoded = mean_output(lengths) * (1.0 + depth.tokens) / (1.0 + depth.accepted);
      const double context = prompt_context(lengths);
      workload.traffic.prompts =
          ChunkedPrompts{.share = prompt_share(lengths, decoded),
                         .context = static_cast<int>(std::ceil(context)),
                         .cached_tokens = static_cast<int>(lengths.cached_share * context)};
    }
    workload.figures = figures_of(workload, problem.fabric);
    problem.space.objective = kTokensPerGpu;
    depths.push_back(with_engines(std::move(problem)));
  }
  return depths;
}

/// A step of the configuration with so many tokens in each attention group.
Seconds step_of(const Problem& problem, Config config, double tokens) {
  config.tokens = std::max(cuts_batch(config.overlap) ? 2 : 1, static_cast<int>(tokens));
  config.chunks = std::min(config.chunks, config.tokens);
  if (config.overlap == Overlap::kDbo) {
    config.first_tokens = equal_half(config.tokens, problem.space.timing);
    if (config.tokens == 2) config.first_tokens = 1.0;
  }
  return predict(problem, config).step.total;
}

/// The line through a full step and one of the mean last chunk.
void fit_steps(const PlanQuestion& question,
               const std::function<Seconds(double)>& step,
               PromptSteps& prompts) {
  const Chunks chunks({.prompts = prompt_lengths(question.lengths),
                       .output_tokens = 1.0,
                       .prefill_instances = 1,
                       .groups = prompts.groups,
                       .step_tokens = prompts.tokens,
                       .step_fixed = {},
                       .step_per_token = {},
                       .transfer = {},
                       .decode_slots = 1,
                       .tpot = Seconds(1.0)});
  const double last = std::clamp(chunks.last, 1.0, std::max(1.0, 0.5 * prompts.tokens));
  const Seconds full = step(prompts.tokens);
  prompts.per_token = full / prompts.tokens;
  if (last < prompts.tokens) {
    prompts.per_token = std::min(prompts.per_token, (full - step(last)) / (prompts.tokens - last));
  }
  prompts.per_token = std::max(prompts.per_token, Seconds(0.0));
  prompts.fixed = full - prompts.tokens * prompts.per_token;
}

/// Of the cache that a rank of prefill holds of a request, each rank sending its own.
std::optional<Seconds> transfer_of(const PlanQuestion& question, const Problem& placed) {
  const auto& link = placed.fabric.kv_transfer;
  const auto& footprint = placed.workload.figures.footprint;
  if (!link || !footprint || !footprint->sequence) return std::nullopt;
  const double share = mean_input(question.lengths) / *placed.workload.traffic.context;
  return link->latency + share * *footprint->sequence / link->bandwidth;
}

}  // namespace

void state_tokens(Problem& problem, int tokens) {
  Traffic& traffic = problem.workload.traffic;
  traffic.choice.reset();
  traffic.tokens =
      TokensPerRank{.tokens = tokens, .expert_load = ExpertLoad::kPerRank, .stated = true};
}

std::vector<Problem> role_problems(const PlanQuestion& question,
                                   InstanceRole role,
                                   std::optional<Seconds> tpot) {
  if (role == InstanceRole::kPrefill) return prefill_steps(question);
  return decode_depths(question, role == InstanceRole::kMixed, tpot);
}

PerSecond rate_per_gpu(const PlanQuestion& question, InstanceRole role, const Prediction& found) {
  const double tokens = found.step.tokens_per_gpu_per_second;
  const RequestLengths& lengths = question.lengths;
  const double each =
      role == InstanceRole::kPrefill ? mean_computed(lengths) : mean_output(lengths);
  return PerSecond(tokens / each);
}

Instance instance_of(const PlanQuestion& question,
                     InstanceRole role,
                     const Problem& asked,
                     const Prediction& found) {
  Instance instance;
  auto problem = std::make_shared<Problem>(placed(asked, found.config));
  const Config& config = found.config;
  const int groups = config.gpus() / config.attention.ranks;
  const Traffic& traffic = problem->workload.traffic;
  instance.prediction = found;
  instance.step = found.step.total;
  instance.tpot = found.step.tpot;
  instance.rate = config.gpus() * rate_per_gpu(question, role, found);
  if (role != InstanceRole::kPrefill) {
    constexpr double kRounding = 1e-9;
    instance.slots =
        groups *
        static_cast<int>(std::floor(config.tokens * requests_per_token(traffic) + kRounding));
  }
  if (role == InstanceRole::kPrefill) {
    PromptSteps prompts{.groups = groups,
                        .tokens = 1.0 * config.tokens,
                        .fixed = {},
                        .per_token = {},
                        .transfer = transfer_of(question, *problem)};
    fit_steps(
        question, [&](double tokens) { return step_of(*problem, config, tokens); }, prompts);
    instance.prompts = prompts;
  } else if (role == InstanceRole::kMixed) {
    Problem alone = *problem;
    alone.workload.traffic.prompts.reset();
    alone = placed(std::move(alone), config);
    alone.workload.figures = figures_of(alone.workload, alone.fabric, config);
    const double share = traffic.prompts->share;
    PromptSteps prompts{.groups = groups,
                        .tokens = share * config.tokens,
                        .fixed = {},
                        .per_token = {},
                        .transfer = Seconds(0.0)};
    prompts.fixed = std::min(instance.step, step_of(alone, config, (1.0 - share) * config.tokens));
    prompts.per_token = (instance.step - prompts.fixed) / prompts.tokens;
    instance.prompts = prompts;
  }
  instance.problem = std::move(problem);
  return instance;
}

InstancePointer slowed(const InstancePointer& instance, double slower) {
  if (slower == 1.0) return instance;
  auto other = std::make_shared<Instance>(*instance);
  other->step = slower * other->step;
  other->tpot = slower * other->tpot;
  other->rate = other->rate / slower;
  if (other->prompts) {
    other->prompts->fixed = slower * other->prompts->fixed;
    other->prompts->per_token = slower * other->prompts->per_token;
  }
  return other;
}

std::vector<PromptLength> prompt_lengths(const RequestLengths& lengths) {
  constexpr std::size_t kMost = 16;
  std::vector<PromptLength> all;
  double weights = 0.0;
  for (const RequestLength& each : lengths.all) {
    all.push_back({(1.0 - lengths.cached_share) * each.input_tokens, each.weight});
    weights += each.weight;
  }
  std::sort(all.begin(), all.end(), [](const PromptLength& a, const PromptLength& b) {
    return a.tokens < b.tokens;
  });
  if (all.size() <= kMost) return all;
  std::vector<PromptLength> means;
  PromptLength part{.tokens = 0.0, .weight = 0.0};
  double passed = 0.0;
  for (const PromptLength& each : all) {
    part.tokens += each.tokens * each.weight;
    part.weight += each.weight;
    passed += each.weight;
    const bool full = passed * kMost >= weights * static_cast<double>(means.size() + 1);
    if (!full && &each != &all.back()) continue;
    means.push_back({part.tokens / part.weight, part.weight});
    part = {.tokens = 0.0, .weight = 0.0};
  }
  return means;
}

}  // namespace wideep
