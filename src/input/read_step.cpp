#include "input/read_step.h"

#include "input/layer_shape.h"
#include "input/ranges.h"
#include "model/footprint.h"
#include "model/step.h"

namespace wideep {
namespace {

/// Dense layers and output head, as far as the model knows them.
StepWork computed_work(const ModelShape& shape, const DenseSource& source) {
  const auto& [layer, gpu, attending] = source;
  StepWork work;
  work.dense_layers = shape.dense_layers.value_or(0);
  work.dense_layer = dense_layer_work(layer, shape.dense_size.value_or(0), gpu, attending);
  if (shape.vocabulary) {
    work.head = head_work(layer.model_hidden_size, *shape.vocabulary, gpu, attending);
  }
  work.efficiency = kServingEfficiency;
  return work;
}

void read_outside(Section& section,
                  const ModelShape& shape,
                  const Fabric* fabric,
                  Workload& workload) {
  const auto stated = section.quantity("other_step_time", range::kOtherStepTime);
  const auto overhead = section.quantity("step_overhead", range::kOtherStepTime);
  const auto efficiency = section.share("serving_efficiency", range::kServingEfficiency);
  if (section.has("other_step_time") && section.has("step_overhead")) {
    section.report("step_overhead", "give 'other_step_time' or 'step_overhead', which is the same");
  }
  StepWork& work = workload.outside;
  if (const auto source = dense_source(shape, fabric, workload)) {
    work = computed_work(shape, *source);
    workload.outside_origin = Origin::kHardware;
  }
  if (stated) work.overhead = *stated;
  if (overhead) work.overhead = *overhead;
  if (efficiency) work.efficiency = *efficiency;
}

void take_footprint(const ModelShape& shape, Workload& workload) {
  const bool attention_known = shape.mla || shape.gqa;
  if (!shape.expert_size || !workload.experts || !attention_known) return;
  StackShape stack = stack_shape(shape);
  stack.moe_layers = workload.moe_layers;
  stack.draft_layers = workload.drafting.tokens > 0 ? shape.draft_layers.value_or(0) : 0;
  stack.wire_element = workload.dispatch_element;
  workload.footprint = footprint_of(stack, attending_of(workload));
}

}  // namespace

void read_step(Section& section,
               const ModelShape& shape,
               const Fabric* fabric,
               Workload& workload) {
  read_outside(section, shape, fabric, workload);
  take_footprint(shape, workload);
  Section slo = section.section("slo");
  workload.tpot_limit = slo.quantity("tpot", range::kTpot);
  slo.finish();
}

}  // namespace wideep
