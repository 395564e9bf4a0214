#include "fit/attention_parts.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace wideep {
namespace {

LinearTerm term(AttentionParameter parameter, double factor, const HeldInverses& held) {
  const auto& known = held.at(parameter);
  return known ? LinearTerm{kKnown, factor * *known} : LinearTerm{parameter, factor};
}

using Terms = std::vector<LinearTerm>;

/// Every way to be the longer of two things.
std::vector<Terms> combined(const std::vector<Terms>& sums, const std::array<Terms, 2>& either) {
  std::vector<Terms> all;
  for (const Terms& sum : sums) {
    for (const Terms& more : either) {
      Terms& whole = all.emplace_back(sum);
      whole.insert(whole.end(), more.begin(), more.end());
    }
  }
  return all;
}

Regression regression_of(const std::vector<AttentionParts>& points, const HeldInverses& held) {
  Regression regression;
  regression.observations.reserve(points.size());
  for (const AttentionParts& point : points) {
    std::vector<Terms> branches{{{kAttentionLaunch, 1.0}}};
    for (const SideParts& side : point.sides) {
      if (side.projections == 0.0) continue;
      branches =
          combined(branches,
                   {Terms{{kKnown, side.weight_read}},
                    Terms{term(kProjection, side.projections, held), {kKnown, side.activations}}});
    }
    branches = combined(
        branches,
        {Terms{term(kContext, point.context, held)}, Terms{term(kCache, point.cache_read, held)}});
    regression.observations.push_back({point.measured, std::move(branches)});
  }
  return regression;
}

}  // namespace

DenseFigures& figures_of(Gpu& gpu, Phase phase) {
  return phase == Phase::kDecode ? gpu.decode : gpu.prefill;
}

LayerShape shape_of(const AttentionSample& sample, const LayerShape& model) {
  LayerShape shape = model;
  if (sample.heads > 0 && shape.mla) shape.mla->heads = sample.heads;
  if (sample.kv_heads > 0 && shape.gqa) {
    shape.gqa = GqaShape{sample.heads, sample.kv_heads, sample.head_dim};
  }
  return shape;
}

double heads_of(const LayerShape& shape) {
  return shape.mla ? shape.mla->heads : shape.gqa->heads;
}

AttentionParts parts_of(const AttentionSample& sample, const AttentionFit& fit) {
  const double tokens = tokens_of(sample, fit.phase);
  const LayerShape shape = shape_of(sample, fit.setting.shape);
  const auto work = [&](const Gpu& gpu) {
    return dense_work(shape, gpu, {fit.phase, sample.context});
  };
  constexpr double kLifted = std::numeric_limits<double>::infinity();
  Gpu gpu = fit.setting.gpu;
  DenseFigures& figures = figures_of(gpu, fit.phase);
  figures = {};
  gpu.hbm_bandwidth = BytesPerSecond(kLifted);
  const DenseParts computing = work(gpu);
  gpu.hbm_bandwidth = fit.setting.gpu.hbm_bandwidth;
  figures.context = {.efficiency = kLifted, .fp8_efficiency = kLifted, .cache_efficiency = 1.0};
  figures.activation_passes = passes_of(fit);
  const DenseParts reading = work(gpu);
  AttentionParts parts{.measured = sample.time / unit::us,
                       .sides = {},
                       .cache_read = tokens * reading.core.per_token / unit::us,
                       .context = tokens * computing.core.per_token / unit::us};
  if (fit.scope == AttentionScope::kKernel) {
    parts.sides[0].projections = tokens * heads_of(shape) / heads_of(fit.setting.shape);
    return parts;
  }
  const auto side = [&](DenseWork DenseParts::*of) {
    const DenseWork& computed = computing.*of;
    const DenseWork& read = reading.*of;
    return SideParts{
        .weight_read = read.weight_read / unit::us,
        .projections = tokens * computed.compute_per_token / unit::us,
        .activations = tokens * (read.compute_per_token - computed.compute_per_token) / unit::us};
  };
  parts.sides = {side(&DenseParts::prep), side(&DenseParts::core)};
  return parts;
}

double passes_of(const AttentionFit& fit) {
  return fit.scope == AttentionScope::kLayer && fit.phase == Phase::kDecode ? 1.0 : 0.0;
}

HeldInverses held_at_first(const AttentionFit& fit) {
  HeldInverses held;
  if (fit.scope == AttentionScope::kLayer) {
    held[kCache] = 1.0 / cache_efficiency(fit.setting.shape, fit.setting.gpu, fit.phase);
  }
  return held;
}

SolvedAttention solve_with(const std::vector<AttentionParts>& points, const HeldInverses& held) {
  constexpr std::array<double, 3> kShares = {0.25, 0.5, 1.0};
  constexpr double kCacheStart = 1.25;
  double launch = points.front().measured;
  for (const AttentionParts& point : points) launch = std::min(launch, 0.5 * point.measured);
  std::vector<std::vector<double>> starts;
  for (const double projection : kShares) {
    for (const double context : kShares) {
      starts.push_back({launch, 1.0 / projection, 1.0 / context});
      if (!held[kCache]) starts.back().push_back(kCacheStart);
    }
  }
  SolvedAttention solved{regression_of(points, held), {}};
  solved.solution = solve_from(solved.regression, starts);
  return solved;
}

}  // namespace wideep
