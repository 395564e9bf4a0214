#include "model/limits.h"

#include <algorithm>
#include <numeric>

#include "model/overlap.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Guards the transfer limit against rounding in tokens / chunks.
constexpr double kRounding = 1e-9;

template <class T>
bool lists(const std::vector<T>& allowed, const T& value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

std::string list_of(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
  return text;
}

std::string covered_widths(const LinkPhase& phase) {
  int low = 1;
  int high = 1;
  const auto narrow = [&](const auto& figure) {
    if (figure.everywhere) return;
    low = std::max(low, figure.points.front().ep_width);
    high =
        high == 1 ? figure.points.back().ep_width : std::min(high, figure.points.back().ep_width);
  };
  narrow(phase.latency);
  narrow(phase.bandwidth);
  return std::to_string(low) + " to " + std::to_string(high);
}

bool covers(const LinkPhase& phase, int ep_width) {
  return phase.latency.covers(ep_width) && phase.bandwidth.covers(ep_width);
}

std::string missing_figures(const Kernel& kernel, int ep_width) {
  const LinkPhase& short_one = covers(kernel.dispatch, ep_width) ? kernel.combine : kernel.dispatch;
  return kernel.name + " has figures for EP widths " + covered_widths(short_one) +
         " only, and none are invented beyond";
}

BrokenLimit indivisible(const Workload& workload, int slots, int ep_width) {
  const int more = workload.redundant_experts + ep_width - slots % ep_width;
  return {"experts_divide",
          std::to_string(slots) + " expert slots are not divisible by EP width " +
              std::to_string(ep_width),
          "redundant_experts: " + std::to_string(more) + " would make them so"};
}

}  // namespace

std::optional<BrokenLimit> width_limit(const Problem& problem, std::size_t kernel, int ep_width) {
  const Workload& workload = problem.workload;
  const Kernel& chosen = problem.fabric.kernels[kernel];
  if (problem.space.max_gpus && ep_width > *problem.space.max_gpus) {
    return BrokenLimit{"max_gpus",
                       "EP width " + std::to_string(ep_width) + " is above max_gpus, " +
                           std::to_string(*problem.space.max_gpus)};
  }
  if (const auto slots = expert_slots(workload); slots && *slots % ep_width != 0) {
    return indivisible(workload, *slots, ep_width);
  }
  if (!lists(chosen.limits.ep_widths, ep_width)) {
    return BrokenLimit{"kernel_ep_width",
                       chosen.name + " supports EP widths " + list_of(chosen.limits.ep_widths) +
                           ", not " + std::to_string(ep_width)};
  }
  if (!lists(chosen.limits.hidden_sizes, workload.hidden_size)) {
    return BrokenLimit{"kernel_hidden_size",
                       chosen.name + " is built for hidden sizes " +
                           list_of(chosen.limits.hidden_sizes) + ", not " +
                           std::to_string(workload.hidden_size)};
  }
  if (chosen.limits.max_top_k && workload.top_k > *chosen.limits.max_top_k) {
    return BrokenLimit{"kernel_top_k",
                       chosen.name + " takes top_k up to " +
                           std::to_string(*chosen.limits.max_top_k) + ", not " +
                           std::to_string(workload.top_k)};
  }
  if (!has_figures(chosen, ep_width)) {
    return BrokenLimit{"kernel_figures", missing_figures(chosen, ep_width)};
  }
  return std::nullopt;
}

bool has_figures(const Kernel& kernel, int ep_width) {
  if (ep_width == 1) return true;  // nothing is sent
  return covers(kernel.dispatch, ep_width) && covers(kernel.combine, ep_width);
}

std::optional<BrokenLimit> schedule_limit(const Problem& problem, const Config& config) {
  const double tokens = tokens_per_rank(problem.workload, config.ep_width);
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  if (config.overlap == Overlap::kDbo && tokens < 2.0) {
    return BrokenLimit{"dbo_tokens", "dbo needs at least 2 tokens per rank to split"};
  }
  if (config.chunks > tokens) {
    return BrokenLimit{"chunk_tokens",
                       std::to_string(config.chunks) + " chunks are more than the " +
                           format_count(tokens) + " tokens per rank"};
  }
  const double sent = largest_transfer(tokens, config);
  if (exceeds_transfer_limit(kernel.limits.max_tokens_per_rank, sent)) {
    return BrokenLimit{"max_tokens_per_rank",
                       kernel.name + " takes at most " +
                           format_count(*kernel.limits.max_tokens_per_rank) +
                           " tokens per rank in one transfer, not " + format_number(sent)};
  }
  return std::nullopt;
}

std::optional<BrokenLimit> step_limit(const Workload& workload, Seconds step) {
  if (!workload.tpot_limit || step <= *workload.tpot_limit) return std::nullopt;
  return BrokenLimit{
      "tpot",
      "a step takes " + format(step) + ", and slo.tpot allows " + format(*workload.tpot_limit)};
}

bool exceeds_transfer_limit(std::optional<int> max_tokens_per_rank, double tokens) {
  return max_tokens_per_rank && tokens > *max_tokens_per_rank + kRounding;
}

std::vector<int> candidate_widths(const Problem& problem) {
  constexpr int kNarrowest = 2;
  const SearchSpace& space = problem.space;
  if (!space.ep_widths.empty()) return space.ep_widths;
  const int slots = expert_slots(problem.workload).value_or(kDefaultMaxGpus);
  const int widest = std::max(kNarrowest, std::min(slots, space.max_gpus.value_or(slots)));
  std::vector<int> widths(static_cast<std::size_t>(widest - kNarrowest + 1));
  std::iota(widths.begin(), widths.end(), kNarrowest);
  return widths;
}

}  // namespace wideep
