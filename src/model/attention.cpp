#include "model/attention.h"

#include <algorithm>

#include "model/hardware.h"
#include "model/projections.h"

namespace wideep {
namespace {

/// What attention costs for each position of the context that a token attends to.
struct Position {
  Bytes cache;
  Flop arithmetic;
};

Position position_of(const GqaShape& gqa, Bytes element) {
  return {.cache = 2.0 * gqa.kv_heads * gqa.head_dim * element,
          .arithmetic = 2.0 * gqa.heads * gqa.head_dim * kPerWeight};
}

Position position_of(const LayerShape& shape, Phase phase) {
  if (shape.mla) {
    const MlaShape& mla = *shape.mla;
    const double keys_and_values = phase == Phase::kDecode
                                       ? 2.0 * mla.kv_lora_rank + mla.rope_dim
                                       : 1.0 * mla.nope_dim + mla.rope_dim + mla.v_dim;
    return {.cache = (mla.kv_lora_rank + mla.rope_dim) * shape.kv_element,
            .arithmetic = mla.heads * keys_and_values * kPerWeight};
  }
  return shape.gqa ? position_of(*shape.gqa, shape.kv_element) : Position{};
}

/// The same in a layer with a window.
Position windowed_position_of(const LayerShape& shape, Phase phase) {
  const auto& own = shape.reach.window_gqa;
  return own ? position_of(*own, shape.kv_element) : position_of(shape, phase);
}

/// Positions that the tokens of a context attend to on average, where each reaches `most` back: at
/// prefill a token has half the context before it.
double reached(Phase phase, double context, double most) {
  if (phase == Phase::kDecode) return std::min(context, most);
  if (context <= most) return 0.5 * context;
  return most - 0.5 * most * most / context;
}

/// The scales of the indexer's keys, which are stored in fp8: 4 B a position.
/// Source: DeepSeek-V3.2-Exp, indexer cache of FlashMLA.
constexpr Bytes kIndexScale{4.0};

/// What attention proper is paid in: arithmetic and bytes, for one token.
struct TokenWork {
  Flop arithmetic;
  Bytes read;
};

/// Attention proper of a token whose layer is of the given kind.
TokenWork attend(const Position& position, double positions) {
  return {.arithmetic = positions * position.arithmetic, .read = positions * position.cache};
}

/// The indexer looks at every position with all its heads.
TokenWork search(const AttentionReach& reach, double positions) {
  return {.arithmetic = positions * reach.index_heads * reach.index_dim * kPerWeight,
          .read = positions * (reach.index_dim * Bytes(1.0) + kIndexScale)};
}

FlopPerSecond context_rate(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const ContextFigures& figures = context_figures(shape, gpu, phase);
  if (!attends_in_fp8(shape, gpu, phase)) return gpu.bf16_rate * figures.efficiency;
  return gpu.fp8_rate.value_or(gpu.bf16_rate) * figures.fp8_efficiency.value_or(figures.efficiency);
}

Seconds context_time(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  const Phase phase = attending.phase;
  const bool decodes = phase == Phase::kDecode;
  const AttentionReach& reach = shape.reach;
  const FlopPerSecond rate = context_rate(shape, gpu, phase);
  const BytesPerSecond memory = *gpu.hbm_bandwidth * cache_efficiency(shape, gpu, phase);
  const auto time = [&](const TokenWork& work) {
    const Seconds computed = work.arithmetic / rate;
    if (!decodes) return computed;  // a prompt's cache is read once for all its tokens
    return std::max(computed, work.read / memory / attending.tokens_per_sequence);
  };
  const Position position = position_of(shape, phase);
  const double context = attending.context;
  const double whole = reached(phase, context, context);
  Seconds full = time(attend(position, whole));
  if (reach.sparse_tokens > 0) {
    const double picked = reached(phase, context, reach.sparse_tokens);
    full = time(attend(position, picked)) + time(search(reach, whole));
  }
  const Seconds windowed =
      time(attend(windowed_position_of(shape, phase), reached(phase, context, reach.window)));
  // A state is read and written for each step of a sequence; within a prompt it stays on chip.
  const Seconds linear =
      decodes ? 2.0 * reach.linear_state / read_rate(gpu) / attending.tokens_per_sequence
              : Seconds(0.0);
  return reach.full() * full + reach.window_share * windowed + reach.linear_share * linear;
}

/// Of a token, in bf16: written once and read once.
constexpr Bytes kPerActivation{4.0};

/// Projections, of which each token's activations go through memory too.
DenseWork side_work(const ProjectionSide& side, WeightType type, const Gpu& gpu, Phase phase) {
  DenseWork work = weights_work(side.weights, type, gpu, phase);
  const double passes = dense_figures(gpu, phase).activation_passes;
  work.compute_per_token =
      work.compute_per_token + passes * side.activations * kPerActivation / read_rate(gpu);
  return work;
}

}  // namespace

bool has_fp8_cache(const LayerShape& shape) {
  constexpr Bytes kFp8{1.0};
  return shape.kv_element <= kFp8;
}

const ContextFigures& context_figures(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const DenseFigures& figures = dense_figures(gpu, phase);
  return !shape.mla && figures.gqa ? *figures.gqa : figures.context;
}

double cache_efficiency(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const ContextFigures& figures = context_figures(shape, gpu, phase);
  const auto& own = has_fp8_cache(shape) && figures.fp8_cache_efficiency
                        ? figures.fp8_cache_efficiency
                        : figures.cache_efficiency;
  return own.value_or(gpu.hbm_efficiency);
}

bool attends_in_fp8(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const bool dense = has_fp8_cache(shape) && shape.reach.sparse_tokens == 0;
  const bool known = context_figures(shape, gpu, phase).fp8_efficiency && gpu.fp8_rate;
  return shape.attends_in_fp8.value_or(dense && known);
}

double attention_weights(const LayerShape& shape) {
  const Projections all = mean_projections(shape, Phase::kDecode);
  return all.before.weights + all.after.weights;
}

DenseParts dense_work(const LayerShape& shape,
                      int intermediate,
                      const Gpu& gpu,
                      const Attending& attending) {
  const double matrices = 1.0 * shape.mlp_matrices * intermediate;
  const ProjectionSide mlp{matrices * shape.model_hidden_size, matrices};
  const WeightType type = shape.attention_weights.value_or(shape.dense_weights);
  const Projections sides = mean_projections(shape, attending.phase);
  DenseParts parts{.prep = side_work(sides.before, type, gpu, attending.phase),
                   .core = side_work(sides.after, type, gpu, attending.phase),
                   .gate = {},
                   .shared = side_work(mlp, shape.dense_weights, gpu, attending.phase)};
  // One launch is fitted for all.
  parts.prep.fixed = Seconds(0.0);
  parts.shared.fixed = Seconds(0.0);
  parts.core.per_token = parts.core.per_token + context_time(shape, gpu, attending);
  return parts;
}

DenseParts dense_work(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  return dense_work(shape, shape.shared_size, gpu, attending);
}

Bytes cached_bytes(const LayerShape& shape, double context) {
  const AttentionReach& reach = shape.reach;
  const Bytes position = position_of(shape, Phase::kDecode).cache;
  const Bytes index =
      reach.sparse_tokens > 0 ? reach.index_dim * Bytes(1.0) + kIndexScale : Bytes{};
  const Bytes windowed = windowed_position_of(shape, Phase::kDecode).cache;
  return reach.full() * context * (position + index) +
         reach.window_share * std::min<double>(context, reach.window) * windowed +
         reach.linear_share * reach.linear_state;
}

}  // namespace wideep
