#include "rules/expert_weights.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace wideep {
namespace {

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

/// Bytes of a weight in the type that a deployment states, or that its model's path names; nothing
/// where they name none.
std::optional<double> stated_weight_bytes(const Deployment& deployment) {
  constexpr double kFp4 = 0.5 + 1.0 / 16.0;  // with a scale of a byte for 16
  constexpr double kFp8 = 1.0;
  for (const auto& stated : {deployment.precision, deployment.model}) {
    if (!stated) continue;
    const std::string text = in_small_letters(stated->value);
    if (text.find("fp4") != std::string::npos) return kFp4;
    if (text.find("fp8") != std::string::npos) return kFp8;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> expert_bytes_of(const RuleContext& context) {
  if (context.model == nullptr || !context.model->expert_bytes) return std::nullopt;
  const ServedModel& model = *context.model;
  const auto stated = stated_weight_bytes(context.deployment);
  if (!stated || !model.hidden || !model.expert_size) return model.expert_bytes;
  constexpr double kMatrices = 3.0;  // gate, up and down
  return std::min(*model.expert_bytes, kMatrices * *model.hidden * *model.expert_size * *stated);
}

std::optional<double> memory_beside_experts(const RuleContext& context, int slots, int ranks) {
  if (context.machine == nullptr || !context.machine->memory) return std::nullopt;
  const auto bytes = expert_bytes_of(context);
  if (!bytes || !context.model->moe_layers) return context.machine->memory;
  return *context.machine->memory - *bytes * *context.model->moe_layers * slots / ranks;
}

}  // namespace wideep
