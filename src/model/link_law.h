#pragma once

#include <string_view>

#include "model/exchange.h"
#include "units/quantity.h"

namespace wideep {

/// What the proof of an optimum and the thresholds may assume of the time of a transfer. Where
/// something does not hold, the dominance or the bound that rests on it is not used.
/// docs/search.md#laws
struct LawProperties {
  /// The same tokens in one transfer more never take less: m t(T/m) does not fall with m.
  bool chunks_only_cost = true;
  /// t(T) is the largest of functions that are concave for T > 0 and at least 0 at 0: two transfers
  /// take no less than one of both.
  bool concave = true;
  /// More tokens never take less.
  bool grows = true;

  friend constexpr LawProperties operator&(const LawProperties& a, const LawProperties& b) {
    return {.chunks_only_cost = a.chunks_only_cost && b.chunks_only_cost,
            .concave = a.concave && b.concave,
            .grows = a.grows && b.grows};
  }
  [[nodiscard]] constexpr bool all() const { return chunks_only_cost && concave && grows; }
};

/// What a law has of its own at one EP width.
struct LawFigures {
  Seconds time;              ///< 0: the law says nothing
  double tokens = 1.0;       ///< above 0; of no meaning to laws that need none
  Exchanges exchanges = {};  ///< of kCollectiveLaw

  friend bool operator==(const LawFigures&, const LawFigures&) = default;
};

/// What one transfer takes beyond the affine law max(F, L + T u), by figures of the law's own.
/// docs/adding.md#a-cost-law
struct LinkLaw {
  std::string_view name;
  /// Of a transfer of `tokens` >= 0; at least 0, and 0 where the figures' time is.
  Seconds (*beyond)(const LawFigures& figures, double tokens) = nullptr;
  LawProperties properties;  ///< of the whole: a test of the law checks them
  bool of_latency = false;   ///< whether reports count its time as latency: else as bandwidth
};

/// A pipeline that fills: R T / (T + T1), of which half is paid at T1 tokens. docs/model.md#links
inline constexpr LinkLaw kRampLaw{
    .name = "ramp",
    .beyond = [](const LawFigures& figures,
                 double tokens) { return tokens / (tokens + figures.tokens) * figures.time; },
    .properties = {},
    .of_latency = true};

/// Collectives, by their measured curves, of which the latency is that of the smallest message. No
/// batch that they send is cut. docs/model.md#collectives
inline constexpr LinkLaw kCollectiveLaw{
    .name = "collectives",
    .beyond =
        [](const LawFigures& figures, double tokens) {
          return exchange_time(figures.exchanges, tokens) - exchange_time(figures.exchanges, 0.0);
        },
    .properties = {.chunks_only_cost = false, .concave = false, .grows = true}};

}  // namespace wideep
