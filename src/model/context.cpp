#include "model/context.h"

#include <algorithm>
#include <array>
#include <limits>

#include "model/hardware.h"

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

/// Beside elements in fp8, 4 B for each 128 of them, and what carries positions in bf16: 656 B of
/// DeepSeek-V3.2's 576 elements (FlashMLA's sparse format).
Bytes sparse_latent(const MlaShape& mla) {
  constexpr double kScale = 1.0 + 4.0 / 128.0;
  return mla.kv_lora_rank * kScale * Bytes(1.0) + mla.rope_dim * Bytes(2.0);
}

Position position_of(const LayerShape& shape, Phase phase) {
  if (shape.mla) {
    const MlaShape& mla = *shape.mla;
    const double keys_and_values = phase == Phase::kDecode
                                       ? 2.0 * mla.kv_lora_rank + mla.rope_dim
                                       : 1.0 * mla.nope_dim + mla.rope_dim + mla.v_dim;
    const bool mixed = has_fp8_cache(shape) && shape.reach.sparse_tokens > 0;
    return {
        .cache = mixed ? sparse_latent(mla) : (mla.kv_lora_rank + mla.rope_dim) * shape.kv_element,
        .arithmetic = mla.heads * keys_and_values * kPerWeight};
  }
  return shape.gqa ? position_of(*shape.gqa, shape.kv_element) : Position{};
}

/// An entry of a compressed cache: in fp8 with a byte of scale for each 64, what carries positions
/// in bf16, and padding to 8 B: 584 B of DeepSeek-V4's 512 elements (SGLang, FlashMLA).
Bytes entry_of(const CompressedShape& shape, const LayerShape& layer) {
  if (!has_fp8_cache(layer)) return shape.head_dim * layer.kv_element;
  constexpr int kScaled = 64;
  constexpr int kAligned = 8;
  const int plain = shape.head_dim - shape.rope_dim;
  const int bytes = plain + 2 * shape.rope_dim + (plain + kScaled - 1) / kScaled;
  const int aligned = (bytes + kAligned - 1) / kAligned * kAligned;
  return aligned * Bytes(1.0);
}

/// Heads of an indexer, which looks at every position.
struct Indexer {
  int heads = 0;  ///< 0: none
  int dim = 0;
};

/// What layers of one kind keep of a context, and how much of it a token attends to.
struct Store {
  double share = 0.0;  ///< of all layers
  Position entry;
  double ratio = 1.0;                                     ///< tokens that an entry stands for
  double most = std::numeric_limits<double>::infinity();  ///< entries that are attended to
  bool forgets = false;                                   ///< the others are not kept
  Indexer indexer{};
};

/// A layer may have several.
using Stores = std::array<Store, 3>;

Stores stores_of(const CompressedShape& kind, const LayerShape& layer) {
  const Position entry{.cache = entry_of(kind, layer),
                       .arithmetic = 2.0 * kind.heads * kind.head_dim * kPerWeight};
  constexpr double kEveryLayer = 1.0;
  return {{{.share = kEveryLayer, .entry = entry, .most = 1.0 * kind.window, .forgets = true},
           {.share = kind.picked_share,
            .entry = entry,
            .ratio = 1.0 * kind.picked_ratio,
            .most = 1.0 * kind.picked,
            .indexer = {kind.index_heads, kind.index_dim}},
           {.share = kind.pooled_share, .entry = entry, .ratio = 1.0 * kind.pooled_ratio}}};
}

Stores stores_of(const LayerShape& shape, Phase phase) {
  if (shape.compressed) return stores_of(*shape.compressed, shape);
  const AttentionReach& reach = shape.reach;
  const Position position = position_of(shape, phase);
  Store full{.share = reach.full(), .entry = position};
  if (reach.sparse_tokens > 0) {
    full.most = reach.sparse_tokens;
    full.indexer = {reach.index_heads, reach.index_dim};
  }
  const Store windowed{
      .share = reach.window_share,
      .entry = reach.window_gqa ? position_of(*reach.window_gqa, shape.kv_element) : position,
      .most = 1.0 * reach.window,
      .forgets = true};
  return {{full, windowed, {}}};
}

/// The same of the tokens of a whole prompt, which has half the context before each.
double reached_in_prompt(double context, double most) {
  if (context <= most) return 0.5 * context;
  return most - 0.5 * most * most / context;
}

/// Positions that the tokens of a context attend to on average, where each reaches `most` back. Of
/// a prompt of which a part is `cached` the rest attends: to what a whole one does, less what that
/// part would.
double reached(Phase phase, double context, double cached, double most) {
  if (phase == Phase::kDecode) return std::min(context, most);
  if (cached == 0.0) return reached_in_prompt(context, most);
  const double whole = context * reached_in_prompt(context, most);
  return (whole - cached * reached_in_prompt(cached, most)) / (context - cached);
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

/// A key of an indexer, which is stored in fp8; nothing without one.
Bytes key_of(const Indexer& indexer) {
  return indexer.heads > 0 ? indexer.dim * Bytes(1.0) + kIndexScale : Bytes{};
}

TokenWork search(const Indexer& indexer, double positions) {
  return {.arithmetic = positions * indexer.heads * indexer.dim * kPerWeight,
          .read = positions * key_of(indexer)};
}

/// Of an indexer, which computes in fp8 where the GPU has a figure for it.
FlopPerSecond index_rate(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const ContextFigures& figures = context_figures(shape, gpu, phase);
  if (!figures.index_efficiency) return gpu.bf16_rate * figures.efficiency;
  return gpu.fp8_rate.value_or(gpu.bf16_rate) * *figures.index_efficiency;
}

FlopPerSecond context_rate(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const ContextFigures& figures = context_figures(shape, gpu, phase);
  if (!attends_in_fp8(shape, gpu, phase)) return gpu.bf16_rate * figures.efficiency;
  return gpu.fp8_rate.value_or(gpu.bf16_rate) * figures.fp8_efficiency.value_or(figures.efficiency);
}

/// The figures of the shape's kind of attention alone; unset where the GPU has none of it.
const std::optional<ContextFigures>& group_of(const LayerShape& shape,
                                              const DenseFigures& figures) {
  static const std::optional<ContextFigures> none;
  if (shape.compressed) return figures.compressed;
  if (shape.reach.sparse_tokens > 0) return figures.sparse;
  return shape.gqa ? figures.gqa : none;
}

/// What compressors of a layer carry in 32 bits: sums and weights of an element for each token of
/// the ratio, of two ratios where neighbours overlap, as where an indexer picks. Source: SGLang
/// mem_cache/deepseek_v4_compress_state.py.
Bytes compressor_state(const CompressedShape& kind) {
  constexpr Bytes kState{4.0};
  constexpr double kSums = 2.0;  // of each element, with its weights
  constexpr double kOverlapping = 2.0;
  const double picked =
      kOverlapping * kind.picked_ratio * kSums * kOverlapping * (kind.head_dim + kind.index_dim);
  const double pooled = 1.0 * kind.pooled_ratio * kSums * kind.head_dim;
  return (kind.picked_share * picked + kind.pooled_share * pooled) * kState;
}

}  // namespace

double indexed_share(const LayerShape& shape) {
  if (shape.compressed) return shape.compressed->picked_share;
  return shape.reach.sparse_tokens > 0 ? shape.reach.full() : 0.0;
}

bool has_fp8_cache(const LayerShape& shape) {
  constexpr Bytes kFp8{1.0};
  return shape.kv_element <= kFp8;
}

const ContextFigures& context_figures(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const DenseFigures& figures = dense_figures(gpu, phase);
  const auto& own = group_of(shape, figures);
  return own ? *own : figures.context;
}

double cache_efficiency(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const ContextFigures& figures = context_figures(shape, gpu, phase);
  const auto& own = has_fp8_cache(shape) && figures.fp8_cache_efficiency
                        ? figures.fp8_cache_efficiency
                        : figures.cache_efficiency;
  return own.value_or(gpu.hbm_efficiency);
}

bool attends_in_fp8(const LayerShape& shape, const Gpu& gpu, Phase phase) {
  const bool dense = !shape.compressed && shape.reach.sparse_tokens == 0;
  const bool own = group_of(shape, dense_figures(gpu, phase)).has_value();
  const bool known = context_figures(shape, gpu, phase).fp8_efficiency && gpu.fp8_rate;
  return shape.attends_in_fp8.value_or(has_fp8_cache(shape) && known && (dense || own));
}

Seconds context_time(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  const Phase phase = attending.phase;
  const bool decodes = phase == Phase::kDecode;
  const BytesPerSecond memory = *gpu.hbm_bandwidth * cache_efficiency(shape, gpu, phase);
  const FlopPerSecond rate = context_rate(shape, gpu, phase);
  const auto time = [&](const TokenWork& work, FlopPerSecond reached_rate) {
    const Seconds computed = work.arithmetic / reached_rate;
    if (!decodes) return computed;  // a prompt's cache is read once for all its tokens
    // A rank attends with the heads of all that share the cache, each to its part of it.
    const Bytes read = work.read / (1.0 * shape.reach.cache_ranks);
    return std::max(computed, read / memory / attending.tokens_per_sequence);
  };
  Seconds sum;
  for (const Store& store : stores_of(shape, phase)) {
    const double entries = attending.context / store.ratio;
    const double cached = attending.cached_tokens / store.ratio;
    Seconds each = time(attend(store.entry, reached(phase, entries, cached, store.most)), rate);
    if (store.indexer.heads > 0) {
      const double keys = reached(phase, entries, cached, entries);
      each = each + time(search(store.indexer, keys), index_rate(shape, gpu, phase));
    }
    sum = sum + store.share * each;
  }
  // A state is read and written for each step of a sequence; within a prompt it stays on chip.
  const AttentionReach& reach = shape.reach;
  const Seconds linear =
      decodes ? 2.0 * reach.linear_state / read_rate(gpu) / attending.tokens_per_sequence
              : Seconds(0.0);
  return sum + reach.linear_share * linear;
}

Bytes cached_bytes(const LayerShape& shape, double context) {
  Bytes sum;
  for (const Store& store : stores_of(shape, Phase::kDecode)) {
    const double entries = context / store.ratio;
    const double kept = store.forgets ? std::min(entries, store.most) : entries;
    sum = sum + store.share * kept * (store.entry.cache + key_of(store.indexer));
  }
  sum = sum / (1.0 * shape.reach.cache_ranks);
  if (shape.compressed) sum = sum + compressor_state(*shape.compressed);
  return sum + shape.reach.linear_share * shape.reach.linear_state;
}

}  // namespace wideep
