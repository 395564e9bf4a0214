#include "report/model_section.h"

#include "report/describe.h"

namespace wideep {
namespace {

template <class T>
void put(Json& json, const std::string& name, const std::optional<T>& value, const char* reason) {
  if (value) {
    json[name] = *value;
  } else {
    json[name] = nullptr;
    json[name + "_reason"] = reason;
  }
}

std::optional<std::string> word(const std::optional<WeightType>& type) {
  return type ? std::optional(std::string(name_of(*type))) : std::nullopt;
}

std::optional<double> base(const std::optional<Bytes>& bytes) {
  return bytes ? std::optional(bytes->base()) : std::nullopt;
}

std::optional<std::string> kind_of(const ModelSummary& summary) {
  switch (summary.attention) {
    case ModelSummary::Attention::kMla:
      return "mla";
    case ModelSummary::Attention::kGqa:
      return "gqa";
    case ModelSummary::Attention::kCompressed:
      return "compressed";
    case ModelSummary::Attention::kUnknown:
      break;
  }
  return std::nullopt;
}

}  // namespace

Text model_section(const ModelSummary& summary) {
  if (!summary.moe_layers && !summary.weights) return {};
  return labelled("Model", describe(summary) + ".");
}

Json model_json(const ModelSummary& summary) {
  constexpr const char* kNotSaid = "the model does not say";
  Json json;
  put(json, "experts", summary.experts, kNotSaid);
  json["top_k"] = summary.top_k;
  put(json, "moe_layers", summary.moe_layers, kNotSaid);
  put(json, "layers", summary.layers, kNotSaid);
  put(json, "attention", kind_of(summary), kNotSaid);
  put(json, "attention_layers", summary.attention_layers, kNotSaid);
  json["windowed_layers"] = summary.windowed_layers;
  json["linear_layers"] = summary.linear_layers;
  put(json, "weights", word(summary.weights), kNotSaid);
  put(json, "dense_weights", word(summary.dense_weights), kNotSaid);
  put(json, "attention_weights", word(summary.attention_weights), kNotSaid);
  put(json, "parameters", summary.parameters, summary.parameters_reason.c_str());
  put(json, "parameters_expected", summary.parameters_expected, summary.expected_reason.c_str());
  if (summary.parameters_expected) json["parameters_expected_source"] = summary.expected_source;
  put(json,
      "cache_bytes_per_token",
      base(summary.cache_per_token),
      "no context, or attention is not known");
  put(json, "state_bytes_per_request", base(summary.state), "attention is not known");
  json["warnings"] = reading_faults(summary);
  return json;
}

}  // namespace wideep
