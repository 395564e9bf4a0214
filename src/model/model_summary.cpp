#include "model/model_summary.h"

#include <cmath>

#include "model/attention.h"
#include "model/footprint.h"
#include "model/words.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

void add(std::string& text, const std::string& part) {
  text += (text.empty() ? "" : ", ") + part;
}

std::string name_of(ModelSummary::Attention attention) {
  switch (attention) {
    case ModelSummary::Attention::kMla:
      return "MLA";
    case ModelSummary::Attention::kGqa:
      return "GQA";
    case ModelSummary::Attention::kCompressed:
      return "compressed attention";
    case ModelSummary::Attention::kUnknown:
      break;
  }
  return "attention not known";
}

std::string attention_of(const ModelSummary& summary) {
  std::string text = name_of(summary.attention);
  const bool mixed = summary.windowed_layers > 0 || summary.linear_layers > 0;
  if (mixed && summary.attention_layers) {
    text += " in " + format_count(*summary.attention_layers);
  }
  if (summary.windowed_layers > 0) {
    text += " + " + format_count(summary.windowed_layers) + " with a window of " +
            format_count(summary.window);
  }
  if (summary.linear_layers > 0) text += " + " + format_count(summary.linear_layers) + " linear";
  return text;
}

std::string weights_text(const ModelSummary& summary) {
  if (!summary.weights) return "";
  const std::string experts(name_of(*summary.weights));
  const WeightType dense = summary.dense_weights.value_or(*summary.weights);
  const WeightType attention = summary.attention_weights.value_or(dense);
  if (dense == *summary.weights && attention == dense) return experts + " weights";
  std::string text = experts + " experts";
  if (dense == attention) return text + " and " + std::string(name_of(dense)) + " dense weights";
  return text + ", " + std::string(name_of(dense)) + " dense weights, " +
         std::string(name_of(attention)) + " attention";
}

/// What keeps the parameters from being counted; empty where nothing does.
std::string uncounted(const ModelShape& shape) {
  if (!shape.experts) return "the number of experts is not known";
  if (!shape.expert_size) return "the size of an expert is not known";
  if (!shape.moe_layers) return "the number of layers is not known";
  if (!attends(shape)) return "the model's attention is not known";
  if (!shape.vocabulary) return "the vocabulary is not known";
  return "";
}

std::string difference(double counted, double expected) {
  return format_percent(std::abs(counted / expected - 1.0)) +
         (counted > expected ? " more than" : " less than");
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
  const std::string than = difference(counted, stated) + " " + expected.source + " says (";
  summary.mismatch =
      expected.bytes ? "the weights as read take " + format(Bytes(counted)) + ", " + than +
                           format(Bytes(stated)) + "): check the weight types and the shape"
                     : "the shape as read has " + describe_parameters(counted) + " parameters, " +
                           than + describe_parameters(stated) + "): check the shape";
}

void take_attention(const ModelShape& shape,
                    const std::optional<Attending>& attending,
                    ModelSummary& summary) {
  using Kind = ModelSummary::Attention;
  const AttentionLayers& counted = shape.attention_layers;
  if (!attends(shape)) return;
  summary.attention = shape.mla ? Kind::kMla : shape.gqa ? Kind::kGqa : Kind::kCompressed;
  summary.windowed_layers = counted.windowed;
  summary.window = counted.window;
  summary.linear_layers = counted.linear;
  summary.state = 1.0 * counted.linear * counted.linear_state;
  if (!shape.moe_layers) return;
  const int blocks = *shape.moe_layers + shape.dense_layers.value_or(0);
  summary.attention_layers = counted.full.value_or(blocks - counted.windowed - counted.linear);
  if (const auto& kind = shape.compressed) {
    summary.attention_layers = kind->picked_layers + kind->pooled_layers;
    summary.windowed_layers = blocks - *summary.attention_layers;
    summary.window = kind->window;
  }
  if (!attending) return;
  LayerShape stateless = layer_shape(shape);
  stateless.reach.linear_state = Bytes(0.0);
  summary.cache_per_token =
      1.0 * blocks * cached_bytes(stateless, attending->context) / attending->context;
}

}  // namespace

std::string describe_parameters(double parameters) {
  constexpr double kBillion = 1e9;
  constexpr double kWhole = 100.0;  // billions from which on no decimal is of interest
  constexpr double kMillion = 1e6;
  if (parameters < kBillion) return format_number(parameters / kMillion) + " M";
  const double billions = parameters / kBillion;
  return (billions >= kWhole ? format_count(billions) : format_number(billions)) + " B";
}

std::vector<std::string> reading_faults(const ModelSummary& summary) {
  std::vector<std::string> faults = summary.notes;
  if (summary.mismatch) faults.insert(faults.begin(), *summary.mismatch);
  return faults;
}

std::string describe(const ModelSummary& summary) {
  std::string text = summary.experts ? format_count(summary.top_k) + " of " +
                                           format_count(*summary.experts) + " experts"
                                     : "top " + format_count(summary.top_k);
  if (summary.moe_layers && summary.layers) {
    add(text,
        format_count(*summary.moe_layers) + " of " + format_count(*summary.layers) + " layers MoE");
  }
  add(text, attention_of(summary));
  if (const std::string weights = weights_text(summary); !weights.empty()) add(text, weights);
  if (summary.parameters) add(text, describe_parameters(*summary.parameters));
  return text;
}

ModelSummary summary_of(const ModelShape& shape, const std::optional<Attending>& attending) {
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
  const auto& expected = shape.expected;
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
