#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input/huggingface_formats.h"
#include "input/huggingface_modules.h"

namespace wideep {

/// What a quantization says of the weights: a type for those of a list of names, the last list that
/// covers a kind of module taking precedence.
struct QuantizationRule {
  NamedModules modules;
  WeightType type = WeightType::kBf16;
  const Node* at = nullptr;  ///< where it stands
};

/// A quantization being read.
struct Quantization {
  HuggingFaceConfig& config;
  std::vector<QuantizationRule> rules = {};
};

/// All linear layers, and the routed experts alone.
NamedModules everything();
NamedModules experts_alone();

/// Adds a rule for `modules`, or doubts the format, which stands at `at` under the key `what`.
void take_format(Quantization& reading,
                 const Node& at,
                 const WeightFormat& format,
                 std::string_view what,
                 NamedModules modules);

/// Adds a rule for what each method of quantization stores how, and one for what it leaves out:
/// fp8, mxfp4, ModelOpt, compressed-tensors, AWQ, GPTQ, AutoRound, Quark. Doubts any other.
void read_quantization_method(Quantization& reading, const Node& quantized);

}  // namespace wideep
