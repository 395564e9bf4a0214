#include "model/figures.h"

#include <array>

#include "model/attention.h"
#include "model/exchanges.h"
#include "model/hardware.h"
#include "model/layout_shape.h"
#include "model/step.h"

namespace wideep {
namespace {

/// What the dense work of a model is computed from.
struct DenseSource {
  LayerShape layer;
  Gpu gpu;
  Attending attending;
};

/// Nothing where the context, the model's attention or the GPU's data sheet is not known. What the
/// workload states beside them plays no part: a stated figure replaces itself alone.
std::optional<DenseSource> dense_source(const ModelShape& shape,
                                        const Workload& workload,
                                        const Fabric& fabric) {
  const auto gpu = gpu_of(fabric);
  const auto attending = attending_of(workload);
  if (!attending || !gpu || !attends(shape)) return std::nullopt;
  return DenseSource{layer_shape(shape), *gpu, *attending};
}

/// Dense layers and output head, as far as the model knows them.
StepWork computed_work(const ModelShape& shape, const DenseSource& source) {
  const auto& [layer, gpu, attending] = source;
  StepWork work;
  work.dense_layers = shape.dense_layers.value_or(0);
  work.dense_layer = dense_work(layer, shape.dense_size.value_or(0), gpu, attending);
  if (shape.vocabulary) {
    work.head = head_work(layer.model_hidden_size, *shape.vocabulary, gpu, attending);
  }
  work.efficiency = kServingEfficiency;
  return work;
}

void set_exchanges(const ModelShape& shape,
                   const Fabric& fabric,
                   const Config& config,
                   StepWork& work) {
  constexpr Bytes kLogit{2.0};  // bf16, which engines gather
  const int ranks = config.attention.ranks;
  work.reduced = reduced(fabric, config, ranks, row_of(shape));
  work.logits = {.curve = curve_of(fabric, config, CollectiveOp::kAllGather, ranks),
                 .per_token = 1.0 * shape.vocabulary.value_or(0) * kLogit};
}

/// What is stated of the whole, in the proportions of the computed parts; all in the core where
/// none is computed. A law of its own reading of weights is shared out figure by figure, so that
/// the computed one, stated, is itself; without one the fixed time holds that too, as it is at
/// `tokens`.
DenseParts shared_out(const DenseWork& stated, const DenseParts& computed, double tokens) {
  const bool whole = stated.weight_read > Seconds(0.0) || stated.compute_per_token > Seconds(0.0);
  const auto of_figure = [&](Seconds DenseWork::*figure, const DenseWork& part) {
    const bool held = !whole && figure == &DenseWork::fixed;
    return held ? part.time(tokens) - tokens * part.per_token : part.*figure;
  };
  DenseParts parts;
  const std::array<DenseWork*, 4> to = {&parts.prep, &parts.core, &parts.gate, &parts.shared};
  const auto from = computed.all();
  for (const auto figure : {&DenseWork::fixed,
                            &DenseWork::weight_read,
                            &DenseWork::compute_per_token,
                            &DenseWork::per_token}) {
    Seconds sum;
    for (const DenseWork* part : from) sum = sum + of_figure(figure, *part);
    if (sum == Seconds(0.0)) {
      parts.core.*figure = stated.*figure;
      continue;
    }
    for (std::size_t at = 0; at < to.size(); ++at) {
      to[at]->*figure = of_figure(figure, *from[at]) / sum * stated.*figure;
    }
  }
  return parts;
}

/// The workload's figure, else the fabric's; without either it stays.
template <class Figure>
ServingOrigin take(const std::optional<Figure>& stated,
                   const std::optional<Figure>& measured,
                   Figure& figure) {
  if (!stated && !measured) return ServingOrigin::kDefault;
  figure = stated ? *stated : *measured;
  return stated ? ServingOrigin::kStated : ServingOrigin::kFabric;
}

std::optional<Footprint> footprint_of(const ModelShape& shape, const Workload& workload) {
  const bool attention_known = attends(shape);
  if (!shape.expert_size || !workload.model.experts || !attention_known) return std::nullopt;
  StackShape stack = stack_shape(shape);
  stack.moe_layers = workload.model.moe_layers;
  stack.draft_layers = workload.traffic.drafting.tokens > 0 ? shape.draft_layers.value_or(0) : 0;
  stack.wire_element = workload.traffic.dispatch_element;
  return footprint_of(stack, attending_of(workload));
}

}  // namespace

std::optional<Attending> attending_of(const Workload& workload) {
  const Traffic& traffic = workload.traffic;
  if (!traffic.context) return std::nullopt;
  Attending attending{.phase = traffic.phase,
                      .context = *traffic.context,
                      .tokens_per_sequence = 1 + traffic.drafting.tokens,
                      .cached_tokens = traffic.cached_tokens};
  if (traffic.prompts) {
    attending.prompt_share = traffic.prompts->share;
    attending.prompt_context = traffic.prompts->context;
    attending.prompt_cached_tokens = traffic.prompts->cached_tokens;
  }
  return attending;
}

std::optional<Gpu> gpu_of(const Fabric& fabric) {
  const bool known = fabric.gpu && fabric.gpu->hbm_bandwidth;
  return known ? fabric.gpu : std::nullopt;
}

std::optional<std::size_t> collectives_in_force(const Fabric& fabric, const Config& config) {
  const bool own = config.attention.ranks > 1 && fabric.kernels[config.kernel].collectives;
  return own ? std::optional(config.kernel) : std::nullopt;
}

bool knows_experts(const ModelShape& shape, const Fabric& fabric) {
  return gpu_of(fabric) && shape.expert_size && shape.experts;
}

Figures figures_of(const Workload& workload, const Fabric& fabric, const Config& config) {
  const StatedFigures& stated = workload.stated;
  const ModelShape shape = part_of(workload.model.shape, config.attention);
  Figures figures;
  figures.attention = config.attention;
  figures.one_group = config.is_one_group();
  figures.collectives_of = collectives_in_force(fabric, config);
  if (stated.expert) {
    figures.expert = *stated.expert;
  } else {
    figures.expert_origin = Origin::kHardware;
    if (knows_experts(shape, fabric)) {
      figures.expert = expert_figures(layer_shape(shape), *gpu_of(fabric), workload.traffic.phase);
    }
  }
  const auto source = dense_source(shape, workload, fabric);
  if (source) figures.dense = dense_work(source->layer, source->gpu, source->attending);
  if (stated.dense) {
    const double tokens = tokens_per_rank(workload, fabric.gpus_per_domain);
    figures.dense = shared_out(*stated.dense, figures.dense, tokens);
  } else if (source) {
    figures.dense_origin = Origin::kHardware;
  }
  if (source) {
    figures.outside = computed_work(shape, *source);
    if (config.attention.ranks > 1) {
      set_exchanges(workload.model.shape, fabric, config, figures.outside);
    }
    figures.outside_origin = Origin::kHardware;
  }
  StepWork& outside = figures.outside;
  figures.overhead_origin = take(stated.step_overhead, fabric.step_overhead, outside.overhead);
  figures.efficiency_origin =
      take(stated.serving_efficiency, fabric.serving_efficiency, outside.efficiency);
  if (source && figures.efficiency_origin == ServingOrigin::kDefault) {
    outside.group_efficiency = kGroupEfficiency;
  }
  figures.footprint = footprint_of(shape, workload);
  figures.read = summary_of(workload.model.shape, attending_of(workload));
  return figures;
}

}  // namespace wideep
