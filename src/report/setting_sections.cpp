// What the time of a configuration rests on: what was asked, the load, the kernel, the engine.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engines/engine.h"
#include "engines/rules.h"
#include "model/unevenness.h"
#include "report/describe.h"
#include "report/model_section.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// So near to all experts that a report says all.
constexpr double kAllExperts = 0.9995;

/// What the kernel's SMs do to compute that overlaps it.
std::string sm_share(const Problem& problem, const Prediction& prediction) {
  const Overlap overlap = prediction.config.overlap;
  if (!cuts_batch(overlap) || prediction.config.ep_width == 1) return "";
  if (prediction.slowdown > 1.0) {
    return fmt::format(" Compute is {} slower while the kernel holds its SMs.",
                       format_percent(prediction.slowdown - 1.0));
  }
  const Kernel& kernel = problem.fabric.kernels[prediction.config.kernel];
  const bool holds = !kernel.sms.empty() || prediction.busy.sm_held > Seconds(0.0);
  return holds ? "" : fmt::format(" {} is taken to hold no SMs.", kernel.name);
}

Text load(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  const Straggler& straggler = workload.traffic.straggler;
  std::string text = fmt::format("straggler factor {} at EP {}",
                                 format_number(prediction.straggler_factor),
                                 prediction.config.ep_width);
  text += straggler.origin.empty() ? ", as stated" : ", from " + straggler.origin;
  if (const auto p95 = straggler_p95(workload, prediction.config)) {
    text += fmt::format("; 95% of layers are below {}", format_number(*p95));
  }
  text += ".";
  if (prediction.active_experts > 0.0) {
    const double local = static_cast<double>(*expert_slots(workload)) / prediction.config.ep_width;
    text += local == 1.0 ? " A rank reads its only expert"
            : prediction.active_experts > kAllExperts * local
                ? fmt::format(" A rank reads all {} of its experts", format_number(local))
                : fmt::format(" A rank reads {} of its {} experts",
                              format_number(prediction.active_experts),
                              format_number(local));
    text += fmt::format(", {} tokens each.",
                        format_number(prediction.routed_tokens / prediction.active_experts));
  }
  if (prediction.is_fused()) {
    text += " The fused kernel's time is from its own figures.";
  } else if (workload.figures.expert_origin == Origin::kHardware) {
    text += " Expert time is from the fabric's gpu figures.";
  }
  return labelled("Load", text + sm_share(problem, prediction));
}

Text attention(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  if (prediction.attention == Seconds(0.0)) {
    return labelled("Attention",
                    "not counted, so nothing hides beside it; " + attention_wanted(problem) + ".");
  }
  const std::string from = workload.figures.dense_origin == Origin::kStated
                               ? "as stated"
                               : fmt::format("from the fabric's gpu figures, at a context of {}",
                                             format_count(*workload.traffic.context));
  return labelled(
      "Attention",
      fmt::format("and other dense work {} a layer, {}.", format(prediction.attention), from));
}

Text traffic(const Prediction& prediction) {
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

Text token_convention(const Problem& problem, const ConfigReport& report) {
  const Prediction& prediction = report.prediction;
  if (!report.other_load) {
    return labelled(
        "Tokens",
        fmt::format("{} in the EP group, so {} per rank (rounded up) and {} routed "
                    "tokens on a rank (T*k).",
                    format_count(std::get<GlobalTokens>(problem.workload.traffic.tokens).tokens),
                    format_count(prediction.tokens),
                    format_number(prediction.routed_tokens)));
  }
  const auto& used = std::get<TokensPerRank>(problem.workload.traffic.tokens);
  return labelled("Tokens",
                  fmt::format("{} per rank, expert_load {}{}: {} routed tokens on a rank. With {} "
                              "it would be {}, and this configuration would take {} a layer.",
                              format_count(prediction.tokens),
                              name_of(used.expert_load),
                              used.stated ? "" : " (by default)",
                              format_number(prediction.routed_tokens),
                              name_of(report.other_load->load),
                              format_number(report.other_load->routed_tokens),
                              format(report.other_load->layer)));
}

Text timing(const Problem& problem, const Prediction& prediction) {
  if (problem.space.timing == Timing::kSchedule) return {};
  return labelled(
      "Timing",
      fmt::format("steady_state, a bound that leaves out ramps and second latencies. The "
                  "schedule of this configuration takes {}.",
                  format(prediction.scheduled)));
}

std::string count_text(double tokens) {
  return tokens == std::floor(tokens) ? format_count(tokens) : format_number(tokens);
}

std::string count_of_tokens(double tokens) {
  return fmt::format("{} token{}", count_text(tokens), tokens == 1.0 ? "" : "s");
}

}  // namespace

Text asked(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  const Fabric& fabric = problem.fabric;
  std::string text = workload.model.name.empty() ? "" : workload.model.name + " ";
  text += name_of(workload.traffic.phase);
  if (const Engine* const engine = engine_asked(problem)) text += " with " + engine->name;
  if (!fabric.name.empty()) text += " on " + fabric.name;
  if (fabric.gpu && !fabric.gpu->name.empty()) text += fmt::format(" ({})", fabric.gpu->name);
  if (workload.traffic.choice) {
    text += ": the batch of most tokens/s per GPU";
    if (workload.slo.tpot) text += fmt::format(", TPOT up to {}", format(*workload.slo.tpot));
    if (workload.slo.ttft) text += fmt::format(", a prompt in {}", format(*workload.slo.ttft));
  } else if (const auto* const global = std::get_if<GlobalTokens>(&workload.traffic.tokens)) {
    text += fmt::format(": {} of the whole group as stated, {} per rank",
                        count_of_tokens(global->tokens),
                        count_text(prediction.tokens));
  } else {
    text += fmt::format(": {} per rank", count_of_tokens(prediction.tokens));
  }
  const auto& context = workload.traffic.context;
  if (context) text += fmt::format(", context {}", format_count(*context));
  return labelled("Asked", text + ".") + model_section(workload.figures.read);
}

Text settings(const Problem& problem, const ConfigReport& report, const Thresholds& thresholds) {
  const Prediction& here = report.prediction;
  return step(problem, here) + memory(problem, report) + load(problem, here) +
         attention(problem, here) +
         labelled("Runs on", runs_on(problem, report, thresholds) + ".") + traffic(here) +
         timing(problem, here) + token_convention(problem, report);
}

Text warnings(const ConfigReport& report) {
  Text text;
  for (const Warning& warning : report.warnings) text += labelled("Beware", warning.message + ".");
  return text;
}

}  // namespace wideep
