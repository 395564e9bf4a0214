#include "report/sections.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "model/limits.h"
#include "report/describe.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr int kChartColumns = 40;
/// The rule holds while the longer of the two is at most this many times the shorter: then overlap
/// could still save a third of the layer.
constexpr double kBalanced = 2.0;
/// More tokens per rank than engines put into a step, prefill included.
constexpr double kLargestBatch = 65'536.0;
/// Share of a layer that is worth a word.
constexpr double kNotable = 0.005;
/// So near to all experts that a report says all.
constexpr double kAllExperts = 0.9995;

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

struct TermWords {
  std::string_view bound;  ///< of a layer that it bounds
  std::string_view what;
};

/// In the order of Term.
constexpr std::array<TermWords, kTermCount> kTermWords = {
    {{"communication bound", "bytes on the link"},
     {"latency bound", "latencies of transfers"},
     {"weight bound", "reading expert weights"},
     {"compute bound", "expert arithmetic"},
     {"launch bound", "the experts' launch"},
     {"attention bound", "attention and dense work"},
     {"SM bound", "transfers that hold every SM"}}};

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

std::optional<double> engine_threshold(const Thresholds& thresholds) {
  const auto& half = thresholds.break_even_half_split_tokens.value;
  if (!half || *half > kLargestBatch) return std::nullopt;
  return 2.0 * (std::floor(*half / 2.0) + 1.0);
}

namespace {

/// "from 78 tokens", "from 23 to 216 tokens"; empty where no batch in use is large enough.
std::string pays_from(const Thresholds& thresholds, double tokens) {
  const auto& stretch = thresholds.half_split_stretch;
  const auto from = engine_threshold(thresholds);
  if (stretch && (!from || tokens < *stretch->until)) {
    return fmt::format("from {} to {} tokens",
                       format_count(std::ceil(stretch->from)),
                       format_count(std::floor(*stretch->until)));
  }
  return from ? fmt::format("from {} tokens", format_count(*from)) : "";
}

}  // namespace

std::string gain_line(const Problem& problem,
                      const Prediction& prediction,
                      const Thresholds& thresholds) {
  const Config& config = prediction.config;
  const auto& modes = problem.space.overlaps;
  const bool dbo_meant = problem.space.timing == Timing::kSchedule &&
                         std::find(modes.begin(), modes.end(), Overlap::kDbo) != modes.end() &&
                         config.ep_width > 1;
  const std::string from = pays_from(thresholds, prediction.tokens);
  const std::string bound = fmt::format("(bound {})", format(prediction.dbo_bound));
  if (config.overlap == Overlap::kNone) {
    if (!dbo_meant) return fmt::format("Nothing overlaps {}.\n", bound);
    return from.empty() ? fmt::format("Nothing overlaps; DBO pays at no batch here {}.\n", bound)
                        : fmt::format("Nothing overlaps; DBO would pay {} {}.\n", from, bound);
  }
  const Seconds saved = prediction.no_overlap - prediction.layer;
  const bool pays = config.overlap == Overlap::kDbo && dbo_meant && !from.empty();
  return fmt::format("Overlap {} {} of {}{} {}.\n",
                     saved < Seconds(0.0) ? "loses" : "saves",
                     format_percent(std::abs(saved / prediction.no_overlap)),
                     format(prediction.no_overlap),
                     pays ? fmt::format("; DBO pays {}", from) : "",
                     bound);
}

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
  return labelled("Asked", text + ".");
}

std::string time_chart(const Prediction& prediction) {
  const BusyTimes& busy = prediction.busy;
  const Seconds whole = busy.total();
  const Seconds hidden = whole - prediction.layer;
  std::string text = "Where the time goes (one layer)\n";
  Seconds from;
  const auto stage = [&](const char* label, Seconds time, bool optional) {
    if (optional && time == Seconds(0.0)) return;
    text += chart_row(label, time, bar(from, time, whole, '#'));
    from = from + time;
  };
  stage("attention", busy.attention, true);
  stage("dispatch", busy.dispatch, false);
  stage("experts", busy.experts, false);
  stage("combine", busy.combine, false);
  stage("SMs held", busy.sm_held, true);
  const Seconds shown = std::max(hidden, Seconds(0.0));
  if (prediction.config.overlap != Overlap::kNone) {
    text += chart_row("- hidden", shown, bar(whole - shown, shown, whole, '-'));
  }
  text += chart_row("= layer", prediction.layer, bar(Seconds(0.0), whole - shown, whole, '='));
  return text;
}

std::string dbo_rule(const Prediction& prediction) {
  const Seconds compute = prediction.attention + prediction.expert;
  const Seconds shorter = std::min(compute, prediction.comm);
  const Seconds longer = std::max(compute, prediction.comm);
  if (shorter == Seconds(0.0)) {
    return labelled("DBO rule", "nothing is sent, so nothing can overlap.");
  }
  const char* const verdict = longer / shorter <= kBalanced
                                  ? "within a factor of 2, where DBO has most to hide"
                                  : "more than a factor of 2 apart, where DBO has little to hide";
  return labelled("DBO rule",
                  fmt::format("{} {}, communication {}: a ratio of {}, {}.",
                              prediction.attention > Seconds(0.0) ? "attention and experts take"
                                                                  : "experts take",
                              format(compute),
                              format(prediction.comm),
                              format_number(compute / prediction.comm),
                              verdict));
}

std::string split_balance(const Prediction& prediction) {
  if (prediction.config.overlap != Overlap::kDbo) return "";
  const BusyTimes& busy = prediction.busy;
  std::string parts;
  const auto add = [&](const char* what, Seconds more) {
    if (more < kNotable * prediction.layer) return;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", what, format(more));
  };
  add("attention", busy.attention - prediction.attention);
  add("experts", busy.experts - prediction.expert);
  add("transfers", busy.dispatch + busy.combine - prediction.comm);
  add("SMs held", busy.sm_held);
  const Seconds cost = std::max(Seconds(0.0), busy.total() - prediction.no_overlap);
  const Seconds hidden = std::max(Seconds(0.0), busy.total() - prediction.layer);
  const Seconds net = prediction.no_overlap - prediction.layer;
  return labelled("Split",
                  fmt::format("two micro-batches cost {} more{}; overlap hides {}: {} {}.",
                              format(cost),
                              parts.empty() ? "" : " (" + parts + ")",
                              format(hidden),
                              net < Seconds(0.0) ? "a loss of" : "a gain of",
                              format(net < Seconds(0.0) ? Seconds(0.0) - net : net)));
}

std::string_view bound_of(const Prediction& prediction) {
  return kTermWords[static_cast<std::size_t>(largest_term(prediction.exposed))].bound;
}

std::string binding(const Prediction& prediction) {
  constexpr double kVisible = 0.01;
  std::array<std::size_t, kTermCount> order{};
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto& exposed = prediction.exposed.of;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return exposed[a] > exposed[b];
  });
  std::string shares;
  for (const std::size_t term : order) {
    const double share = exposed[term] / prediction.layer;
    if (share < kVisible) break;
    shares += fmt::format(
        "{}{} {}", shares.empty() ? "" : ", ", format_percent(share), kTermWords[term].what);
  }
  return labelled("Binds", fmt::format("{}: of the layer {}.", bound_of(prediction), shares));
}

std::string load(const Problem& problem, const Prediction& prediction) {
  const Workload& workload = problem.workload;
  const Straggler& straggler = workload.straggler;
  std::string text = fmt::format("straggler factor {} at EP {}",
                                 format_number(prediction.straggler_factor),
                                 prediction.config.ep_width);
  if (!straggler.origin.empty()) text += fmt::format(", from {}", straggler.origin);
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
      fmt::format("with shared experts {} a layer, {}.", format(prediction.attention), from));
}

std::string memory() {
  return labelled("Memory", "not modelled: whether weights and caches fit is not checked.");
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
  if (prediction.config.ep_width == 1) {
    text += labelled("Beware",
                     "at EP 1 every expert is on one GPU; whether they fit in its memory is not "
                     "checked.");
  }
  if (prediction.attention == Seconds(0.0) && problem.workload.expert.per_expert()) {
    text += labelled("Beware",
                     "attention is not counted, and it decides what overlaps; " +
                         attention_wanted(problem) + ".");
  }
  for (const std::string& beyond : beyond_range(problem, prediction.config)) {
    text += labelled("Beware", beyond + "; treat its times as rough.");
  }
  return text;
}

}  // namespace wideep
