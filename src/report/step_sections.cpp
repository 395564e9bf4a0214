// What a step takes, and whether it fits into memory.
#include <fmt/format.h>

#include "engines/engine.h"
#include "report/describe.h"
#include "report/limit_text.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// ", 3 dense layers 1.2 ms", or nothing for what takes no time.
std::string part(const std::string& what, Seconds time) {
  return time == Seconds(0.0) ? "" : fmt::format(", {} {}", what, format(time));
}

std::string layers(int count, const char* kind) {
  return fmt::format("{} {}layer{}", count, kind, count == 1 ? "" : "s");
}

/// "58 MoE layers", or "58 MoE layers and 1 that drafts".
std::string moe_layers(const Workload& workload) {
  const int drafts = workload.traffic.drafting.tokens;
  std::string text = layers(workload.model.moe_layers, "MoE ");
  if (drafts > 0) text += fmt::format(" and {} that draft{}", drafts, drafts == 1 ? "s" : "");
  return text;
}

/// " (the fabric's)" of what a calibration says; what is stated or nobody's needs no word.
std::string_view of_fabric(ServingOrigin origin) {
  return origin == ServingOrigin::kFabric ? " (the fabric's)" : "";
}

std::string rate(const Prediction& prediction) {
  return fmt::format("{} tokens/s per GPU",
                     format_number(prediction.step.tokens_per_gpu_per_second));
}

std::string_view cache_type(const Problem& problem) {
  return word_of(kCacheTypeWords, problem.workload.figures.footprint->cache_element);
}

/// Where nothing but the layers, and what was stated beside them, is known.
Text stated_line(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  const Seconds other = workload.figures.outside.overhead;
  const bool only_layers = other == Seconds(0.0);
  if (workload.model.moe_layers == 1 && only_layers && prediction.step.lost == Seconds(0.0)) {
    return plain_line(fmt::format("One MoE layer, and so the step, takes {}: {}.",
                                  format(prediction.layer),
                                  rate(prediction)));
  }
  const bool measured = workload.figures.efficiency_origin == ServingOrigin::kFabric;
  return plain_line(fmt::format("A layer takes {}, a step of {}{} {}{}: {}.",
                                format(prediction.layer),
                                layers(workload.model.moe_layers, ""),
                                only_layers ? "" : " and " + format(other) + " more,",
                                format(prediction.step.total),
                                measured
                                    ? fmt::format(" at the fabric's serving_efficiency {}",
                                                  format_percent(efficiency_in_force(workload)))
                                    : "",
                                rate(prediction)));
}

/// What each engine has in place of the efficiency that holds where nobody names one.
std::string efficiencies_of_engines(const Problem& problem) {
  const Figures& figures = problem.workload.figures;
  if (figures.efficiency_origin != ServingOrigin::kDefault) return "";
  // Of one group alone it is the same with every engine.
  if (efficiency_in_force(problem.workload) != figures.outside.efficiency) return "";
  std::string text;
  for (const Engine& engine : engines()) {
    if (!engine.serving_efficiency) continue;
    text += fmt::format("{}{} {}",
                        text.empty() ? " (" : ", ",
                        engine.name,
                        format_percent(*engine.serving_efficiency));
  }
  return text.empty() ? text : text + ")";
}

}  // namespace

Text time_line(const Problem& problem, const Prediction& prediction) {
  const bool stated = problem.workload.figures.outside_origin == Origin::kStated;
  if (stated) return stated_line(problem, prediction);
  const StepTimes& step = prediction.step;
  const std::string latency =
      step.ttft ? "TTFT " + format(*step.ttft) : "TPOT " + format(step.tpot);
  return plain_line(fmt::format(
      "A layer takes {}; {}, {}.", format(prediction.layer), latency, rate(prediction)));
}

Text step(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  if (workload.figures.outside_origin == Origin::kStated) return {};
  const StepTimes& times = prediction.step;
  const int drafts = workload.traffic.drafting.tokens;
  std::string text = fmt::format(
      "{}: {} {}{}{}{}",
      format(times.total),
      moe_layers(workload),
      format(times.moe_layers),
      part(layers(workload.figures.outside.dense_layers, "dense "), times.dense_layers),
      part("head", times.head),
      part(fmt::format("overhead{}", of_fabric(workload.figures.overhead_origin)), times.overhead));
  const Engine* const engine = engine_asked(problem);
  text += part(fmt::format("what {} at serving_efficiency {}{}",
                           engine == nullptr ? "engines lose" : engine->name + " loses",
                           format_percent(efficiency_in_force(workload)),
                           of_fabric(workload.figures.efficiency_origin)),
               times.lost);
  text += ".";
  if (drafts > 0) {
    text += fmt::format(" {} drafted token{} a request and {} accepted: a request leaves with {}.",
                        drafts,
                        drafts == 1 ? "" : "s",
                        format_number(workload.traffic.drafting.accepted),
                        format_number(1.0 + workload.traffic.drafting.accepted));
  }
  if (times.head == Seconds(0.0)) text += " The head is not counted: no vocab_size.";
  return labelled("Step", text);
}

Text step_line(const Problem& problem, const Prediction& prediction) {
  if (problem.workload.figures.outside_origin == Origin::kStated) return {};
  const StepTimes& times = prediction.step;
  const Seconds rest = times.dense_layers + times.head + times.overhead;
  const Engine* const engine = engine_asked(problem);
  return labelled("Step",
                  fmt::format("{}: {} {}, the rest {}, over a serving efficiency of {}{}{}.",
                              format(times.total),
                              moe_layers(problem.workload),
                              format(times.moe_layers),
                              format(rest),
                              format_percent(efficiency_in_force(problem.workload)),
                              engine == nullptr ? "" : " (" + engine->name + ")",
                              efficiencies_of_engines(problem)));
}

Text memory_line(const Problem& problem, const ConfigReport& report) {
  if (!report.prediction.memory) {
    return labelled("Memory", "not checked: " + memory_unknown(problem) + ".");
  }
  const MemoryUse& use = *report.prediction.memory;
  const Batch& most = *report.largest_batch;
  return labelled(
      "Memory",
      fmt::format("{} of {}; {}.",
                  format(use.total()),
                  format(use.capacity),
                  most.tokens > 0 ? "up to " + batch_text(problem.workload, most) + " fit"
                                  : "nothing fits"));
}

Text memory(const Problem& problem, const ConfigReport& report) {
  if (!report.prediction.memory) {
    return labelled("Memory", "not checked: " + memory_unknown(problem) + ".");
  }
  const MemoryUse& use = *report.prediction.memory;
  const bool cached = problem.workload.figures.footprint->sequence.has_value();
  const Batch& most = *report.largest_batch;
  return labelled(
      "Memory",
      fmt::format("{} of {}: experts {}, other weights {}, {}, kernel buffers {}, activations {}, "
                  "reserved {}. {}{}.",
                  format(use.total()),
                  format(use.capacity),
                  format(use.expert_weights),
                  format(use.other_weights),
                  cached ? fmt::format("KV cache {} ({})", format(use.cache), cache_type(problem))
                         : "no KV cache, since no context is given",
                  format(use.buffers),
                  format(use.activations),
                  format(use.reserved),
                  most.tokens > 0 ? "The most that fits here is " : "Nothing fits here",
                  most.tokens > 0 ? batch_text(problem.workload, most) : ""));
}

}  // namespace wideep
