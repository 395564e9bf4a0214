#include "report/sections.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model/layer_costs.h"
#include "report/describe.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr int kChartColumns = 40;
/// The rule holds while the longer of the two is at most this many times the shorter: then overlap
/// could still save a third of the layer.
constexpr double kBalanced = 2.0;

std::string bar(Seconds from, Seconds length, Seconds whole, char mark) {
  const auto columns = [&](Seconds time) {
    return static_cast<std::size_t>(std::lround(time / whole * kChartColumns));
  };
  const std::size_t start = columns(from);
  return std::string(start, ' ') + std::string(columns(from + length) - start, mark);
}

std::string chart_row(const char* label, Seconds time, const std::string& bars) {
  const bool empty = bars.find_first_not_of(' ') == std::string::npos;
  return fmt::format("  {:<10} {:>10}{}\n", label, format(time), empty ? "" : "  " + bars);
}

std::string share_of(Seconds part, Seconds whole) {
  return format_percent(part / whole);
}

std::string_view chunk_term_text(ChunkTerm term) {
  switch (term) {
    case ChunkTerm::kLink:
      return "the link never rests; only fewer bytes or latencies help";
    case ChunkTerm::kDispatch:
      return "all dispatches, then the last chunk's experts and combine";
    case ChunkTerm::kExperts:
      return "the experts never rest once the first chunk has arrived";
    case ChunkTerm::kCombine:
      break;
  }
  return "the first chunk's dispatch and experts, then all combines";
}

std::string busiest(const Problem& problem, const Prediction& prediction) {
  const Config& config = prediction.config;
  const BusyTimes& busy = prediction.busy;
  const Seconds link = busy.dispatch + busy.combine;
  if (config.overlap == Overlap::kChunk) {
    const LayerCosts costs =
        layer_costs(problem.workload, problem.fabric.kernels[config.kernel], config.ep_width);
    const auto terms = chunk_terms(costs, prediction.tokens, config.chunks);
    const auto longest = std::max_element(terms.begin(), terms.end()) - terms.begin();
    return std::string(chunk_term_text(static_cast<ChunkTerm>(longest))) + ".";
  }
  const bool link_binds = link > busy.experts;
  const std::string share = fmt::format("link busy {}, experts {} of the layer",
                                        share_of(link, prediction.layer),
                                        share_of(busy.experts, prediction.layer));
  return fmt::format("{}; {} bind.", share, link_binds ? "transfers" : "the experts");
}

}  // namespace

std::string time_line(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  const bool only_layers = workload.other_step_time == Seconds(0.0);
  if (workload.moe_layers == 1 && only_layers) {
    return fmt::format("One MoE layer, and so the step, takes {}: {} tokens/s per GPU.\n",
                       format(prediction.layer),
                       format_number(prediction.tokens_per_gpu_per_second));
  }
  return fmt::format("A layer takes {}, a step of {} layer{}{} {}: {} tokens/s per GPU.\n",
                     format(prediction.layer),
                     workload.moe_layers,
                     workload.moe_layers == 1 ? "" : "s",
                     only_layers ? "" : " and " + format(workload.other_step_time) + " more,",
                     format(prediction.step),
                     format_number(prediction.tokens_per_gpu_per_second));
}

std::string gain_line(const Prediction& prediction) {
  const Seconds saved = prediction.no_overlap - prediction.layer;
  const std::string bound =
      fmt::format("no schedule can take less than {}", format(prediction.dbo_bound));
  if (prediction.config.overlap == Overlap::kNone) {
    return fmt::format("Nothing overlaps; {}.\n", bound);
  }
  return fmt::format("Overlap {} {} of {}; {}.\n",
                     saved < Seconds(0.0) ? "loses" : "saves",
                     format_percent(std::abs(saved / prediction.no_overlap)),
                     format(prediction.no_overlap),
                     bound);
}

std::string time_chart(const Prediction& prediction) {
  const BusyTimes& busy = prediction.busy;
  const Seconds whole = busy.total();
  const Seconds hidden = whole - prediction.layer;
  std::string text = "Where the time goes (one layer)\n";
  text += chart_row("dispatch", busy.dispatch, bar(Seconds(0.0), busy.dispatch, whole, '#'));
  text += chart_row("experts", busy.experts, bar(busy.dispatch, busy.experts, whole, '#'));
  text += chart_row(
      "combine", busy.combine, bar(busy.dispatch + busy.experts, busy.combine, whole, '#'));
  const Seconds shown = std::max(hidden, Seconds(0.0));
  if (prediction.config.overlap != Overlap::kNone) {
    text += chart_row("- hidden", shown, bar(whole - shown, shown, whole, '-'));
  }
  text += chart_row("= layer", prediction.layer, bar(Seconds(0.0), whole - shown, whole, '='));
  return text;
}

std::string dbo_rule(const Prediction& prediction) {
  const Seconds shorter = std::min(prediction.expert, prediction.comm);
  const Seconds longer = std::max(prediction.expert, prediction.comm);
  if (shorter == Seconds(0.0)) {
    return labelled("DBO rule", "nothing is sent, so nothing can overlap.");
  }
  const double factor = longer / shorter;
  const char* const verdict =
      factor <= kBalanced ? "They are within a factor of 2, where DBO has most to hide"
                          : "They are more than a factor of 2 apart, where DBO has little to hide";
  return labelled(
      "DBO rule",
      fmt::format("experts take {}, communication {}, a ratio of {}. {}: perfect overlap "
                  "would hide {} of the layer.",
                  format(prediction.expert),
                  format(prediction.comm),
                  format_number(prediction.expert / prediction.comm),
                  verdict,
                  share_of(shorter, prediction.no_overlap)));
}

std::string binding(const Problem& problem, const Prediction& prediction) {
  return labelled("Binds", busiest(problem, prediction));
}

std::string traffic(const Prediction& prediction) {
  return labelled("Traffic",
                  fmt::format("a rank sends V = {} in dispatch and {} in a layer; {} of that leave "
                              "the NVLink domain (rho = {}).",
                              format(prediction.dispatch_volume),
                              format(prediction.layer_volume),
                              format(prediction.off_domain_volume),
                              format_number(prediction.off_domain_share)));
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

std::string engines(const Problem& problem, const Prediction& prediction) {
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
  std::string text = "vLLM --enable-dbo, SGLang --enable-two-batch-overlap.";
  Config half = prediction.config;
  half.first_tokens = std::ceil(prediction.tokens * 0.5);
  if (problem.space.timing == Timing::kSchedule &&
      half.first_tokens != prediction.config.first_tokens) {
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
  if (prediction.config.ep_width == 1) {
    text += labelled("Beware",
                     "at EP 1 every expert is on one GPU; whether they fit in its memory is not "
                     "checked.");
  }
  return text;
}

}  // namespace wideep
