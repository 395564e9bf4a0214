#pragma once

#include <optional>
#include <span>
#include <string>

#include "rules/rule.h"

namespace wideep {

// Rules of DeepEP's kernels by topic, which deepep_rules() puts together.
std::span<const DeploymentRule> deepep_shape_rules();
std::span<const DeploymentRule> deepep_buffer_rules();
std::span<const DeploymentRule> deepep_config_rules();

/// Which of DeepEP's first kernels a role uses, vLLM's deepep_* and SGLang's deepep.
struct DeepEpUse {
  int ranks = 1;  ///< P
  bool low_latency = false;
  bool normal = false;     ///< the high-throughput ones
  std::string_view key{};  ///< the flag that says so
};

/// Nothing where it uses none, on more than one rank, or that is not known.
std::optional<DeepEpUse> deepep_use(const RuleContext& context);

/// Tokens of a rank that low-latency buffers are made for, T: max-num-batched-tokens in vLLM, its
/// chunks before 0.20, a variable in SGLang with its default. Nothing where that is not known.
std::optional<int> deepep_capacity(const RuleContext& context);

/// What sets that.
Change deepep_capacity_change(const RuleContext& context, long long tokens);
Place deepep_capacity_place(const RuleContext& context);

/// Experts with their copies, E + R; nothing where one is not known.
std::optional<int> deepep_slots(const RuleContext& context);

/// Elements of a token as it is sent: vLLM rounds up to a size that kernels are made for.
std::optional<int> deepep_hidden(const RuleContext& context);

/// Tokens of a rank in its largest decoding step.
std::optional<long long> deepep_step_tokens(const RuleContext& context);

}  // namespace wideep
