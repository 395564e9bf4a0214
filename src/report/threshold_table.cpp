#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "report/describe.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::string none(const std::string& reason) {
  return "none: " + reason + ".";
}

std::string full_overlap(const Threshold<double>& from, double tokens) {
  if (!from.value) return none(from.reason);
  return fmt::format(
      "{} tokens. From there on the experts take longer than communication, so that DBO's steady "
      "state hides it all; here they {}.",
      format_number(*from.value),
      tokens >= *from.value ? "do" : "do not");
}

std::string break_even(const Threshold<double>& any_split, const Threshold<double>& half_split) {
  if (!any_split.value) return none(any_split.reason);
  if (*half_split.value == 0.0) return "2 tokens: DBO is faster at every size that can be split.";
  const std::string half =
      *half_split.value > *any_split.value
          ? fmt::format(", {} at the 50/50 split of engines", format_number(*half_split.value))
          : "";
  return fmt::format(
      "{} tokens{}. Set the engine's DBO token threshold to {}: below it DBO is slower than no "
      "overlap.",
      format_number(*any_split.value),
      half,
      format_count(2.0 * (std::floor(*half_split.value / 2.0) + 1.0)));  // even: halves are equal
}

std::string crossover(const Fabric& fabric, const KernelCrossover& cross, Bytes volume) {
  if (!cross.tokens.value) return none(cross.tokens.reason);
  return fmt::format("{} or {} tokens. {} is faster below, {} above; here V is {}.",
                     format(cross.dispatch_bytes),
                     format_number(*cross.tokens.value),
                     fabric.kernels[cross.below].name,
                     fabric.kernels[cross.above].name,
                     format(volume));
}

std::string chunk_bound(const Threshold<Bytes>& bound, Bytes volume, std::string_view covers) {
  if (!bound.value) return none(bound.reason);
  if (*bound.value == Bytes(0.0)) return fmt::format("0 B. Any chunk covers {}.", covers);
  const double most = std::floor(volume / *bound.value);
  const std::string advice = most < 1.0    ? "more than the whole batch here, so none does"
                             : most == 1.0 ? "at most 1 chunk here"
                                           : "at most " + format_count(most) + " chunks here";
  return fmt::format(
      "{}. Smaller chunks do not cover {}: {}.", format(*bound.value), covers, advice);
}

}  // namespace

std::string threshold_table(const Problem& problem,
                            const Prediction& prediction,
                            const Thresholds& thresholds) {
  const Bytes volume = prediction.dispatch_volume;
  const auto& [full, even, half, cross, one_way, two_way] = thresholds;
  return fmt::format("Thresholds at EP {} with {} (tokens are per rank; here T = {})\n",
                     prediction.config.ep_width,
                     problem.fabric.kernels[prediction.config.kernel].name,
                     format_count(prediction.tokens)) +
         labelled("  T*", full_overlap(full, prediction.tokens)) +
         labelled("  DBO from", break_even(even, half)) +
         labelled("  V*", crossover(problem.fabric, cross, volume)) +
         labelled("  C one-way", chunk_bound(one_way, volume, "one transfer")) +
         labelled("  C two-way", chunk_bound(two_way, volume, "dispatch and combine"));
}

}  // namespace wideep
