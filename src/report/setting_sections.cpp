// What the time of a configuration rests on: what was asked, the load, the kernel, the engine.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model/limits.h"
#include "report/describe.h"
#include "report/model_section.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// So near to all experts that a report says all.
constexpr double kAllExperts = 0.9995;

/// What would make attention count.
std::string attention_wanted(const Problem& problem) {
  if (!problem.workload.context) return "give context or attention_time";
  return problem.fabric.gpu
             ? "the model says nothing of it: give attention_time"
             : "the fabric has no gpu: set one, such as gpu=h100-sxm, or give attention_time";
}

/// What the kernel's SMs do to compute that overlaps it.
std::string sm_share(const Problem& problem, const Prediction& prediction) {
  if (prediction.config.overlap == Overlap::kNone || prediction.config.ep_width == 1) return "";
  if (prediction.slowdown > 1.0) {
    return fmt::format(" Compute is {} slower while the kernel holds its SMs.",
                       format_percent(prediction.slowdown - 1.0));
  }
  const Kernel& kernel = problem.fabric.kernels[prediction.config.kernel];
  const bool holds = !kernel.sms.empty() || prediction.busy.sm_held > Seconds(0.0);
  return holds ? "" : fmt::format(" {} is taken to hold no SMs.", kernel.name);
}

}  // namespace

std::string asked(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  const Fabric& fabric = problem.fabric;
  std::string text = workload.model.empty() ? "" : workload.model + " ";
  if (workload.context) text += workload.phase == Phase::kDecode ? "decode " : "prefill ";
  if (!fabric.name.empty()) text += "on " + fabric.name;
  if (fabric.gpu && !fabric.gpu->name.empty()) text += fmt::format(" ({})", fabric.gpu->name);
  text += fmt::format(
      "{}{} tokens per rank", text.empty() ? "" : ": ", format_count(prediction.tokens));
  if (workload.context) text += fmt::format(", context {}", format_count(*workload.context));
  return labelled("Asked", text + ".") + model_section(workload.read);
}

std::string load(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  const Straggler& straggler = workload.straggler;
  std::string text = fmt::format("straggler factor {} at EP {}",
                                 format_number(prediction.straggler_factor),
                                 prediction.config.ep_width);
  text += straggler.origin.empty() ? ", as stated" : ", from " + straggler.origin;
  if (straggler.p95) {
    text += fmt::format("; 95% of layers are below {}",
                        format_number(straggler.p95->at(prediction.config.ep_width)));
  }
  text += ".";
  if (prediction.active_experts > 0.0) {
    const double local = static_cast<double>(*expert_slots(workload)) / prediction.config.ep_width;
    text += prediction.active_experts > kAllExperts * local
                ? fmt::format(" A rank reads all {} of its experts", format_number(local))
                : fmt::format(" A rank reads {} of its {} experts",
                              format_number(prediction.active_experts),
                              format_number(local));
    text += fmt::format(", {} tokens each.",
                        format_number(prediction.routed_tokens / prediction.active_experts));
  }
  if (workload.expert_origin == Origin::kHardware) {
    text += " Expert time is from the fabric's gpu figures.";
  }
  return labelled("Load", text + sm_share(problem, prediction));
}

std::string attention(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  if (prediction.attention == Seconds(0.0)) {
    return labelled("Attention",
                    "not counted, so nothing hides beside it; " + attention_wanted(problem) + ".");
  }
  const std::string from = workload.dense_origin == Origin::kStated
                               ? "as stated"
                               : fmt::format("from the fabric's gpu figures, at a context of {}",
                                             format_count(*workload.context));
  return labelled(
      "Attention",
      fmt::format("and other dense work {} a layer, {}.", format(prediction.attention), from));
}

std::string traffic(const Prediction& prediction) {
  const std::string sent = prediction.sent_volume == prediction.layer_volume
                               ? ""
                               : fmt::format(" The kernel sends {} of it, {} beyond the domain.",
                                             format(prediction.sent_volume),
                                             format(prediction.sent_off_domain));
  return labelled(
      "Traffic",
      fmt::format("a rank's copies are V = {} in dispatch and {} in a layer; {} of that "
                  "leave the NVLink domain (rho = {}).{}",
                  format(prediction.dispatch_volume),
                  format(prediction.layer_volume),
                  format(prediction.off_domain_volume),
                  format_number(prediction.off_domain_share),
                  sent));
}

std::string token_convention(const Problem& problem, const Prediction& prediction) {
  const auto* per_rank = std::get_if<TokensPerRank>(&problem.workload.tokens);
  if (per_rank == nullptr) {
    return labelled(
        "Tokens",
        fmt::format("{} in the EP group, so {} per rank (rounded up) and {} routed "
                    "tokens on a rank (T*k).",
                    format_count(std::get<GlobalTokens>(problem.workload.tokens).tokens),
                    format_count(prediction.tokens),
                    format_number(prediction.routed_tokens)));
  }
  Problem other = problem;
  auto& other_tokens = std::get<TokensPerRank>(other.workload.tokens);
  other_tokens.expert_load = per_rank->expert_load == ExpertLoad::kPerRank
                                 ? ExpertLoad::kSharedByRanks
                                 : ExpertLoad::kPerRank;
  const Prediction elsewise = predict(other, prediction.config);
  return labelled("Tokens",
                  fmt::format("{} per rank, expert_load {}{}: {} routed tokens on a rank. With {} "
                              "it would be {}, and this configuration would take {} a layer.",
                              format_count(prediction.tokens),
                              name_of(per_rank->expert_load),
                              per_rank->stated ? "" : " (by default)",
                              format_number(prediction.routed_tokens),
                              name_of(other_tokens.expert_load),
                              format_number(elsewise.routed_tokens),
                              format(elsewise.layer)));
}

std::string engines(const Problem& problem,
                    const Prediction& prediction,
                    const Thresholds& thresholds) {
  switch (prediction.config.overlap) {
    case Overlap::kNone:
      return labelled("Runs on", "any engine that has the kernel.");
    case Overlap::kChunk:
      return labelled(
          "Runs on",
          "an engine or kernel that pipelines chunks against the experts (TensorRT-LLM's "
          "chunked MoE, fused kernels such as COMET). vLLM and SGLang know none and dbo "
          "only: set search.overlap=[none, dbo] for them.");
    case Overlap::kDbo:
      break;
  }
  const auto from = engine_threshold(thresholds);
  const char* const phase = problem.workload.phase == Phase::kDecode ? "decode" : "prefill";
  std::string text = "vLLM --enable-dbo";
  if (from && problem.space.timing == Timing::kSchedule) {
    text += fmt::format(" --dbo-{}-token-threshold {}", phase, *from);
  }
  text += ", SGLang --enable-two-batch-overlap.";
  Config half = prediction.config;
  half.first_tokens = std::ceil(prediction.tokens * 0.5);
  if (problem.space.timing == Timing::kSchedule &&
      std::abs(half.first_tokens - prediction.config.first_tokens) >= 1.0) {
    text += fmt::format(" They split 50/50, which takes {}.", format(predict(problem, half).layer));
  }
  return labelled("Runs on", text);
}

std::string timing(const Problem& problem, const Prediction& prediction) {
  if (problem.space.timing == Timing::kSchedule) return "";
  return labelled(
      "Timing",
      fmt::format("steady_state, a bound that leaves out ramps and second latencies. The "
                  "schedule of this configuration takes {}.",
                  format(prediction.scheduled)));
}

std::string warnings(const Problem& problem, const Prediction& prediction) {
  std::string text;
  const auto* tokens = std::get_if<TokensPerRank>(&problem.workload.tokens);
  if (tokens != nullptr && !tokens->stated) {
    text += labelled("Beware",
                     "expert_load is not stated, so T*k/P is assumed; where T is per rank, T*k is "
                     "right (see Tokens below).");
  }
  if (prediction.config.ep_width == 1 && !prediction.memory) {
    text += labelled("Beware",
                     "at EP 1 every expert is on one GPU; whether they fit in its memory is not "
                     "checked.");
  }
  if (prediction.attention == Seconds(0.0) && problem.workload.expert.per_expert()) {
    text += labelled("Beware",
                     "attention is not counted, and it decides what overlaps; " +
                         attention_wanted(problem) + ".");
  }
  const auto& footprint = problem.workload.footprint;
  if (footprint && problem.workload.drafting.tokens > 0 && footprint->draft_layers == 0) {
    text +=
        labelled("Beware",
                 "the model has no layer that drafts tokens (mtp_layers): its time is counted as "
                 "a layer's, its weights are not.");
  }
  for (const std::string& unused : unused_measurements(problem, prediction.config)) {
    text += labelled("Beware", unused + ".");
  }
  for (const std::string& beyond : beyond_range(problem, prediction.config)) {
    text += labelled("Beware", beyond + "; treat its times as rough.");
  }
  return text;
}

}  // namespace wideep
