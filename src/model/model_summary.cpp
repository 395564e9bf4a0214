#include "model/model_summary.h"

#include "units/format_quantity.h"

namespace wideep {
namespace {

void add(std::string& text, const std::string& part) {
  text += (text.empty() ? "" : ", ") + part;
}

std::string attention_of(const ModelSummary& summary) {
  if (summary.attention == ModelSummary::Attention::kUnknown) return "attention not known";
  std::string text = summary.attention == ModelSummary::Attention::kMla ? "MLA" : "GQA";
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

std::string weights_of(const ModelSummary& summary) {
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

}  // namespace

std::string describe_parameters(double parameters) {
  constexpr double kBillion = 1e9;
  constexpr double kWhole = 100.0;  // billions from which on no decimal is of interest
  constexpr double kMillion = 1e6;
  if (parameters < kBillion) return format_number(parameters / kMillion) + " M";
  const double billions = parameters / kBillion;
  return (billions >= kWhole ? format_count(billions) : format_number(billions)) + " B";
}

std::string describe(const ModelSummary& summary) {
  std::string text = (summary.experts ? format_count(*summary.experts) + " experts of which "
                                      : std::string("top ")) +
                     format_count(summary.top_k);
  if (summary.moe_layers && summary.layers) {
    add(text,
        format_count(*summary.moe_layers) + " of " + format_count(*summary.layers) + " layers MoE");
  }
  add(text, attention_of(summary));
  if (const std::string weights = weights_of(summary); !weights.empty()) add(text, weights);
  if (summary.parameters) add(text, describe_parameters(*summary.parameters));
  return text;
}

}  // namespace wideep
