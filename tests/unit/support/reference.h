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
struct Link {
  double latency, slope, floor;  // s, s per token, s
  double held, held_per_token;   // s, s per token
  char law = ' ';                // the first letter of its name in example_laws.h
  double q = 0.0;                // s
  [[nodiscard]] double beyond(double t) const {
    return law == 'q'   ? q * t * t
           : law == 'r' ? q * std::sqrt(t)
           : law == 'w' ? q / (1.0 + t)
                        : 0.0;
  }
  [[nodiscard]] double time(double t, double n = 1.0) const {
    return std::max(n * floor, n * latency + t * slope) + n * beyond(t / n);
  }
  [[nodiscard]] double hold(double t, double n = 1.0) const {
    return n * held + t * held_per_token;
  }
};

struct Layer {
  Link d, b;
  double launch, read, fixed, slope_e;  // s, s, s, s per token
  double local, hit;                    // local experts; chance that a token hits a given one
  double group_tokens;                  // tokens of the group for each token of a rank
  bool dealt;                           // evenly, a routed token to each expert in turn
  double routed;                        // for each token of a rank
  double dense, dense_read, dense_flop, context;  // s, s, s per token, s per token
  double slow;
  int layers;

  [[nodiscard]] double e(double t) const {
    double active = local > 0.0 ? local * (1.0 - std::pow(1.0 - hit, t * group_tokens)) : 0.0;
    if (dealt && local > 0.0) active = std::min(local, t * routed);
    return launch + std::max(active * read, active * fixed + t * slope_e);
  }
  [[nodiscard]] double a(double t) const {
    return dense + std::max(dense_read, t * dense_flop) + t * context;
  }
};

inline double base(double value) {
  return value;
}

template <int S, int B, int F>
double base(Quantity<S, B, F> value) {
  return value.base();
}

/// A figure at one width: between two measured ones on the line over log width, else the nearest.
template <class Q>
double at(const ByWidth<Q>& table, int width) {
  const auto& points = table.points;
  double value = base(points.front().value);
  for (std::size_t i = 0; i < points.size() && !table.everywhere; ++i) {
    if (points[i].ep_width > width) break;
    value = base(points[i].value);
    if (i + 1 == points.size() || points[i + 1].ep_width <= width) continue;
    const double low = std::log(points[i].ep_width);
    const double high = std::log(points[i + 1].ep_width);
    value += (base(points[i + 1].value) - value) * (std::log(width) - low) / (high - low);
  }
  return value;
}

inline double at(const Bandwidth& x, const Config& c) {
  double value = std::numeric_limits<double>::infinity();
  if (x.cap) value = at(*x.cap, c.ep_width);
  if (x.per_sm) value = std::min(value, c.sms * at(*x.per_sm, c.ep_width));
  return value;
}

/// Expected distinct blocks of k experts drawn from all, by the chance that a block is missed.
inline double distinct(double experts, int k, double blocks) {
  double missed = 1.0;
  for (int i = 0; i < k; ++i) {
    missed *= std::max(0.0, experts - experts / blocks - i) / std::max(1.0, experts - i);
  }
  return blocks * (1.0 - missed);
}

inline Link link(const Problem& p, const LinkPhase& x, double element, const Config& c) {
  const Workload& w = p.workload;
  const Kernel& kernel = p.fabric.kernels[c.kernel];
  const double width = c.ep_width;
  const double g = p.fabric.gpus_per_domain;
  const double rho = w.traffic.off_domain_fraction.value_or(std::max(0.0, 1.0 - g / width));
  const double domains = std::max(1.0, width / g);
  const double slots = w.model.experts ? *w.model.experts + w.serving.redundant_experts : 0.0;
  const auto reach = [&](double blocks) {
    if (blocks <= 1.0) return 1.0;
    if (w.traffic.routing == Routing::kBalanced) return std::min(blocks, 1.0 * w.model.top_k);
    return w.model.experts ? distinct(slots, w.model.top_k, blocks)
                           : blocks * (1.0 - std::pow(1.0 - 1.0 / blocks, w.model.top_k));
  };
  double inside = (1.0 - rho) * w.model.top_k;
  double outside = rho * w.model.top_k;
  double all = w.model.top_k;
  if (kernel.copies == Copies::kPerRank) {
    all = reach(width);
    inside = (1.0 - rho) * all;
    outside = rho * all;
  } else if (kernel.copies == Copies::kPerDomain) {
    all = reach(domains);
    inside = reach(width);
    outside = all * (1.0 - 1.0 / domains);
  } else if (kernel.copies == Copies::kAllGather) {
    all = width - 1.0;
    inside = width - 1.0;
    outside = domains - 1.0;
  }
  const double copy = w.model.hidden_size * element + x.header.base();
  const double up = at(x.bandwidth, c) * x.efficiency;
  double slope = all * copy / up;
  if (x.scale_out) {
    slope = std::max(inside * copy / up, outside * copy / (at(*x.scale_out, c) * x.efficiency));
  }
  return {at(x.latency, c.ep_width),
          slope * w.traffic.comm_straggler_factor,
          at(x.floor, c.ep_width),
          at(x.sm_time, c.ep_width),
          at(x.sm_time_per_token, c.ep_width),
          x.law == nullptr ? ' ' : x.law->name.front(),
          at(x.law_figure, c.ep_width)};
}

inline Layer layer(const Problem& p, const Config& c) {
  const Workload& w = p.workload;
  double routed = w.model.top_k;
  if (const auto* t = std::get_if<TokensPerRank>(&w.traffic.tokens)) {
    if (t->expert_load == ExpertLoad::kSharedByRanks) routed /= c.ep_width;
  }
  Layer l{};
  if (c.ep_width > 1) {
    const Kernel& kernel = p.fabric.kernels[c.kernel];
    l.d = link(p, kernel.dispatch, w.traffic.dispatch_element.base(), c);
    l.b = link(p, kernel.combine, w.traffic.combine_element.base(), c);
  }
  l.dealt = w.traffic.routing == Routing::kBalanced;
  l.routed = routed;
  l.launch = w.figures.expert.launch.base();
  l.read = w.figures.expert.weight_read.base();
  l.fixed = w.figures.expert.fixed.base();
  l.slope_e = at(std::get<ByWidth<double>>(w.traffic.straggler.source), c.ep_width) * routed *
              w.figures.expert.per_token.base();
  if (w.model.experts && (l.read > 0.0 || l.fixed > 0.0)) {
    const double slots = *w.model.experts + w.serving.redundant_experts;
    l.local = slots / c.ep_width;
    l.hit = w.model.top_k / slots;
    l.group_tokens = routed * c.ep_width / w.model.top_k;
  }
  l.dense = w.figures.dense.fixed.base();
  l.dense_read = w.figures.dense.weight_read.base();
  l.dense_flop = w.figures.dense.compute_per_token.base();
  l.context = w.figures.dense.per_token.base();
  l.slow = p.fabric.gpu && c.sms > 0 && c.ep_width > 1
               ? static_cast<double>(*p.fabric.gpu->sms) / (*p.fabric.gpu->sms - c.sms)
               : 1.0;
  l.layers = w.model.moe_layers;
  return l;
}

inline int tokens(const Workload& w, int p) {
  if (const auto* g = std::get_if<GlobalTokens>(&w.traffic.tokens)) {
    return static_cast<int>(std::ceil(static_cast<double>(g->tokens) / p));
  }
  return std::get<TokensPerRank>(w.traffic.tokens).tokens;
}

inline double none(const Layer& l, double t) {
  return l.a(t) + l.d.time(t) + l.e(t) + l.b.time(t);
}

inline double chunked(const Layer& l, double t, int m) {
  const double d = l.d.time(t / m);
  const double b = l.b.time(t / m);
  const double e = l.slow * l.e(t / m) + l.d.hold(t / m) + l.b.hold(t / m);
  return l.a(t) + std::max({m * (d + b), m * d + e + b, d + m * e + b, d + e + m * b});
}

inline double dbo(const Layer& l, double t, double first, int m) {
  const double second = t - first;
  const double n1 = std::max(1.0, std::ceil(first / t * m - 1e-9));
  const double n2 = std::max(1.0, std::ceil(second / t * m - 1e-9));
  const double a1 = l.slow * l.a(first);
  const double b2 = l.b.time(second, n2);
  const double steady = std::max(a1 + l.b.hold(second, n2), b2);
  const double slots = steady +
                       std::max(l.slow * l.a(second) + l.d.hold(first, n1), l.d.time(first, n1)) +
                       std::max(l.slow * l.e(first) + l.d.hold(second, n2), l.d.time(second, n2)) +
                       std::max(l.slow * l.e(second) + l.b.hold(first, n1), l.b.time(first, n1));
  return (l.layers * slots - steady + a1 + b2) / l.layers;
}

inline double steady(const Layer& l, double t, Overlap overlap, int m) {
  const double comm = l.d.time(t, m) + l.b.time(t, m);
  const double compute = l.a(t) + l.e(t);
  return overlap == Overlap::kDbo ? std::max(comm, compute) : comm + compute;
}

/// Calls `visit` with every integer configuration of one choice of width, kernel and SMs.
template <class Visit>
void for_each_in(const Problem& p, Config c, const Visit& visit) {
  const int t = tokens(p.workload, c.ep_width);
  const Layer l = layer(p, c);
  const auto cap = p.fabric.kernels[c.kernel].limits.max_tokens_per_rank;
  const auto fits = [&](double sent) { return c.ep_width == 1 || !cap || sent <= *cap + 1e-9; };
  const int most = std::min(p.space.max_chunks, t);
  const auto found = [&](Overlap overlap, int m, double first, double time) {
    visit(Config{c.ep_width, c.kernel, overlap, m, first, c.sms}, t, time);
  };
  for (const Overlap overlap : p.space.overlaps) {
    if (p.space.timing == Timing::kSteadyState) {
      if (overlap == Overlap::kChunk || (overlap == Overlap::kDbo && t < 2)) continue;
      for (int m = 1; m <= (overlap == Overlap::kDbo ? most : 1); ++m) {
        const bool halves = overlap == Overlap::kDbo;
        if (!fits(halves ? 0.5 * t / std::max(1.0, std::ceil(0.5 * m)) : t)) continue;
        found(overlap, m, halves ? 0.5 * t : 0.0, steady(l, t, overlap, m));
      }
    } else if (overlap == Overlap::kNone) {
      if (fits(t)) found(overlap, 1, 0.0, none(l, t));
    } else if (overlap == Overlap::kChunk) {
      for (int m = 2; m <= most; ++m) {
        if (fits(static_cast<double>(t) / m)) found(overlap, m, 0.0, chunked(l, t, m));
      }
    } else {
      for (int m = 1; m <= most; ++m) {
        for (int x = 1; x < t; ++x) {
          if (p.space.half_split && x != (t + 1) / 2) continue;
          const double n1 = std::max(1.0, std::ceil(static_cast<double>(x) / t * m - 1e-9));
          const double n2 = std::max(1.0, std::ceil(static_cast<double>(t - x) / t * m - 1e-9));
          if (!fits(x / n1) || !fits((t - x) / n2)) continue;
          found(overlap, m, static_cast<double>(x), dbo(l, t, x, m));
        }
      }
    }
  }
}

/// Every integer configuration of the search space, no tricks.
template <class Visit>
void for_each(const Problem& p, const Visit& visit) {
  for (const int width : p.space.ep_widths) {
    for (const std::size_t kernel : p.space.kernels) {
      std::vector<int> sms = p.fabric.kernels[kernel].sms;
      if (sms.empty()) sms = {0};
      const double slots =
          p.workload.model.experts.value_or(0) + p.workload.serving.redundant_experts;
      if (p.workload.model.experts && static_cast<int>(slots) % width != 0) continue;
      for (const int n : sms) {
        for_each_in(p, Config{.ep_width = width, .kernel = kernel, .sms = n}, visit);
      }
    }
  }
}

}  // namespace wideep::reference
