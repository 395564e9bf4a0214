#include "input/read_summary.h"

#include <cmath>

#include <fmt/format.h>

#include "input/layer_shape.h"
#include "model/footprint.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// What keeps the parameters from being counted; empty where nothing does.
std::string uncounted(const ModelShape& shape) {
  if (!shape.experts) return "the number of experts is not known";
  if (!shape.expert_size) return "the size of an expert is not known";
  if (!shape.moe_layers) return "the number of layers is not known";
  if (!shape.mla && !shape.gqa) return "the model's attention is not known";
  if (!shape.vocabulary) return "the vocabulary is not known";
  return "";
}

std::string difference(double counted, double expected) {
  return fmt::format("{} {}",
                     format_percent(std::abs(counted / expected - 1.0)),
                     counted > expected ? "more than" : "less than");
}

/// Holds the count against what is expected. Some files count the layers that draft, some do not:
/// the nearer of both is taken.
void compare(const StackShape& stack, const ExpectedSize& expected, ModelSummary& summary) {
  StackShape without = stack;
  without.draft_layers = 0;
  summary.expected_source = expected.source;
  double counted = weights_of(without).total();
  double all = weights_of(stack).total();
  double stated = expected.parameters.value_or(0.0);
  summary.parameters_expected = expected.parameters;
  if (expected.bytes) {  // as parameters of the mean size that was read
    stated = *expected.bytes / Bytes(1.0);
    summary.parameters_expected = *expected.bytes / stored_bytes(without) * counted;
    counted = stored_bytes(without) / Bytes(1.0);
    all = stored_bytes(stack) / Bytes(1.0);
  }
  if (std::abs(all - stated) < std::abs(counted - stated)) counted = all;
  if (std::abs(counted / stated - 1.0) <= expected.tolerance) return;
  summary.mismatch =
      expected.bytes
          ? fmt::format(
                "the weights as read take {}, {} {} says ({}): check the weight types and "
                "the shape",
                format(Bytes(counted)),
                difference(counted, stated),
                expected.source,
                format(Bytes(stated)))
          : fmt::format("the shape as read has {} parameters, {} {} says ({}): check the shape",
                        describe_parameters(counted),
                        difference(counted, stated),
                        expected.source,
                        describe_parameters(stated));
}

void take_attention(const ModelShape& shape,
                    const std::optional<Attending>& attending,
                    ModelSummary& summary) {
  using Kind = ModelSummary::Attention;
  const AttentionLayers& counted = shape.attention_layers;
  if (!shape.mla && !shape.gqa) return;
  summary.attention = shape.mla ? Kind::kMla : Kind::kGqa;
  summary.windowed_layers = counted.windowed;
  summary.window = counted.window;
  summary.linear_layers = counted.linear;
  if (shape.moe_layers) {
    const int blocks = *shape.moe_layers + shape.dense_layers.value_or(0);
    summary.attention_layers = counted.full.value_or(blocks - counted.windowed - counted.linear);
  }
  summary.state = 1.0 * counted.linear * counted.linear_state;
  if (!attending || !shape.moe_layers) return;
  LayerShape stateless = layer_shape(shape);
  stateless.reach.linear_state = Bytes(0.0);
  const int blocks = *shape.moe_layers + shape.dense_layers.value_or(0);
  summary.cache_per_token =
      1.0 * blocks * cached_bytes(stateless, attending->context) / attending->context;
}

}  // namespace

ModelSummary summary_of(const ModelShape& shape,
                        const std::string& name,
                        const std::optional<Attending>& attending) {
  ModelSummary summary;
  summary.experts = shape.experts;
  summary.top_k = shape.top_k.value_or(1);
  summary.moe_layers = shape.moe_layers;
  if (shape.moe_layers) {
    summary.layers = shape.layers.value_or(*shape.moe_layers + shape.dense_layers.value_or(0));
  }
  take_attention(shape, attending, summary);
  if (shape.expert_size || shape.weights) {
    const LayerShape layer = layer_shape(shape);
    summary.weights = layer.weights;
    summary.dense_weights = layer.dense_weights;
    summary.attention_weights = layer.attention_weights.value_or(layer.dense_weights);
  }
  summary.notes = shape.notes;
  summary.parameters_reason = uncounted(shape);
  auto expected = shape.expected;
  // A preset that is changed need not be as large as its name says.
  if (!expected && name.find(',') == std::string::npos) expected = size_in_name(name);
  if (!expected) summary.expected_reason = "neither its name nor a file beside it says";
  StackShape stack = stack_shape(shape);
  if (summary.parameters_reason.empty()) {
    StackShape without = stack;
    without.draft_layers = 0;
    summary.parameters = weights_of(without).total();
    if (expected) compare(stack, *expected, summary);
  } else if (expected) {
    summary.parameters_expected = expected->parameters;
    summary.expected_source = expected->source;
    if (!expected->parameters) summary.expected_reason = "it is not known what a weight takes";
  }
  return summary;
}

}  // namespace wideep
