#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "model/problem.h"

namespace wideep::reference {

/// The model's formulas once more, in bare SI doubles and as directly as docs/model.md states them,
/// sharing nothing with src/model but the input structs.
struct Layer {
  double latency_d, latency_b;  // s
  double slope_d, slope_b;      // s per token
  double slope_e;               // s per token
};

inline Layer layer(const Workload& w, const Kernel& k, int p) {
  const double copies = static_cast<double>(w.top_k) * w.hidden_size;
  const auto bandwidth = [&](const LinkPhase& x) {
    return x.bandwidth.points.front().value.base() * x.efficiency;
  };
  double routed = w.top_k;
  if (const auto* t = std::get_if<TokensPerRank>(&w.tokens)) {
    if (t->expert_load == ExpertLoad::kSharedByRanks) routed /= p;
  }
  Layer l{};
  if (p > 1) {
    l.latency_d = k.dispatch.latency.points.front().value.base();
    l.latency_b = k.combine.latency.points.front().value.base();
    l.slope_d = copies * w.dispatch_element.base() / bandwidth(k.dispatch);
    l.slope_b = copies * w.combine_element.base() / bandwidth(k.combine);
  }
  l.slope_e = w.straggler_factor * routed * w.expert_time_per_token.base();
  return l;
}

inline int tokens(const Workload& w, int p) {
  if (const auto* g = std::get_if<GlobalTokens>(&w.tokens)) {
    return static_cast<int>(std::ceil(static_cast<double>(g->tokens) / p));
  }
  return std::get<TokensPerRank>(w.tokens).tokens;
}

inline double none(const Layer& l, double t) {
  return (l.latency_d + t * l.slope_d) + t * l.slope_e + (l.latency_b + t * l.slope_b);
}

inline double chunked(const Layer& l, double t, int m) {
  const double d = l.latency_d + t / m * l.slope_d;
  const double b = l.latency_b + t / m * l.slope_b;
  const double e = t / m * l.slope_e;
  return std::max({m * (d + b), m * d + e + b, d + m * e + b, d + e + m * b});
}

inline double dbo(const Layer& l, double t, double first, int m) {
  const double second = t - first;
  const double n1 = std::max(1.0, std::ceil(first / t * m - 1e-9));
  const double n2 = std::max(1.0, std::ceil(second / t * m - 1e-9));
  const double d1 = n1 * l.latency_d + first * l.slope_d;
  const double d2 = n2 * l.latency_d + second * l.slope_d;
  const double b1 = n1 * l.latency_b + first * l.slope_b;
  const double b2 = n2 * l.latency_b + second * l.slope_b;
  return b2 + d1 + std::max(first * l.slope_e, d2) + std::max(second * l.slope_e, b1);
}

inline double steady(const Layer& l, double t, Overlap overlap, int m) {
  const double comm = m * (l.latency_d + l.latency_b) + t * (l.slope_d + l.slope_b);
  const double compute = t * l.slope_e;
  return overlap == Overlap::kDbo ? std::max(comm, compute) : comm + compute;
}

/// Every integer configuration of the search space, no tricks.
template <class Visit>
void for_each(const Problem& p, const Visit& visit) {
  for (const int width : p.space.ep_widths) {
    const int t = tokens(p.workload, width);
    for (const std::size_t kernel : p.space.kernels) {
      const Layer l = layer(p.workload, p.fabric.kernels[kernel], width);
      const auto cap = p.fabric.kernels[kernel].limits.max_tokens_per_rank;
      const auto fits = [&](double sent) { return width == 1 || !cap || sent <= *cap + 1e-9; };
      const int most = std::min(p.space.max_chunks, t);
      for (const Overlap overlap : p.space.overlaps) {
        if (p.space.timing == Timing::kSteadyState) {
          if (overlap == Overlap::kChunk || (overlap == Overlap::kDbo && t < 2)) continue;
          for (int m = 1; m <= (overlap == Overlap::kDbo ? most : 1); ++m) {
            const bool halves = overlap == Overlap::kDbo;
            if (!fits(halves ? 0.5 * t / std::max(1.0, std::ceil(0.5 * m)) : t)) continue;
            const double first = overlap == Overlap::kDbo ? 0.5 * t : 0.0;
            visit(Config{width, kernel, overlap, m, first}, t, steady(l, t, overlap, m));
          }
        } else if (overlap == Overlap::kNone) {
          if (fits(t)) visit(Config{width, kernel, overlap, 1, 0.0}, t, none(l, t));
        } else if (overlap == Overlap::kChunk) {
          for (int m = 2; m <= most; ++m) {
            if (fits(static_cast<double>(t) / m)) {
              visit(Config{width, kernel, overlap, m, 0.0}, t, chunked(l, t, m));
            }
          }
        } else {
          for (int m = 1; m <= most; ++m) {
            for (int x = 1; x < t; ++x) {
              if (p.space.half_split && x != (t + 1) / 2) continue;
              const double n1 = std::max(1.0, std::ceil(static_cast<double>(x) / t * m - 1e-9));
              const double n2 = std::max(1.0, std::ceil(static_cast<double>(t - x) / t * m - 1e-9));
              if (!fits(x / n1) || !fits((t - x) / n2)) continue;
              visit(Config{width, kernel, overlap, m, static_cast<double>(x)}, t, dbo(l, t, x, m));
            }
          }
        }
      }
    }
  }
}

}  // namespace wideep::reference
