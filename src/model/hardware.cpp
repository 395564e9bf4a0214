#include "model/hardware.h"

#include <algorithm>

namespace wideep {
namespace {

FlopPerSecond rate_for(WeightType weights, const Gpu& gpu) {
  switch (weights) {
    case WeightType::kBf16:
    case WeightType::kInt4:
    case WeightType::kInt4Group64:
    case WeightType::kInt4Group128:
      return gpu.bf16_rate;
    case WeightType::kFp8:
      return gpu.fp8_rate.value_or(gpu.bf16_rate);
    case WeightType::kMxfp4:
      return gpu.fp4_rate ? gpu.fp8_rate.value_or(gpu.bf16_rate) : gpu.bf16_rate;
    case WeightType::kNvfp4:
      break;
  }
  return gpu.fp4_rate.value_or(gpu.bf16_rate);
}

}  // namespace

BytesPerSecond read_rate(const Gpu& gpu) {
  return *gpu.hbm_bandwidth * gpu.hbm_efficiency;
}

const DenseFigures& dense_figures(const Gpu& gpu, Phase phase) {
  return phase == Phase::kDecode ? gpu.decode : gpu.prefill;
}

ExpertFigures expert_figures(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const bool prompts = phase == Phase::kPrefill && gpu.prefill_experts;
  const double efficiency = prompts ? gpu.prefill_experts->flop_efficiency : gpu.flop_efficiency;
  const double weights = 1.0 * shape.expert_matrices * shape.hidden_size * shape.expert_size;
  const Seconds per_token = weights * kPerWeight / (rate_for(shape.weights, gpu) * efficiency);
  const Seconds read = weights * bytes_of(shape.weights) / read_rate(gpu);
  return {.launch = prompts ? gpu.prefill_experts->launch : gpu.expert_launch,
          .weight_read = std::max(read, gpu.tile_tokens * per_token),
          .fixed = prompts ? Seconds(0.0) : gpu.padding_tokens * per_token,
          .per_token = per_token};
}

DenseWork weights_work(double weights, WeightType type, const Gpu& gpu, Phase phase) {
  const DenseFigures& figures = dense_figures(gpu, phase);
  const FlopPerSecond rate = rate_for(type, gpu) * figures.projection_efficiency;
  return {.fixed = figures.launch,
          .weight_read = weights * bytes_of(type) / read_rate(gpu),
          .compute_per_token = weights * kPerWeight / rate,
          .per_token = {}};
}

DenseWork head_work(int hidden, int vocabulary, const Gpu& gpu, const Attending& attending) {
  DenseWork work = weights_work(1.0 * hidden * vocabulary, WeightType::kBf16, gpu, attending.phase);
  work.fixed = Seconds(0.0);
  if (attending.phase == Phase::kPrefill) {
    work.compute_per_token = work.compute_per_token / (attending.context - attending.cached_tokens);
  }
  work.compute_per_token = (1.0 - attending.prompt_share) * work.compute_per_token;
  return work;
}

}  // namespace wideep
