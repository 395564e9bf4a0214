#include "input/read_compute.h"

#include <array>

#include "input/ranges.h"

namespace wideep {
namespace {

constexpr std::array<Choice<Phase>, 2> kPhases = {
    {{"decode", Phase::kDecode}, {"prefill", Phase::kPrefill}}};

/// `{launch: , weight_read: , fixed: , per_token: }`, of which the last is required.
ExpertFigures read_expert_time(Section& parent) {
  Section section = parent.section("expert_time");
  const auto part = [&](std::string_view key) {
    return section.quantity(key, range::kLatency).value_or(Seconds(0.0));
  };
  ExpertFigures figures{
      .launch = part("launch"),
      .weight_read = part("weight_read"),
      .fixed = part("fixed"),
      .per_token = section.quantity("per_token", range::kTimePerToken).value_or(Seconds(1.0))};
  if (section.exists() && !section.has("per_token")) section.miss("per_token");
  section.finish();
  return figures;
}

/// What the fabric's GPU can tell of this model: nothing where either says too little.
std::optional<Gpu> gpu_for(const Fabric* fabric) {
  const bool known =
      fabric != nullptr && fabric->gpu && fabric->gpu->hbm_bandwidth > BytesPerSecond(0.0);
  return known ? fabric->gpu : std::nullopt;
}

void read_experts(Section& section,
                  const ModelShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  const auto per_token = section.quantity("expert_time_per_token", range::kTimePerToken);
  const ExpertFigures figures = read_expert_time(section);
  if (section.has("expert_time_per_token")) {
    workload.expert.per_token = per_token.value_or(Seconds(1.0));
    if (section.has("expert_time")) {
      section.report("expert_time", "give 'expert_time' or 'expert_time_per_token', not both");
    }
  } else if (section.has("expert_time")) {
    workload.expert = figures;
  } else {
    const auto gpu = gpu_for(fabric);
    workload.expert_origin = Origin::kHardware;
    if (gpu && shape.expert_size && shape.experts) {
      workload.expert = expert_figures(layer_shape(shape), *gpu);
    } else {
      workload.expert.per_token = Seconds(1.0);
      const bool faulty = fabric != nullptr && fabric->gpu && fabric->gpu->sms == 0;
      if (fabric != nullptr && !faulty && !shape.faulty) section.miss("expert_time_per_token");
    }
  }
  if (workload.expert.per_expert() && !workload.experts) {
    section.report("expert_time", "'expert_time' by expert needs 'experts' or a model");
  }
}

/// `attention_time: {fixed: , per_token: }`, or from `context` and the GPU.
void read_dense(Section& section,
                const ModelShape& shape,
                const Fabric* fabric,
                Workload& workload) {
  Section stated = section.section("attention_time");
  const auto fixed = stated.quantity("fixed", range::kLatency);
  const auto per_token = stated.quantity("per_token", range::kLatency);
  stated.finish();
  workload.context = section.whole("context", range::kContext);
  workload.phase = section.choice<Phase>("phase", kPhases).value_or(Phase::kDecode);
  if (stated.exists()) {
    workload.dense.fixed = fixed.value_or(Seconds(0.0));
    workload.dense.per_token = per_token.value_or(Seconds(0.0));
    return;
  }
  const auto gpu = gpu_for(fabric);
  if (!workload.context || !gpu || (!shape.mla && !shape.gqa)) return;
  workload.dense = dense_work(layer_shape(shape), *gpu, workload.phase, *workload.context);
  workload.dense_origin = Origin::kHardware;
}

}  // namespace

LayerShape layer_shape(const ModelShape& shape) {
  LayerShape layer;
  layer.hidden_size = shape.hidden_size.value_or(1);
  layer.model_hidden_size = shape.model_hidden_size.value_or(layer.hidden_size);
  layer.expert_size = shape.expert_size.value_or(1);
  layer.shared_size = shape.shared_size.value_or(0);
  layer.weights = shape.weights.value_or(WeightType::kBf16);
  layer.dense_weights = shape.dense_weights.value_or(layer.weights);
  layer.mla = shape.mla;
  layer.gqa = shape.gqa;
  layer.kv_element = shape.kv_element.value_or(Bytes(2.0));
  return layer;
}

void read_compute(Section& section,
                  const ModelShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  read_experts(section, shape, fabric, workload);
  read_dense(section, shape, fabric, workload);
}

}  // namespace wideep
