#include "model/hardware.h"

#include <algorithm>

namespace wideep {
namespace {

/// Multiplied and added once for each token and weight.
constexpr Flop kPerWeight{2.0};
/// Gate, up and down projection of a gated MLP.
constexpr double kMatricesPerExpert = 3.0;

FlopPerSecond rate_for(WeightType weights, const Gpu& gpu) {
  switch (weights) {
    case WeightType::kBf16:
    case WeightType::kInt4:
      return gpu.bf16_rate;
    case WeightType::kFp8:
      return gpu.fp8_rate > FlopPerSecond(0.0) ? gpu.fp8_rate : gpu.bf16_rate;
    case WeightType::kNvfp4:
    case WeightType::kMxfp4:
      break;
  }
  return gpu.fp4_rate > FlopPerSecond(0.0) ? gpu.fp4_rate : gpu.bf16_rate;
}

/// What attention costs for each position of the context that a token attends to.
struct Position {
  Bytes cache;
  Flop arithmetic;
};

Position position_of(const LayerShape& shape, Phase phase) {
  if (shape.mla) {
    const MlaShape& mla = *shape.mla;
    const double keys_and_values = phase == Phase::kDecode
                                       ? 2.0 * mla.kv_lora_rank + mla.rope_dim
                                       : 1.0 * mla.nope_dim + mla.rope_dim + mla.v_dim;
    return {.cache = (mla.kv_lora_rank + mla.rope_dim) * shape.kv_element,
            .arithmetic = mla.heads * keys_and_values * kPerWeight};
  }
  if (!shape.gqa) return {};
  const GqaShape& gqa = *shape.gqa;
  return {.cache = 2.0 * gqa.kv_heads * gqa.head_dim * shape.kv_element,
          .arithmetic = 2.0 * gqa.heads * gqa.head_dim * kPerWeight};
}

Seconds context_time(const LayerShape& shape, const Gpu& gpu, Phase phase, double context) {
  const Position position = position_of(shape, phase);
  const double efficiency =
      phase == Phase::kDecode ? gpu.decode.context_efficiency : gpu.prefill.context_efficiency;
  const Seconds computed = context * position.arithmetic / (gpu.bf16_rate * efficiency);
  if (phase == Phase::kPrefill) return 0.5 * computed;
  return std::max(computed, context * position.cache / (gpu.hbm_bandwidth * gpu.hbm_efficiency));
}

}  // namespace

Bytes bytes_of(WeightType type) {
  constexpr double kFourBits = 0.5;
  switch (type) {
    case WeightType::kBf16:
      return Bytes(2.0);
    case WeightType::kFp8:
      return Bytes(1.0);
    case WeightType::kMxfp4:
      return Bytes(kFourBits + 1.0 / 32);  // a byte of scale for 32 weights
    case WeightType::kNvfp4:
    case WeightType::kInt4:
      break;
  }
  return Bytes(kFourBits + 1.0 / 16);  // a byte for 16 weights, or two for 32
}

ExpertFigures expert_figures(const LayerShape& shape, const Gpu& gpu) {
  const double weights = kMatricesPerExpert * shape.hidden_size * shape.expert_size;
  const Seconds per_token =
      weights * kPerWeight / (rate_for(shape.weights, gpu) * gpu.flop_efficiency);
  return {
      .launch = gpu.expert_launch,
      .weight_read = weights * bytes_of(shape.weights) / (gpu.hbm_bandwidth * gpu.hbm_efficiency),
      .fixed = gpu.padding_tokens * per_token,
      .per_token = per_token};
}

double attention_weights(const LayerShape& shape) {
  const double d = shape.model_hidden_size;
  if (shape.mla) {
    const MlaShape& mla = *shape.mla;
    const double queries = 1.0 * mla.heads * (mla.nope_dim + mla.rope_dim);
    const double query = mla.q_lora_rank > 0 ? (d + queries) * mla.q_lora_rank : d * queries;
    const double compressed = d * (mla.kv_lora_rank + mla.rope_dim);
    const double expanded = 1.0 * mla.kv_lora_rank * mla.heads * (mla.nope_dim + mla.v_dim);
    return query + compressed + expanded + d * mla.heads * mla.v_dim;
  }
  if (!shape.gqa) return 0.0;
  const GqaShape& gqa = *shape.gqa;
  return d * gqa.head_dim * (2.0 * gqa.heads + 2.0 * gqa.kv_heads);
}

DenseWork dense_work(const LayerShape& shape, const Gpu& gpu, Phase phase, int context) {
  const DenseFigures& figures = phase == Phase::kDecode ? gpu.decode : gpu.prefill;
  const double weights =
      attention_weights(shape) + kMatricesPerExpert * shape.model_hidden_size * shape.shared_size;
  const FlopPerSecond rate = rate_for(shape.dense_weights, gpu) * figures.projection_efficiency;
  return {.fixed = figures.launch,
          .weight_read =
              weights * bytes_of(shape.dense_weights) / (gpu.hbm_bandwidth * gpu.hbm_efficiency),
          .compute_per_token = weights * kPerWeight / rate,
          .per_token = context_time(shape, gpu, phase, context)};
}

}  // namespace wideep
