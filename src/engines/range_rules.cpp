// Figures that are used where they were not measured, and measurements that are not used.
// docs/model.md#ranges
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "engines/rules.h"
#include "model/coverage.h"
#include "model/overlap.h"
#include "model/unevenness.h"
#include "model/words.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string text_of(const FittedRange& range) {
  return format_range(range.low, range.high);
}

void unused_measurements(const Problem& problem, const Prediction& at, Messages& messages) {
  const Workload& workload = problem.workload;
  if (const auto& measured = problem.fabric.straggler_factor) {
    constexpr double kAlike = 0.01;
    const double ours = at.straggler_factor;
    const double theirs = measured->at(at.config.ep_width);
    if (std::abs(ours / theirs - 1.0) > kAlike) {
      messages.push_back(
          fmt::format("the workload's straggler factor {} stands in place of the measured {} of "
                      "the calibration; --set straggler_factor=null takes that",
                      format_number(ours),
                      format_number(theirs)));
    }
  }
  const auto stands = [&](const char* key, ServingOrigin origin, bool measured) {
    if (!measured || origin != ServingOrigin::kStated) return;
    messages.push_back(fmt::format(
        "the workload states {0}, so that the fabric's is not used; --set {0}=null takes that",
        key));
  };
  stands("serving_efficiency",
         workload.figures.efficiency_origin,
         problem.fabric.serving_efficiency.has_value());
  stands(
      "step_overhead", workload.figures.overhead_origin, problem.fabric.step_overhead.has_value());
  if (problem.fabric.experts_measured && workload.figures.expert_origin == Origin::kStated) {
    messages.emplace_back(
        "the workload states the experts' time, so that the calibration's is not used");
  }
}

/// How far figures may be off that were scaled to widths beyond the fitted ones.
std::string scaled_text(const Kernel& kernel) {
  if (!kernel.uncertainty) return "";
  constexpr double kPercent = 100.0;
  return fmt::format(": scaled, and within {}%", format_number(kPercent * *kernel.uncertainty));
}

/// What of the kernel's figures lies outside the range that they were measured in.
void beyond_kernel(const Problem& problem, const Config& config, Messages& messages) {
  const Kernel& kernel = problem.fabric.kernels[config.kernel];
  const int width = config.ep_width;
  const Coverage latencies = latency_coverage(kernel);
  const auto& widths = kernel.fitted_ep_widths;
  if (!latencies.covers(width)) {
    messages.push_back(
        fmt::format("EP {} is beyond the fitted widths {} of {}: its latency is taken as at the "
                    "nearest of them",
                    width,
                    text_of(latencies),
                    kernel.name));
  } else if (widths && !widths->holds(width)) {
    messages.push_back(fmt::format("EP {} is beyond the fitted width{} {} of {}{}",
                                   width,
                                   widths->low == widths->high ? "" : "s",
                                   text_of(*widths),
                                   kernel.name,
                                   scaled_text(kernel)));
  }
  const auto weights = problem.workload.model.shape.weights;
  const auto& fitted = kernel.fitted_weights;
  if (weights && !fitted.empty() &&
      std::find(fitted.begin(), fitted.end(), *weights) == fitted.end()) {
    messages.push_back(fmt::format("experts are in {}, and {} was measured with {}",
                                   name_of(*weights),
                                   kernel.name,
                                   name_of(fitted.front())));
  }
  const double sent = largest_transfer(config);
  if (kernel.fitted_tokens && !kernel.fitted_tokens->holds(sent)) {
    messages.push_back(fmt::format("{} token{} in a transfer {} beyond the fitted {} of {}",
                                   format_number(sent),
                                   sent == 1.0 ? "" : "s",
                                   sent == 1.0 ? "is" : "are",
                                   text_of(*kernel.fitted_tokens),
                                   kernel.name));
  }
  if (kernel.fitted_sms && config.sms > 0 && !kernel.fitted_sms->holds(config.sms)) {
    messages.push_back(fmt::format("{} SMs are beyond the fitted {} of {}",
                                   config.sms,
                                   text_of(*kernel.fitted_sms),
                                   kernel.name));
  }
}

/// The same of the straggler factor and the experts.
void beyond_load(const Problem& problem, const Prediction& at, Messages& messages) {
  const Workload& workload = problem.workload;
  const Config& config = at.config;
  if (!straggler_reaches(workload, config.ep_width)) {
    messages.push_back(fmt::format(
        "the straggler factor has no value at EP {} and is taken as at the nearest width",
        config.ep_width));
  }
  const double most = most_straggler_factor(workload, config.ep_width);
  const auto& source = workload.traffic.straggler.source;
  if (std::holds_alternative<ByWidth<double>>(source) && at.straggler_factor > most) {
    messages.push_back(fmt::format(
        "a straggler factor of {} cannot be at EP {}, where {}",
        format_number(at.straggler_factor),
        config.ep_width,
        config.ep_width == 1 ? "one rank carries everything"
                             : fmt::format("the busiest rank carries at most {} times the mean",
                                           format_number(most))));
  }
  const auto noise = even_straggler_factor(workload, config);
  if (noise && at.straggler_factor < *noise) {
    messages.push_back(
        fmt::format("the counts' straggler factor {} is of averages over many steps; one step of "
                    "even routing has {}",
                    format_number(at.straggler_factor),
                    format_number(*noise)));
  }
  const auto slots = expert_slots(workload);
  if (!slots || !workload.figures.expert.per_expert()) return;
  const double routed = config.tokens * routed_per_token(workload, config);
  const double per_expert = routed * config.ep_width / *slots;
  if (per_expert < 1.0) {
    messages.push_back(
        fmt::format("{} tokens per expert are below the 1 from which expert figures are fitted",
                    format_number(per_expert)));
  }
}

void beyond_range(const Problem& problem, const Prediction& at, Messages& messages) {
  const Kernel& kernel = problem.fabric.kernels[at.config.kernel];
  if (at.config.ep_width > 1 || kernel.fused) beyond_kernel(problem, at.config, messages);
  const bool overlapped = cuts_batch(at.config.overlap);
  if (overlapped && at.config.sms > 0 && !problem.fabric.gpu) {
    messages.push_back(
        fmt::format("{} holds {} SMs, and without gpu.sms compute is not slowed for them",
                    kernel.name,
                    at.config.sms));
  }
  beyond_load(problem, at, messages);
  for (std::string& message : messages) message += "; treat its times as rough";
}

constexpr std::array<Rule, 2> kRangeRules = {
    {{"measurement_unused", Grade::kAdvice, Subject::kSearch, "", unused_measurements},
     {"beyond_fitted_range", Grade::kAdvice, Subject::kSearch, "measure there", beyond_range}}};

}  // namespace

std::span<const Rule> range_rules() {
  return kRangeRules;
}

}  // namespace wideep
