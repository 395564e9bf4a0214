#include "model/hardware.h"

#include <algorithm>

namespace wideep {
namespace {

/// Multiplied and added once for each token and weight.
constexpr Flop kPerWeight{2.0};
FlopPerSecond rate_for(WeightType weights, const Gpu& gpu) {
  switch (weights) {
    case WeightType::kBf16:
    case WeightType::kInt4:
    case WeightType::kInt4Group64:
    case WeightType::kInt4Group128:
      return gpu.bf16_rate;
    case WeightType::kFp8:
      return gpu.fp8_rate.value_or(gpu.bf16_rate);
    case WeightType::kNvfp4:
    case WeightType::kMxfp4:
      break;
  }
  return gpu.fp4_rate.value_or(gpu.bf16_rate);
}

/// At which memory is read.
BytesPerSecond read_rate(const Gpu& gpu) {
  return *gpu.hbm_bandwidth * gpu.hbm_efficiency;
}

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

Seconds context_time(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  const Phase phase = attending.phase;
  const bool decodes = phase == Phase::kDecode;
  const AttentionReach& reach = shape.reach;
  const BytesPerSecond memory = read_rate(gpu);
  const FlopPerSecond rate =
      gpu.bf16_rate * (decodes ? gpu.decode.context_efficiency : gpu.prefill.context_efficiency);
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
      decodes ? 2.0 * reach.linear_state / memory / attending.tokens_per_sequence : Seconds(0.0);
  return reach.full() * full + reach.window_share * windowed + reach.linear_share * linear;
}

/// Elements of projections, by whether they come before attention proper or after it.
struct Projections {
  double before = 0.0;  ///< to queries, keys and values
  double after = 0.0;   ///< from what attention gives to the layer's output
};

Projections projections(const GqaShape& gqa, double d) {
  return {.before = d * gqa.head_dim * (1.0 * gqa.heads + 2.0 * gqa.kv_heads),
          .after = d * gqa.head_dim * gqa.heads};
}

/// The same of a layer that attends to its whole context.
Projections projections(const LayerShape& shape) {
  const double d = shape.model_hidden_size;
  if (!shape.mla) return shape.gqa ? projections(*shape.gqa, d) : Projections{};
  const MlaShape& mla = *shape.mla;
  const double queries = 1.0 * mla.heads * (mla.nope_dim + mla.rope_dim);
  const double query = mla.q_lora_rank > 0 ? (d + queries) * mla.q_lora_rank : d * queries;
  const double compressed = d * (mla.kv_lora_rank + mla.rope_dim);
  const double keys = 1.0 * mla.kv_lora_rank * mla.heads * mla.nope_dim;
  const double values = 1.0 * mla.kv_lora_rank * mla.heads * mla.v_dim;
  return {.before = query + compressed + keys, .after = values + d * mla.heads * mla.v_dim};
}

/// Of the mean layer. Nothing says which of a linear layer's come after its state: all count as
/// before.
Projections mean_projections(const LayerShape& shape) {
  const AttentionReach& reach = shape.reach;
  const Projections full = projections(shape);
  const Projections windowed =
      reach.window_gqa ? projections(*reach.window_gqa, shape.model_hidden_size) : full;
  const Projections linear =
      reach.linear_weights > 0.0 ? Projections{.before = reach.linear_weights} : full;
  const auto mean = [&](double Projections::*side) {
    return reach.full() * full.*side + reach.window_share * windowed.*side +
           reach.linear_share * linear.*side;
  };
  return {.before = mean(&Projections::before), .after = mean(&Projections::after)};
}

/// What reads `weights` of a type once and multiplies each token by them.
DenseWork weights_work(double weights, WeightType type, const Gpu& gpu, Phase phase) {
  const DenseFigures& figures = phase == Phase::kDecode ? gpu.decode : gpu.prefill;
  const FlopPerSecond rate = rate_for(type, gpu) * figures.projection_efficiency;
  return {.fixed = figures.launch,
          .weight_read = weights * bytes_of(type) / read_rate(gpu),
          .compute_per_token = weights * kPerWeight / rate,
          .per_token = {}};
}

}  // namespace

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

double attention_weights(const LayerShape& shape) {
  const auto [before, after] = mean_projections(shape);
  return before + after;
}

DenseParts dense_work(const LayerShape& shape,
                      int intermediate,
                      const Gpu& gpu,
                      const Attending& attending) {
  const double mlp = 1.0 * shape.mlp_matrices * shape.model_hidden_size * intermediate;
  const WeightType type = shape.attention_weights.value_or(shape.dense_weights);
  const auto [before, after] = mean_projections(shape);
  DenseParts parts{.prep = weights_work(before, type, gpu, attending.phase),
                   .core = weights_work(after, type, gpu, attending.phase),
                   .gate = {},
                   .shared = weights_work(mlp, shape.dense_weights, gpu, attending.phase)};
  // One launch is fitted for all.
  parts.prep.fixed = Seconds(0.0);
  parts.shared.fixed = Seconds(0.0);
  parts.core.per_token = context_time(shape, gpu, attending);
  return parts;
}

DenseParts dense_work(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  return dense_work(shape, shape.shared_size, gpu, attending);
}

DenseWork head_work(int hidden, int vocabulary, const Gpu& gpu, const Attending& attending) {
  DenseWork work = weights_work(1.0 * hidden * vocabulary, WeightType::kBf16, gpu, attending.phase);
  work.fixed = Seconds(0.0);
  if (attending.phase == Phase::kPrefill) {
    work.compute_per_token = work.compute_per_token / attending.context;
  }
  return work;
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
