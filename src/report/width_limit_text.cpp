#include "report/width_limit_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "model/coverage.h"
#include "model/words.h"
#include "report/layout_limit_text.h"

namespace wideep {
namespace {

/// The replicas that fill a width, where the kernel runs at it.
std::string fix_of_slots(const Kernel& kernel, const BrokenLimit& limit) {
  const std::vector<int>& widths = kernel.limits.ep_widths;
  const auto listed = std::find(widths.begin(), widths.end(), limit.config.ep_width);
  if (!widths.empty() && listed == widths.end()) return "";
  return fmt::format("redundant_experts: {} would make them so", whole(limit.allowed));
}

LimitText not_this_width(const Kernel& kernel, int width) {
  const std::string alike = fmt::format(
      "{} supports EP widths {}, not ", kernel.name, fmt::join(kernel.limits.ep_widths, ", "));
  return {.rule = rule_of(LimitKind::kKernelEpWidth),
          .message = alike + std::to_string(width),
          .alike = alike};
}

}  // namespace

LimitText width_limit_text(const Problem& problem, const BrokenLimit& limit) {
  const Config& config = limit.config;
  const Workload& workload = problem.workload;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const auto text = [&](std::string message, std::string fix = {}) {
    return LimitText{rule_of(limit.kind), std::move(message), std::move(fix)};
  };
  switch (limit.kind) {
    case LimitKind::kMaxGpus:
      return text(fmt::format(
          "EP width {} is above max_gpus, {}", whole(limit.asked), whole(limit.allowed)));
    case LimitKind::kExpertsDivide:
      return text(fmt::format("{} expert slots are not divisible by EP width {}",
                              *expert_slots(workload),
                              config.ep_width),
                  fix_of_slots(kernel, limit));
    case LimitKind::kKernelEpWidth:
      return not_this_width(kernel, whole(limit.asked));
    case LimitKind::kKernelHiddenSize:
      return text(fmt::format("{} is built for hidden sizes {}, not {}",
                              kernel.name,
                              fmt::join(kernel.limits.hidden_sizes, ", "),
                              whole(limit.asked)));
    case LimitKind::kKernelTopK:
      return text(fmt::format("{} takes top_k up to {}, not {}",
                              kernel.name,
                              whole(limit.allowed),
                              whole(limit.asked)));
    case LimitKind::kKernelWeights: {
      std::vector<std::string_view> types;
      for (const WeightType type : kernel.limits.weight_types) types.push_back(name_of(type));
      return text(fmt::format("{} takes experts in {}, not in {}",
                              kernel.name,
                              fmt::join(types, ", "),
                              name_of(*workload.model.shape.weights)));
    }
    case LimitKind::kKernelShape:
      return text(kernel.name + " is priced from the size and type of experts, which are not known",
                  "give experts, moe_intermediate_size and weight_dtype, or a model");
    case LimitKind::kKernelFigures:
      if (bandwidth_coverage(kernel).low > bandwidth_coverage(kernel).high) {
        return text(kernel.name + " has no EP width that all its tables of bandwidths cover");
      }
      return text(
          fmt::format("{} has bandwidths for EP widths {} only, and none are invented beyond",
                      kernel.name,
                      text_of(bandwidth_coverage(kernel))));
    case LimitKind::kKernelLatencies:
      return text(fmt::format("{} has latencies for EP widths {} only",
                              kernel.name,
                              text_of(latency_coverage(kernel))),
                  "list the width in search.ep_width to price it with the nearest one's");
    default:
      return layout_limit_text(problem, limit);
  }
}

}  // namespace wideep
