#include "model/attention.h"

#include <algorithm>

#include "model/hardware.h"
#include "model/projections.h"

namespace wideep {
namespace {

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

/// Of a batch of which so much is other work, launched as the one alone: what prefill alone takes
/// to launch is of eager steps.
DenseWork mixed(const DenseWork& one, const DenseWork& other, double share) {
  const auto mean = [&](Seconds a, Seconds b) { return (1.0 - share) * a + share * b; };
  return {.fixed = one.fixed,
          .weight_read = one.weight_read,
          .compute_per_token = mean(one.compute_per_token, other.compute_per_token),
          .per_token = mean(one.per_token, other.per_token)};
}

}  // namespace

double attention_weights(const LayerShape& shape) {
  const Projections all = mean_projections(shape, Phase::kDecode);
  return all.before.weights + all.after.weights;
}

DenseParts dense_work(const LayerShape& shape,
                      int intermediate,
                      const Gpu& gpu,
                      const Attending& attending) {
  if (attending.prompt_share > 0.0) {
    Attending alone = attending;
    alone.prompt_share = 0.0;
    const DenseParts decode = dense_work(shape, intermediate, gpu, alone);
    const DenseParts prompts = dense_work(shape, intermediate, gpu, attending.prompts());
    const double share = attending.prompt_share;
    return {.prep = mixed(decode.prep, prompts.prep, share),
            .core = mixed(decode.core, prompts.core, share),
            .gate = mixed(decode.gate, prompts.gate, share),
            .shared = mixed(decode.shared, prompts.shared, share)};
  }
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
  const ContextFigures& figures = context_figures(shape, gpu, attending.phase);
  parts.core.fixed =
      figures.launch.value_or(parts.core.fixed) + indexed_share(shape) * figures.index_launch;
  parts.core.per_token = parts.core.per_token + context_time(shape, gpu, attending);
  return parts;
}

DenseParts dense_work(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  return dense_work(shape, shape.shared_size, gpu, attending);
}

}  // namespace wideep
