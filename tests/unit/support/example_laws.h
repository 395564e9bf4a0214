#pragma once

#include <cmath>

#include "model/fabric.h"

// Laws of transfers as docs/adding.md#a-cost-law adds them.
namespace wideep {

/// Congestion that grows with the square of a transfer: x = q T^2, with q for its figure.
inline constexpr LinkLaw kQuadratic{
    .name = "quadratic",
    .beyond = [](const LawFigures& of, double tokens) { return tokens * tokens * of.time; },
    .properties = {.chunks_only_cost = false, .concave = false, .grows = true}};

/// What piles up at first and less later: x = q sqrt(T).
inline constexpr LinkLaw kRoot{
    .name = "root",
    .beyond = [](const LawFigures& of, double tokens) { return std::sqrt(tokens) * of.time; },
    .properties = {}};

/// Small transfers that wait for company: x = q / (1 + T).
inline constexpr LinkLaw kWaiting{
    .name = "waiting",
    .beyond = [](const LawFigures& of, double tokens) { return of.time / (1.0 + tokens); },
    .properties = {.chunks_only_cost = true, .concave = false, .grows = false}};

inline void put_law(const LinkLaw& law, double figure_s, Kernel& kernel) {
  for (LinkPhase* phase : {&kernel.dispatch, &kernel.combine}) {
    phase->law = &law;
    phase->law_time = ByWidth<Seconds>::constant(Seconds(figure_s));
  }
}

}  // namespace wideep
