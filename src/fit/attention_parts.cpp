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

Regression regression_of(const std::vector<AttentionParts>& points, const HeldInverses& held) {
  Regression regression;
  regression.observations.reserve(points.size());
  for (const AttentionParts& point : points) {
    Observation observation{point.measured, {}};
    for (const LinearTerm& weights :
         {LinearTerm{kKnown, point.weight_read}, term(kProjection, point.projections, held)}) {
      for (const LinearTerm& tokens :
           {term(kContext, point.context, held), LinearTerm{kKnown, point.cache_read}}) {
        observation.branches.push_back({{kAttentionLaunch, 1.0}, weights, tokens});
      }
    }
    regression.observations.push_back(std::move(observation));
  }
  return regression;
}

}  // namespace

DenseFigures& figures_of(Gpu& gpu, Phase phase) {
  return phase == Phase::kDecode ? gpu.decode : gpu.prefill;
}

AttentionParts parts_of(const AttentionSample& sample,
                        Phase phase,
                        const AttentionSetting& setting) {
  const double tokens = tokens_of(sample, phase);
  Gpu gpu = setting.gpu;
  DenseFigures& figures = figures_of(gpu, phase);
  figures = {};
  gpu.hbm_bandwidth = BytesPerSecond(std::numeric_limits<double>::infinity());
  const DenseWork computing = dense_work(setting.shape, gpu, {phase, sample.context}).sum();
  gpu.hbm_bandwidth = setting.gpu.hbm_bandwidth;
  figures.context_efficiency = std::numeric_limits<double>::infinity();
  const DenseWork reading = dense_work(setting.shape, gpu, {phase, sample.context}).sum();
  return {.measured = sample.time / unit::us,
          .weight_read = reading.weight_read / unit::us,
          .projections = tokens * computing.compute_per_token / unit::us,
          .cache_read = tokens * reading.per_token / unit::us,
          .context = tokens * computing.per_token / unit::us};
}

SolvedAttention solve_with(const std::vector<AttentionParts>& points, const HeldInverses& held) {
  constexpr std::array<double, 3> kShares = {0.25, 0.5, 1.0};
  double launch = points.front().measured;
  for (const AttentionParts& point : points) launch = std::min(launch, 0.5 * point.measured);
  std::vector<std::vector<double>> starts;
  for (const double projection : kShares) {
    for (const double context : kShares) {
      starts.push_back({launch, 1.0 / projection, 1.0 / context});
    }
  }
  SolvedAttention solved{regression_of(points, held), {}};
  solved.solution = solve_from(solved.regression, starts);
  return solved;
}

}  // namespace wideep
