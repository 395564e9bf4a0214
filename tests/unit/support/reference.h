#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

#include "model/problem.h"

namespace wideep::reference {

/// The model's formulas once more, in bare SI doubles and as directly as docs/model.md states them,
/// sharing nothing with src/model but the input structs.
struct Link {
  double latency, slope, floor;    // s, s per token, s
  double held, held_per_token;     // s, s per token
  std::string_view law = {};       // its name, in example_laws.h but for the ramp
  double q = 0.0, q_tokens = 1.0;  // s, tokens
  [[nodiscard]] double beyond(double t) const {
    return law == "quadratic" ? q * t * t
           : law == "root"    ? q * std::sqrt(t)
           : law == "waiting" ? q / (1.0 + t)
           : law == "ramp"    ? q * t / (t + q_tokens)
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
  bool counted;                         // whether the experts' time counts those that are active
  // Of dense work: s, s, s per token, s per token.
  struct Dense {
    double fixed, read, flop, context;
    [[nodiscard]] double time(double t) const {
      return fixed + std::max(read, t * flop) + t * context;
    }
  };
  Dense prep, core, gate, shared;
  double slow;
  int layers;
  // Of single-batch overlap: the last GEMM's share, experts on the rank, SMs, signals on SM100.
  double down, pieces, sms;
  bool signals;
  // Of a fused kernel: its launch, and for each active expert, token and token again; exponent.
  double start, fused_read, fused_flop, fused_copy, power;

  [[nodiscard]] double active(double t) const {
    if (dealt && local > 0.0) return std::min(local, t * routed);
    return local > 0.0 ? local * (1.0 - std::pow(1.0 - hit, t * group_tokens)) : 0.0;
  }
  [[nodiscard]] double e(double t) const {
    const double n = counted ? active(t) : 0.0;
    return launch + std::max(n * read, n * fixed + t * slope_e);
  }
  [[nodiscard]] double a(double t) const { return prep.time(t) + core.time(t) + gate.time(t); }
  [[nodiscard]] double sh(double t) const { return shared.time(t); }
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
  double up = at(x.bandwidth, c) * x.efficiency;
  // Experts on each SM, and SMs that run.
  double on_sms = 0.0;
  double running = 0.0;
  if (x.experts && slots > 0.0 && p.fabric.gpu) {
    on_sms = std::ceil(slots / *p.fabric.gpu->sms);
    running = std::ceil(slots / on_sms);
    if (x.experts->per_sm) up = std::min(up, running * x.experts->per_sm->base() * x.efficiency);
  }
  double slope = all * copy / up;
  if (x.scale_out) {
    slope = std::max(inside * copy / up, outside * copy / (at(*x.scale_out, c) * x.efficiency));
  }
  double latency = at(x.latency, c.ep_width);
  slope *= w.traffic.comm_straggler_factor;
  if (on_sms > 0.0) {
    latency += (on_sms - 1.0) * x.experts->latency_each.base();
    if (on_sms > 1.5) latency += x.experts->latency_several.base();
    slope = std::max(slope, x.experts->token_time.base() / running);
  }
  return {latency,
          slope,
          at(x.floor, c.ep_width),
          at(x.sm_time, c.ep_width),
          at(x.sm_time_per_token, c.ep_width),
          x.law == nullptr ? "" : x.law->name,
          at(x.law_time, c.ep_width),
          at(x.law_tokens, c.ep_width)};
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
  l.counted = w.model.experts && (l.read > 0.0 || l.fixed > 0.0);
  l.pieces = 1.0;
  if (w.model.experts) {
    const double slots = *w.model.experts + w.serving.redundant_experts;
    l.local = slots / c.ep_width;
    l.hit = w.model.top_k / slots;
    l.group_tokens = routed * c.ep_width / w.model.top_k;
    l.pieces = std::max(1.0, std::floor(slots / c.ep_width));
  }
  const double matrices = w.model.shape.expert_matrices.value_or(3);
  l.down = 1.0 / matrices;
  l.sms = p.fabric.gpu ? *p.fabric.gpu->sms : 0.0;
  l.signals = w.model.shape.weights == WeightType::kNvfp4;
  if (const auto& fused = p.fabric.kernels[c.kernel].fused) {
    const double elements = matrices * w.model.hidden_size * *w.model.shape.expert_size;
    const double four_bits = w.model.shape.weights == WeightType::kMxfp4 ? 17.0 / 32 : 9.0 / 16;
    const double gamma = at(std::get<ByWidth<double>>(w.traffic.straggler.source), c.ep_width);
    l.start = fused->launch.base() + c.ep_width * fused->launch_per_rank.base();
    l.fused_read = elements * four_bits / fused->read.base();
    l.fused_flop = gamma * routed * 2.0 * elements / fused->rate.base();
    l.fused_copy = c.ep_width == 1
                       ? 0.0
                       : std::max(gamma, w.traffic.comm_straggler_factor) * routed *
                             w.model.hidden_size * (33.0 / 32 + 2.0) / fused->bandwidth.base();
    l.power = fused->exponent;
  }
  const auto dense = [](const DenseWork& work) {
    return Layer::Dense{work.fixed.base(),
                        work.weight_read.base(),
                        work.compute_per_token.base(),
                        work.per_token.base()};
  };
  l.prep = dense(w.figures.dense.prep);
  l.core = dense(w.figures.dense.core);
  l.core.fixed += c.launch_time.base();
  l.gate = dense(w.figures.dense.gate);
  l.shared = dense(w.figures.dense.shared);
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

inline bool beside_combine(Schedule s) {
  return s == Schedule::kVllmLl || s == Schedule::kVllmHt;
}

inline double none(const Layer& l, double t, Schedule s) {
  const double d = l.d.time(t);
  const double b = l.b.time(t);
  if (l.sh(t) == 0.0) return l.a(t) + d + l.e(t) + b;
  if (s == Schedule::kInOrder) return l.a(t) + l.sh(t) + d + l.e(t) + b;
  const double sh = l.slow * l.sh(t);
  return beside_combine(s) ? l.a(t) + d + l.e(t) + std::max(b, sh + l.b.hold(t))
                           : l.a(t) + std::max(d, sh + l.d.hold(t)) + l.e(t) + b;
}

/// Combine sends each expert's tokens as soon as its last GEMM has computed them.
inline double single_batch(const Layer& l, double t, Schedule s) {
  const bool hopper = s == Schedule::kSglangSboSm90;
  const double slow = l.sms == 0.0 ? 1.0 : l.sms / (l.sms - (hopper ? 3.0 : 32.0));
  const double alone = hopper || l.signals ? l.down * (l.e(t) - l.launch) : 0.0;
  const double down = slow * alone;
  const double b = l.b.time(t);
  const double sent = std::max(down / l.pieces + b, down + l.b.time(t / l.pieces));
  if (!hopper) {
    return l.a(t) + l.d.time(t) + l.e(t) - alone + std::max(sent, down + slow * l.sh(t));
  }
  const double sh = l.sh(t) == 0.0 ? 0.0 : l.slow * l.sh(t) + l.d.hold(t);
  return l.a(t) + std::max(l.d.time(t), sh) + l.e(t) - alone + sent;
}

/// Dense work, then the one kernel: `bound` where its longest part counts alone.
inline double fused(const Layer& l, double t, bool bound) {
  const double x[] = {l.active(t) * l.fused_read, t * l.fused_flop, t * l.fused_copy};
  const double most = std::max({x[0], x[1], x[2]});
  double sum = 0.0;
  for (const double part : x) sum += std::pow(part / most, l.power);
  return l.a(t) + l.sh(t) + l.start + (bound ? most : most * std::pow(sum, 1.0 / l.power));
}

inline double chunked(const Layer& l, double t, int m) {
  const double d = l.d.time(t / m);
  const double b = l.b.time(t / m);
  const double e = l.slow * l.e(t / m) + l.d.hold(t / m) + l.b.hold(t / m);
  return l.a(t) + l.sh(t) + std::max({m * (d + b), m * d + e + b, d + m * e + b, d + e + m * b});
}

/// As docs/model.md#schedules has them, half by half.
inline double dbo(const Layer& l, double t, double first, int m, Schedule s) {
  const double x[] = {first, t - first};
  double p[2], c[2], a[2], sh[2], e[2], d[2], b[2], hd[2], hb[2];
  for (int i = 0; i < 2; ++i) {
    const double n = std::max(1.0, std::ceil(x[i] / t * m - 1e-9));
    p[i] = l.slow * l.prep.time(x[i]);
    c[i] = l.slow * (l.core.time(x[i]) + l.gate.time(x[i]));
    a[i] = p[i] + c[i];
    sh[i] = l.slow * l.sh(x[i]);
    e[i] = l.slow * l.e(x[i]);
    d[i] = l.d.time(x[i], n);
    b[i] = l.b.time(x[i], n);
    hd[i] = l.d.hold(x[i], n);
    hb[i] = l.b.hold(x[i], n);
  }
  const double n = l.layers;
  const auto max = [](double u, double v) { return std::max(u, v); };
  const double begin = max(a[1] + hd[0], d[0]) + max(e[0] + hd[1], d[1]);
  if (s == Schedule::kVllmLl) {
    const double each = begin + max(sh[0] + e[1] + hb[0], b[0]);
    const double over = max(sh[1] + a[0] + hb[1], b[1]);
    return (a[0] + n * each + (n - 1) * over + max(sh[1], b[1])) / n;
  }
  if (s == Schedule::kSglangDecode) {
    const double each = max(sh[0] + p[1] + hd[0], d[0]) + e[0] + max(c[1] + hb[0], b[0]) + e[1];
    const double over = max(sh[1] + p[0] + hd[1], d[1]) + max(c[0] + hb[1], b[1]);
    return (a[0] + n * each + (n - 1) * over + max(sh[1], d[1]) + b[1]) / n;
  }
  // From where experts 2 and combine 1 begin, together.
  const double e2 = e[1] + hb[0];
  const double b2_done = max(e2, b[0]) + b[1];
  if (s == Schedule::kVllmHt) {
    const double a1_done = max(e2 + sh[0] + sh[1], b[0]) + a[0] + hb[1];
    const double end = max(e2 + sh[0] + sh[1], b2_done);
    return (a[0] + n * begin + (n - 1) * max(a1_done, b2_done) + end) / n;
  }
  const double a1_done = max(e2 + sh[0], b[0]) + a[0] + hb[1];
  const double a2_done = max(a1_done + sh[1], b2_done) + a[1] + hd[0];
  const double d1_done = max(a1_done, b2_done) + d[0];
  const double end = max(max(e2 + sh[0], b[0]) + sh[1], b2_done);
  return (a[0] + max(a[1] + hd[0], d[0]) + n * max(e[0] + hd[1], d[1]) +
          (n - 1) * max(a2_done, d1_done) + end) /
         n;
}

inline double steady(const Layer& l, double t, Overlap overlap, int m) {
  const double comm = l.d.time(t, m) + l.b.time(t, m);
  const double compute = l.a(t) + l.sh(t) + l.e(t);
  return overlap == Overlap::kDbo ? std::max(comm, compute) : comm + compute;
}

inline bool has_dbo(Schedule s) {
  return s == Schedule::kVllmLl || s == Schedule::kVllmHt || s == Schedule::kSglangDecode ||
         s == Schedule::kSglangPrefill;
}

inline bool is_single_batch(Schedule s) {
  return s == Schedule::kSglangSboSm90 || s == Schedule::kSglangSboSm100;
}

/// Whether the schedule has the mode.
inline bool has(Schedule s, Overlap overlap) {
  if (overlap == Overlap::kSbo || is_single_batch(s)) {
    return (overlap == Overlap::kSbo) == is_single_batch(s);
  }
  if (overlap == Overlap::kFused) return s == Schedule::kInOrder;
  return overlap != Overlap::kDbo || has_dbo(s);
}

/// Whether two orders take the same time in a mode that both have.
inline bool alike(const Layer& l, Overlap overlap, Schedule a, Schedule b) {
  const Layer::Dense& sh = l.shared;
  const bool shared = sh.fixed > 0.0 || sh.read > 0.0 || sh.flop > 0.0 || sh.context > 0.0;
  if (!has(a, overlap) || !has(b, overlap)) return false;
  if (a == b || overlap == Overlap::kChunk) return true;
  if (overlap == Overlap::kSbo) return false;
  if (overlap == Overlap::kDbo) {
    return !shared && (a == Schedule::kSglangDecode) == (b == Schedule::kSglangDecode);
  }
  if (!shared) return true;
  const bool serial = a == Schedule::kInOrder || b == Schedule::kInOrder;
  return !serial && beside_combine(a) == beside_combine(b);
}

/// Whether a run has the configuration, in its own order where there is no other: `c` without its
/// batch, which is `t`.
inline bool has_run(const Problem& p, const Config& c, int t) {
  const Layer l = layer(p, c);
  const bool steady = p.space.timing == Timing::kSteadyState;
  const int first_half = (t + 1) / 2;
  for (const Run& run : p.space.runs) {
    if (run.kernel != c.kernel || run.overlap != c.overlap) continue;
    if (t < run.fewest_tokens || t > run.most_tokens) continue;
    if (!has(run.schedule, c.overlap)) continue;
    const bool halves = c.overlap != Overlap::kDbo || steady || c.first_tokens == first_half;
    if (run.half_split && !halves) continue;
    if (run.launch_time != c.launch_time) continue;
    if (p.space.only_runs && run.schedule != c.schedule) continue;
    if (steady || alike(l, c.overlap, run.schedule, c.schedule)) return true;
  }
  return false;
}

/// Whether the kernel can run in that order.
inline bool suited(const Problem& p, std::size_t kernel, Schedule s) {
  const Kernel& k = p.fabric.kernels[kernel];
  const bool ll = k.library == Library::kDeepEpLl;
  const auto& known = p.fabric.gpu ? p.fabric.gpu->architecture : std::nullopt;
  if (k.fused) return s == Schedule::kInOrder;
  if (is_single_batch(s)) {
    const bool hopper = s == Schedule::kSglangSboSm90;
    return ll && (!known || (*known == Architecture::kSm90) == hopper);
  }
  return !ll || (s != Schedule::kVllmHt && s != Schedule::kSglangPrefill);
}

/// Whether the space lets the run's schedule be chosen.
inline bool asked_for(const Problem& p, const Config& c) {
  if (p.space.schedules.empty()) return true;
  const Layer l = layer(p, c);
  for (const Schedule s : p.space.schedules) {
    if (!has(s, c.overlap)) continue;
    const bool steady = p.space.timing == Timing::kSteadyState;
    if (steady ? suited(p, c.kernel, s) : alike(l, c.overlap, s, c.schedule)) return true;
  }
  return false;
}

/// In which order, and with which launches by the host.
struct Way {
  Schedule schedule = Schedule::kVllmLl;
  Seconds launches = {};
};

/// Orders of a kernel and mode that are searched where engines bind nothing.
inline std::vector<Schedule> schedules(const Problem& p, std::size_t kernel, Overlap overlap) {
  const Kernel& k = p.fabric.kernels[kernel];
  const bool ll = k.library == Library::kDeepEpLl;
  const auto& known = p.fabric.gpu ? p.fabric.gpu->architecture : std::nullopt;
  const bool hopper = known && *known == Architecture::kSm90;
  std::vector<Schedule> all = p.space.schedules;
  if (all.empty() && k.fused) all = {Schedule::kInOrder};
  if (all.empty()) {
    all = ll ? std::vector{Schedule::kVllmLl, Schedule::kSglangDecode}
             : std::vector{Schedule::kVllmHt, Schedule::kSglangPrefill};
    if (known) all.push_back(hopper ? Schedule::kSglangSboSm90 : Schedule::kSglangSboSm100);
  }
  std::erase_if(all, [&](Schedule s) { return !suited(p, kernel, s); });
  for (const Run& run : p.space.runs) {
    if (!p.space.schedules.empty() || run.kernel != kernel || run.overlap != overlap) continue;
    all.push_back(run.schedule);
  }
  return all;
}

/// The ways to run a kernel and mode with a batch of `t`.
inline std::vector<Way> ways(const Problem& p, const Config& c, Overlap overlap, int t) {
  std::vector<Run> here;
  for (const Run& run : p.space.runs) {
    const bool fits = run.fewest_tokens <= t && t <= run.most_tokens;
    if (run.kernel == c.kernel && run.overlap == overlap && fits) here.push_back(run);
  }
  std::vector<Way> all;
  if (p.space.only_runs) {
    for (const Run& run : here) all.push_back({run.schedule, run.launch_time});
    return all;
  }
  const Layer l = layer(p, c);
  const bool steady = p.space.timing == Timing::kSteadyState;
  for (const Schedule s : schedules(p, c.kernel, overlap)) {
    double so = std::numeric_limits<double>::infinity();
    double other = so;
    for (const Run& run : here) {
      double& least = steady || alike(l, overlap, run.schedule, s) ? so : other;
      least = std::min(least, run.launch_time.base());
    }
    const double least = std::isfinite(so) ? so : other;
    all.push_back({s, std::isfinite(least) ? Seconds(least) : Seconds(0.0)});
  }
  return all;
}

/// Calls `visit` with every integer configuration of one choice of width, kernel, SMs and way.
template <class Visit>
void for_each_in(const Problem& p, const Config& c, const Visit& visit) {
  const int t = tokens(p.workload, c.ep_width);
  const Layer l = layer(p, c);
  const auto cap = p.fabric.kernels[c.kernel].limits.max_tokens_per_rank;
  const auto fits = [&](double sent) { return c.ep_width == 1 || !cap || sent <= *cap + 1e-9; };
  const int most = std::min(p.space.max_chunks, t);
  const Schedule s = c.schedule;
  const Overlap overlap = c.overlap;
  const auto found = [&](int m, double first, double time) {
    Config config = c;
    config.chunks = m;
    config.first_tokens = first;
    config.tokens = 1;
    if (p.space.only_runs && !(has_run(p, config, t) && asked_for(p, config))) return;
    visit(config, t, time);
  };
  const bool is_fused = p.fabric.kernels[c.kernel].fused.has_value();
  if (!has(s, overlap) || is_fused != (overlap == Overlap::kFused)) return;
  const bool steady_state = p.space.timing == Timing::kSteadyState;
  if (overlap == Overlap::kFused) {
    if (fits(t)) found(1, 0.0, fused(l, t, steady_state));
  } else if (overlap == Overlap::kSbo) {
    if (!steady_state && fits(t)) found(1, 0.0, single_batch(l, t, s));
  } else if (steady_state) {
    if (overlap == Overlap::kChunk || (overlap == Overlap::kDbo && t < 2)) return;
    for (int m = 1; m <= (overlap == Overlap::kDbo ? most : 1); ++m) {
      const bool halves = overlap == Overlap::kDbo;
      if (!fits(halves ? 0.5 * t / std::max(1.0, std::ceil(0.5 * m)) : t)) continue;
      found(m, halves ? 0.5 * t : 0.0, steady(l, t, overlap, m));
    }
  } else if (overlap == Overlap::kNone) {
    if (fits(t)) found(1, 0.0, none(l, t, s));
  } else if (overlap == Overlap::kChunk) {
    for (int m = 2; m <= most; ++m) {
      if (fits(static_cast<double>(t) / m)) found(m, 0.0, chunked(l, t, m));
    }
  } else {
    for (int m = 1; m <= most; ++m) {
      for (int x = 1; x < t; ++x) {
        if (p.space.half_split && x != (t + 1) / 2) continue;
        const double n1 = std::max(1.0, std::ceil(static_cast<double>(x) / t * m - 1e-9));
        const double n2 = std::max(1.0, std::ceil(static_cast<double>(t - x) / t * m - 1e-9));
        if (!fits(x / n1) || !fits((t - x) / n2)) continue;
        found(m, static_cast<double>(x), dbo(l, t, x, m, s));
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
        for (const Overlap overlap : p.space.overlaps) {
          Config c{.ep_width = width, .kernel = kernel, .overlap = overlap, .sms = n};
          for (const Way& way : ways(p, c, overlap, tokens(p.workload, width))) {
            c.schedule = way.schedule;
            c.launch_time = way.launches;
            for_each_in(p, c, visit);
          }
        }
      }
    }
  }
}

}  // namespace wideep::reference
