#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engines/dbo_threshold.h"
#include "engines/runs.h"
#include "report/describe.h"
#include "report/layout_sections.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string none(const std::string& reason) {
  return "none: " + reason + ".";
}

/// "12 tokens. From there on", "any batch. There" and the like.
std::string stretch(double from, const std::optional<double>& until) {
  if (from < 1.0) {
    return until ? fmt::format("up to {} tokens. There", format_number(*until))
                 : "any batch. At every size";
  }
  return until ? fmt::format("{} to {} tokens. There", format_number(from), format_number(*until))
               : fmt::format("{} tokens. From there on", format_number(from));
}

/// Whether a threshold lies beyond any batch of an engine, and the batch in question does not: its
/// number would say nothing.
bool beyond_use(double threshold, double tokens) {
  return threshold > kLargestStep && tokens <= kLargestStep;
}

constexpr const char* kMoreThanAStep = "more tokens than a step of an engine holds";

std::string full_overlap(const Thresholds& thresholds, double tokens) {
  const Threshold<double>& from = thresholds.full_overlap_tokens;
  if (!from.value) return none(from.reason);
  if (beyond_use(*from.value, tokens)) {
    return fmt::format("{}: below, communication takes longer than compute.", kMoreThanAStep);
  }
  const auto& until = thresholds.full_overlap_until;
  const bool here = tokens >= *from.value && (!until || tokens < *until);
  return fmt::format(
      "{} compute takes longer than communication (here it {}), which DBO could then hide whole if "
      "splitting were free. No engine has a knob for it.",
      stretch(*from.value, until),
      here ? "does" : "does not");
}

/// Thresholds that differ by less are one.
constexpr double kVisibleRatio = 1.01;

/// Where a 50/50 split pays for some batches and not for larger ones.
std::string stretch_text(const Stretch& stretch) {
  return fmt::format(
      "{} to {} tokens", format_number(stretch.from), format_number(stretch.until.value_or(0.0)));
}

/// Why nobody need know from which batch DBO pays with this kernel; empty where somebody must.
std::string nobody_runs_dbo(const Problem& problem, const Prediction& prediction) {
  if (runs_dbo(problem, prediction.config.kernel)) return "";
  const Engine* const engine = engine_asked(problem);
  return fmt::format("{} runs DBO with {}.",
                     engine == nullptr ? "no engine" : "none: " + engine->name + " never",
                     problem.fabric.kernels[prediction.config.kernel].name);
}

/// The engine that was asked for where it has no threshold; else null.
const Engine* without_threshold(const Problem& problem) {
  const Engine* const engine = engine_asked(problem);
  const EngineMode* const mode = engine == nullptr ? nullptr : engine->mode(Overlap::kDbo);
  if (mode == nullptr) return nullptr;
  const bool decodes = problem.workload.traffic.phase == Phase::kDecode;
  return (decodes ? mode->decode_threshold : mode->prefill_threshold).empty() ? engine : nullptr;
}

std::string break_even(const Problem& problem, const Thresholds& thresholds, double tokens) {
  const Threshold<double>& any_split = thresholds.break_even_tokens;
  const Threshold<double>& half_split = thresholds.break_even_half_split_tokens;
  const auto& stretch = thresholds.half_split_stretch;
  if (stretch && !half_split.value) {
    return stretch_text(*stretch) + " at the 50/50 split of engines, and no larger batch.";
  }
  if (!any_split.value) return none(any_split.reason);
  if (!half_split.value) {
    return fmt::format("{} at the best split; at the 50/50 split of engines none: {}.",
                       beyond_use(*any_split.value, tokens)
                           ? kMoreThanAStep
                           : format_number(*any_split.value) + " tokens",
                       half_split.reason);
  }
  if (*half_split.value < 2.0) return "2 tokens: DBO is faster at every size that can be split.";
  const std::string also = stretch ? stretch_text(*stretch) + ", and from " : "";
  const auto set = engine_threshold(thresholds);
  if (!set) {
    return fmt::format("{}{}: leave DBO off {}.",
                       also,
                       kMoreThanAStep,
                       stretch ? "for other batches" : "with this kernel here");
  }
  const bool differ = *half_split.value > *any_split.value * kVisibleRatio;
  const Engine* const unset = without_threshold(problem);
  const std::string advice =
      unset != nullptr
          ? unset->name + " has no threshold"
          : fmt::format("Set the engine's DBO token threshold to {} (two equal halves)",
                        format_count(*set));
  return fmt::format("{}{} tokens{}. {}: below it DBO is {}slower than no overlap.",
                     also,
                     format_number(*half_split.value),
                     differ ? fmt::format(" at the 50/50 split of engines, {} at the best",
                                          format_number(*any_split.value))
                            : "",
                     advice,
                     stretch ? "otherwise " : "");
}

/// Which kernel is faster on which side; without the last full stop.
std::string crossover(const Problem& problem,
                      const Prediction& prediction,
                      const KernelCrossover& cross) {
  if (!cross.tokens.value) return "none: " + cross.tokens.reason;
  const auto& kernels = problem.fabric.kernels;
  // Of another kernel those SMs count that serve this batch fastest; at others V* is another.
  const auto named = [&](std::size_t kernel) {
    const bool other = kernel == cross.other;
    const int sms = other ? cross.other_sms : prediction.config.sms;
    return kernels[kernel].name + (sms == 0 ? "" : fmt::format(" on {} SMs", sms));
  };
  const auto side = [&](const std::optional<std::size_t>& kernel, std::string_view where) {
    return kernel ? fmt::format("{} is faster {}", named(*kernel), where)
                  : fmt::format("{} and {} cost the same {}",
                                named(prediction.config.kernel),
                                named(cross.other),
                                where);
  };
  if (beyond_use(*cross.tokens.value, prediction.config.tokens)) {
    return fmt::format("{}. {}", kMoreThanAStep, side(cross.below, "below"));
  }
  const bool both = cross.below && cross.above;
  return fmt::format("{} or {} tokens. {}, {}",
                     format(cross.dispatch_bytes),
                     format_number(*cross.tokens.value),
                     side(cross.below, "below"),
                     both ? named(*cross.above) + " above" : side(cross.above, "above"));
}

/// The same, and on which side the batch is.
std::string crossover_and_here(const Problem& problem,
                               const Prediction& prediction,
                               const KernelCrossover& cross) {
  const std::string text = crossover(problem, prediction, cross);
  const double here = prediction.config.tokens;
  if (!cross.tokens.value || beyond_use(*cross.tokens.value, here)) return text + ".";
  return fmt::format("{}; here V is {}.",
                     text,
                     prediction.config.chunks == 1 ? format(prediction.dispatch_volume)
                                                   : fmt::format("{}, sent in chunks of {}",
                                                                 format(prediction.dispatch_volume),
                                                                 format(prediction.chunk)));
}

/// Into which chunks cutting this batch pays.
std::string chunk_sizes(const ChunkPays& pays) {
  if (!pays.from.value) return none(pays.from.reason);
  return fmt::format("pay from {} (at most {} chunks here), best {} ({}).",
                     format(*pays.from.value),
                     format_count(pays.most),
                     format(*pays.best.value),
                     format_count(pays.best_count));
}

std::string chunk_bound(const Threshold<Bytes>& bound,
                        const Prediction& prediction,
                        std::string_view covers) {
  if (!bound.value) return none(bound.reason);
  if (*bound.value == Bytes(0.0)) return fmt::format("0 B. Any chunk covers {}.", covers);
  const double most = std::floor(prediction.dispatch_volume / *bound.value);
  const std::string advice = most < 1.0    ? "more than the whole batch here, so none does"
                             : most == 1.0 ? "at most 1 chunk here"
                             : most >= prediction.config.tokens
                                 ? "any number of chunks here"
                                 : "at most " + format_count(most) + " chunks here";
  return fmt::format(
      "{}. Smaller chunks do not cover {}: {}.", format(*bound.value), covers, advice);
}

bool is_zero(const Threshold<Bytes>& bound) {
  return bound.value == Bytes(0.0);
}

/// Which chunks pay, and which cover their transfers; of the latter bounds that any chunk meets,
/// nothing is said where they are met because each chunk reads the experts' weights again.
Text chunk_rows(const Prediction& prediction, const Thresholds& thresholds) {
  const auto& one = thresholds.chunk_lower_bound;
  const auto& both = thresholds.chunk_lower_bound_round_trip;
  const bool reads = prediction.active_experts > 0.0;
  Text rows = labelled("  Chunks", chunk_sizes(thresholds.chunk_pays));
  if (!reads || !is_zero(one)) {
    rows += labelled("  C one-way", chunk_bound(one, prediction, "one transfer"));
  }
  if (!reads || !is_zero(both)) {
    rows += labelled("  C two-way", chunk_bound(both, prediction, "dispatch and combine"));
  }
  return rows;
}

std::string short_break_even(const Problem& problem, const Thresholds& thresholds) {
  const Threshold<double>& any_split = thresholds.break_even_tokens;
  const Threshold<double>& half_split = thresholds.break_even_half_split_tokens;
  const auto& stretch = thresholds.half_split_stretch;
  if (stretch && !half_split.value) return stretch_text(*stretch) + ", and no larger batch.";
  if (!any_split.value) return none(any_split.reason);
  if (!half_split.value) return "none at the 50/50 split of engines.";
  if (*half_split.value < 2.0) return "2 tokens: at every size that can be split.";
  const std::string also = stretch ? stretch_text(*stretch) + ", and from " : "";
  const auto set = engine_threshold(thresholds);
  if (!set) return fmt::format("{}{}: leave DBO off.", also, kMoreThanAStep);
  const Engine* const unset = without_threshold(problem);
  return fmt::format("{}{} tokens: {}.",
                     also,
                     format_number(*half_split.value),
                     unset != nullptr ? unset->name + " has no threshold, so leave it off below"
                                      : "set the engine's threshold to " + format_count(*set));
}

std::string short_full_overlap(const Thresholds& thresholds, const Prediction& prediction) {
  const Threshold<double>& from = thresholds.full_overlap_tokens;
  const double tokens = prediction.config.tokens;
  if (!from.value && prediction.config.ep_width == 1) return none(from.reason);
  if (!from.value) return "none: communication takes longer at every size.";
  if (beyond_use(*from.value, tokens)) {
    return fmt::format("{}: communication takes longer.", kMoreThanAStep);
  }
  const auto& until = thresholds.full_overlap_until;
  const std::string where = *from.value < 1.0 ? "" : format_number(*from.value);
  const std::string batches = where.empty() && !until ? "any batch"
                              : where.empty()         ? "up to " + format_number(*until) + " tokens"
                              : until ? where + " to " + format_number(*until) + " tokens"
                                      : where + " tokens";
  return batches + ": compute takes longer than communication.";
}

std::string from_size(const Threshold<Bytes>& bound) {
  if (!bound.value) return "at no size";
  return *bound.value == Bytes(0.0) ? "at any size" : "from " + format(*bound.value);
}

Text heading(const Problem& problem, const Prediction& prediction) {
  const bool grouped = prediction.config.attention.ranks > 1;
  return plain_line(fmt::format("Thresholds at EP {} with {} (tokens are per {}; here {}{})",
                                prediction.config.ep_width,
                                problem.fabric.kernels[prediction.config.kernel].name,
                                grouped ? "attention group" : "rank",
                                grouped ? "" : "T = ",
                                format_number(prediction.config.tokens)),
                    Row::Tone::kHeading);
}

}  // namespace

Text threshold_table(const Problem& problem,
                     const Prediction& prediction,
                     const Thresholds& thresholds) {
  if (Text text = no_thresholds(prediction); !text.empty()) return text;
  const std::string nobody = nobody_runs_dbo(problem, prediction);
  const std::string from =
      nobody.empty() ? break_even(problem, thresholds, prediction.config.tokens) : nobody;
  return heading(problem, prediction) +
         labelled("  T*", full_overlap(thresholds, prediction.config.tokens)) +
         labelled("  DBO from", from) +
         labelled("  V*", crossover_and_here(problem, prediction, thresholds.kernel_crossover)) +
         chunk_rows(prediction, thresholds);
}

Text threshold_lines(const Problem& problem,
                     const Prediction& prediction,
                     const Thresholds& thresholds) {
  if (Text text = no_thresholds(prediction); !text.empty()) return text;
  const auto& one = thresholds.chunk_lower_bound;
  const auto& both = thresholds.chunk_lower_bound_round_trip;
  const bool always = prediction.active_experts > 0.0 && is_zero(one) && is_zero(both);
  const std::string nobody = nobody_runs_dbo(problem, prediction);
  return heading(problem, prediction) +
         labelled("  T*", short_full_overlap(thresholds, prediction)) +
         labelled("  DBO from", nobody.empty() ? short_break_even(problem, thresholds) : nobody) +
         labelled("  V*", crossover(problem, prediction, thresholds.kernel_crossover) + ".") +
         labelled("  Chunks", chunk_sizes(thresholds.chunk_pays)) +
         (always ? Text()
                 : labelled("  Chunk C",
                            fmt::format("experts cover one transfer {}, both {}.",
                                        from_size(one),
                                        from_size(both))));
}

}  // namespace wideep
