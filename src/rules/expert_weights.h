#pragma once

#include <optional>

#include "rules/rule.h"

namespace wideep {

/// Bytes of one expert in one layer, with weights of the type that the deployment states where that
/// is smaller than the model's own: a preset of bf16 experts served from an NVFP4 checkpoint.
/// Nothing where the model is not known.
std::optional<double> expert_bytes_of(const RuleContext& context);

/// What the experts of all layers leave of a GPU's memory with so many slots over so many ranks;
/// all of it where their weights are not known, nothing where the memory is not.
std::optional<double> memory_beside_experts(const RuleContext& context, int slots, int ranks);

}  // namespace wideep
