#include "model/limits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "model/kernel_buffers.h"
#include "model/memory.h"
#include "model/overlap.h"
#include "model/transfers.h"
#include "model/unevenness.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

template <class T>
bool lists(const std::vector<T>& allowed, const T& value) {
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

std::string list_of(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
  return text;
}

std::string text_of(const FittedRange& range) {
  return range.low == range.high ? format_count(range.low)
                                 : format_count(range.low) + " to " + format_count(range.high);
}

/// The widths that every table among figures covers; high 0: there is no table.
struct Coverage {
  int low = 1;
  int high = 0;

  template <class Q>
  void narrow(const ByWidth<Q>& figure) {
    if (figure.everywhere) return;
    const int last = figure.points.back().ep_width;
    low = std::max(low, figure.points.front().ep_width);
    high = high == 0 ? last : std::min(high, last);
  }
  void narrow(const Bandwidth& bandwidth) {
    if (bandwidth.cap) narrow(*bandwidth.cap);
    if (bandwidth.per_sm) narrow(*bandwidth.per_sm);
  }
  [[nodiscard]] bool covers(int ep_width) const {
    return high == 0 || (low <= ep_width && ep_width <= high);
  }
  [[nodiscard]] std::string text() const {
    return low > high ? "none in common" : text_of(FittedRange{low, high});
  }
};

Coverage bandwidth_coverage(const Kernel& kernel) {
  Coverage coverage;
  for (const LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
    coverage.narrow(phase->bandwidth);
    if (phase->scale_out) coverage.narrow(*phase->scale_out);
  }
  return coverage;
}

Coverage latency_coverage(const Kernel& kernel) {
  Coverage coverage;
  for (const LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
    coverage.narrow(phase->latency);
    coverage.narrow(phase->floor);
  }
  return coverage;
}

BrokenLimit indivisible(const Workload& workload, int slots, int ep_width) {
  const int more = workload.serving.redundant_experts + ep_width - slots % ep_width;
  return {"experts_divide",
          std::to_string(slots) + " expert slots are not divisible by EP width " +
              std::to_string(ep_width),
          "redundant_experts: " + std::to_string(more) + " would make them so"};
}

}  // namespace

bool is_of_width(const BrokenLimit& limit) {
  constexpr std::array<std::string_view, 5> kRules = {
      "max_gpus", "experts_divide", "kernel_ep_width", "kernel_figures", "kernel_latencies"};
  return std::find(kRules.begin(), kRules.end(), limit.rule) != kRules.end();
}

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
  if (ep_width == 1) return std::nullopt;  // no kernel runs
  if (!lists(chosen.limits.ep_widths, ep_width)) {
    return BrokenLimit{"kernel_ep_width",
                       chosen.name + " supports EP widths " + list_of(chosen.limits.ep_widths) +
                           ", not " + std::to_string(ep_width)};
  }
  if (!lists(chosen.limits.hidden_sizes, workload.model.hidden_size)) {
    return BrokenLimit{"kernel_hidden_size",
                       chosen.name + " is built for hidden sizes " +
                           list_of(chosen.limits.hidden_sizes) + ", not " +
                           std::to_string(workload.model.hidden_size)};
  }
  if (chosen.limits.max_top_k && workload.model.top_k > *chosen.limits.max_top_k) {
    return BrokenLimit{"kernel_top_k",
                       chosen.name + " takes top_k up to " +
                           std::to_string(*chosen.limits.max_top_k) + ", not " +
                           std::to_string(workload.model.top_k)};
  }
  if (!has_figures(chosen, ep_width)) {
    return BrokenLimit{"kernel_figures",
                       chosen.name + " has bandwidths for EP widths " +
                           bandwidth_coverage(chosen).text() +
                           " only, and none are invented beyond"};
  }
  return std::nullopt;
}

std::optional<BrokenLimit> search_limit(const Problem& problem, std::size_t kernel, int ep_width) {
  if (auto limit = width_limit(problem, kernel, ep_width)) return limit;
  const Kernel& chosen = problem.fabric.kernels[kernel];
  const Coverage latencies = latency_coverage(chosen);
  const bool asked_for = !problem.space.ep_widths.empty();
  if (asked_for || ep_width == 1 || latencies.covers(ep_width)) return std::nullopt;
  return BrokenLimit{"kernel_latencies",
                     chosen.name + " has latencies for EP widths " + latencies.text() + " only",
                     "list the width in search.ep_width to price it with the nearest one's"};
}

bool has_figures(const Kernel& kernel, int ep_width) {
  if (ep_width == 1) return true;  // nothing is sent
  return bandwidth_coverage(kernel).covers(ep_width);
}

std::optional<BrokenLimit> schedule_limit(const Problem& problem, const Config& config) {
  const int tokens = config.tokens;
  if (config.overlap == Overlap::kDbo && tokens < 2) {
    return BrokenLimit{"dbo_tokens", "dbo needs at least 2 tokens per rank to split"};
  }
  if (config.chunks > tokens) {
    return BrokenLimit{"chunk_tokens",
                       std::to_string(config.chunks) + " chunks are more than the " +
                           format_count(tokens) + " tokens per rank"};
  }
  const double sent = largest_transfer(config);
  if (auto limit = transfer_limit(problem, config, sent)) return limit;
  if (auto limit = buffer_limit(problem, config)) return limit;
  return memory_limit(problem, config);
}

std::vector<std::string> unused_measurements(const Problem& problem, const Config& config) {
  std::vector<std::string> found;
  const Workload& workload = problem.workload;
  if (const auto& measured = problem.fabric.straggler_factor) {
    constexpr double kAlike = 0.01;
    const double ours = straggler_factor(workload, config);
    const double theirs = measured->at(config.ep_width);
    if (std::abs(ours / theirs - 1.0) > kAlike) {
      found.push_back("the workload's straggler factor " + format_number(ours) +
                      " stands in place of the measured " + format_number(theirs) +
                      " of the calibration; --set straggler_factor=null takes that");
    }
  }
  if (problem.fabric.experts_measured && workload.figures.expert_origin == Origin::kStated) {
    found.push_back("the workload states the experts' time, so that the calibration's is not used");
  }
  return found;
}

std::vector<std::string> beyond_range(const Problem& problem, const Config& config) {
  std::vector<std::string> found;
  const Workload& workload = problem.workload;
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const std::string width = "EP " + std::to_string(config.ep_width);
  if (config.ep_width > 1) {
    const Coverage latencies = latency_coverage(kernel);
    const auto& widths = kernel.fitted_ep_widths;
    if (!latencies.covers(config.ep_width)) {
      found.push_back(width + " is beyond the fitted widths " + latencies.text() + " of " +
                      kernel.name + ": its latency is taken as at the nearest of them");
    } else if (widths && !widths->holds(config.ep_width)) {
      found.push_back(width + " is beyond the fitted " +
                      (widths->low == widths->high ? "width " : "widths ") + text_of(*widths) +
                      " of " + kernel.name);
    }
    const double sent = largest_transfer(config);
    if (kernel.fitted_tokens && !kernel.fitted_tokens->holds(sent)) {
      found.push_back(format_number(sent) + " tokens in a transfer are beyond the fitted " +
                      text_of(*kernel.fitted_tokens) + " of " + kernel.name);
    }
    if (kernel.fitted_sms && config.sms > 0 && !kernel.fitted_sms->holds(config.sms)) {
      found.push_back(std::to_string(config.sms) + " SMs are beyond the fitted " +
                      text_of(*kernel.fitted_sms) + " of " + kernel.name);
    }
  }
  const bool overlapped = config.overlap != Overlap::kNone;
  if (overlapped && config.sms > 0 && !problem.fabric.gpu) {
    found.push_back(kernel.name + " holds " + std::to_string(config.sms) +
                    " SMs, and without gpu.sms compute is not slowed for them");
  }
  if (!straggler_reaches(workload, config.ep_width)) {
    found.push_back("the straggler factor has no value at " + width +
                    " and is taken as at the nearest width");
  }
  if (const auto noise = even_straggler_factor(workload, config)) {
    const double gamma = straggler_factor(workload, config);
    if (gamma < *noise) {
      found.push_back("the counts' straggler factor " + format_number(gamma) +
                      " is of averages over many steps; one step of even routing has " +
                      format_number(*noise));
    }
  }
  if (const auto slots = expert_slots(workload); slots && workload.figures.expert.per_expert()) {
    const double routed = config.tokens * routed_per_token(workload, config.ep_width);
    const double per_expert = routed * config.ep_width / *slots;
    if (per_expert < 1.0) {
      found.push_back(format_number(per_expert) +
                      " tokens per expert are below the 1 from which expert figures are fitted");
    }
  }
  return found;
}

std::optional<BrokenLimit> step_limit(const Workload& workload, Seconds tpot) {
  if (!workload.slo.tpot || tpot <= *workload.slo.tpot) return std::nullopt;
  const bool drafts = workload.traffic.drafting.tokens > 0;
  return BrokenLimit{"tpot",
                     (drafts ? "a token of a request takes " : "a step takes ") + format(tpot) +
                         ", and slo.tpot allows " + format(*workload.slo.tpot)};
}

std::vector<int> candidate_widths(const Problem& problem) {
  constexpr int kNarrowest = 2;
  constexpr int kWidest = 16'384;  // that search.ep_width takes
  const SearchSpace& space = problem.space;
  if (!space.ep_widths.empty()) return space.ep_widths;
  const auto known = expert_slots(problem.workload);
  const int slots = known.value_or(kDefaultMaxGpus);
  const int widest =
      std::max(kNarrowest, std::min({slots, kWidest, space.max_gpus.value_or(kWidest)}));
  std::vector<int> widths(static_cast<std::size_t>(widest - kNarrowest + 1));
  std::iota(widths.begin(), widths.end(), kNarrowest);
  const auto divides = [&](int width) { return slots % width == 0; };
  // Where none divide the slots, all of them say why nothing is feasible.
  if (known && std::any_of(widths.begin(), widths.end(), divides)) {
    std::erase_if(widths, [&](int width) { return !divides(width); });
  }
  return widths;
}

}  // namespace wideep
