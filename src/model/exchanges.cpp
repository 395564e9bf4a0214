#include "model/exchanges.h"

namespace wideep {
namespace {

/// Tensors between the parts of a layer. Source: activations are kept in bf16 (DeepSeek-V3, arXiv
/// 2412.19437, section 3.3.1).
constexpr Bytes kActivation{2.0};

LinkCost link_of(const Exchanges& exchanges) {
  LinkCost cost;
  cost.latency = exchange_time(exchanges, 0.0);
  cost.law = &kCollectiveLaw;
  cost.law_figures.exchanges = exchanges;
  return cost;
}

/// What queries and outputs are exchanged of each token by ranks that share a cache, of the heads
/// of all of them; nothing where none do. Source: vLLM's decode context parallelism, ag_rs.
struct SharedCache {
  Bytes queries;
  Bytes outputs;
};
SharedCache shared_cache(const ModelShape& model, const Attention& attention) {
  const double ranks = 1.0 * attention.cache_ranks / attention.ranks;
  if (model.mla) {
    const MlaShape& mla = *model.mla;
    return {.queries = ranks * mla.heads * (mla.kv_lora_rank + mla.rope_dim) * kActivation,
            .outputs = ranks * mla.heads * mla.kv_lora_rank * kActivation};
  }
  if (!model.gqa) return {};
  const Bytes heads = ranks * model.gqa->heads * model.gqa->head_dim * kActivation;
  return {.queries = heads, .outputs = heads};
}

/// The curve as a line through half the batch and all of it, of which micro-batches are.
void add_line(const Exchange& exchange, double tokens, DenseWork& work) {
  const double half = 0.5 * tokens;
  const Seconds rise = exchange.time(tokens) - exchange.time(half);
  work.fixed = work.fixed + exchange.time(tokens) - 2.0 * rise;
  work.per_token = work.per_token + rise / half;
}

}  // namespace

const CollectiveCurve* curve_of(const Fabric& fabric,
                                const Config& config,
                                CollectiveOp op,
                                int ranks) {
  const auto find = [&](const Kernel& kernel) {
    return kernel.collectives ? kernel.collectives->find(op, ranks) : nullptr;
  };
  if (const auto* const own = find(fabric.kernels[config.kernel])) return own;
  for (const Kernel& kernel : fabric.kernels) {
    if (const auto* const theirs = find(kernel)) return theirs;
  }
  return nullptr;
}

Bytes row_of(const ModelShape& shape) {
  return layer_shape(shape).model_hidden_size * kActivation;
}

Exchanges reduced(const Fabric& fabric, const Config& config, int ranks, Bytes per_token) {
  const auto of = [&](CollectiveOp op) {
    return Exchange{curve_of(fabric, config, op, ranks), per_token};
  };
  const Exchange whole = of(CollectiveOp::kAllReduce);
  if (whole.curve != nullptr) return {whole};
  return {of(CollectiveOp::kReduceScatter), of(CollectiveOp::kAllGather)};
}

CopiedLinks copied_links(const Problem& problem, const Config& config) {
  const Fabric& fabric = problem.fabric;
  const int group = config.attention.ranks;
  const int all = config.gpus();
  const Bytes own = row_of(problem.workload.model.shape);
  if (group == all) {
    const LinkCost both = link_of(reduced(fabric, config, all, own));
    return {.before = both, .after = both};
  }
  const Bytes gathered = 1.0 * all / group * own;
  const auto of = [&](CollectiveOp op, int ranks, Bytes bytes) {
    return Exchange{ranks == 1 ? nullptr : curve_of(fabric, config, op, ranks), bytes};
  };
  return {.before = link_of({of(CollectiveOp::kReduceScatter, group, own),
                             of(CollectiveOp::kAllGather, all, gathered)}),
          .after = link_of({of(CollectiveOp::kReduceScatter, all, gathered),
                            of(CollectiveOp::kAllGather, group, own)})};
}

void add_exchanges(const Problem& problem, const Config& config, DenseParts& dense) {
  const auto [ranks, cache] = config.attention;
  if (ranks == 1) return;
  const ModelShape& shape = problem.workload.model.shape;
  const auto add = [&](CollectiveOp op, int among, Bytes per_token, DenseWork& work) {
    add_line({curve_of(problem.fabric, config, op, among), per_token}, config.tokens, work);
  };
  if (!config.copies_tokens()) {
    add(CollectiveOp::kAllGather, ranks, row_of(shape), dense.prep);
    add(CollectiveOp::kReduceScatter, ranks, row_of(shape), dense.core);
  }
  if (cache > 1) {
    const SharedCache shared = shared_cache(shape, config.attention);
    add(CollectiveOp::kAllGather, cache, shared.queries, dense.core);
    add(CollectiveOp::kReduceScatter, cache, shared.outputs, dense.core);
  }
}

std::optional<int> missing_collective(const Fabric& fabric, const Config& config) {
  const auto [group, cache] = config.attention;
  const int all = config.gpus();
  const bool copies = config.copies_tokens();
  const auto has = [&](CollectiveOp op, int ranks) {
    return ranks == 1 || curve_of(fabric, config, op, ranks) != nullptr;
  };
  const auto moves = [&](int ranks) {
    return has(CollectiveOp::kAllGather, ranks) && has(CollectiveOp::kReduceScatter, ranks);
  };
  if (!moves(cache)) return cache;
  if (copies && group == all) {
    return has(CollectiveOp::kAllReduce, all) || moves(all) ? std::nullopt : std::optional(all);
  }
  if (!moves(group)) return group;
  return copies && !moves(all) ? std::optional(all) : std::nullopt;
}

}  // namespace wideep
