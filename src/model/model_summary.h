#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/model_shape.h"
#include "model/weight_type.h"
#include "units/quantity.h"

namespace wideep {

/// What was read of the model, for people to hold against the model that they meant.
struct ModelSummary {
  enum class Attention { kUnknown, kMla, kGqa, kCompressed };

  std::optional<int> experts = {};  ///< routed ones of a layer
  int top_k = 1;
  std::optional<int> moe_layers = {};  ///< layers with routed experts
  std::optional<int> layers = {};      ///< all that a token passes, drafting ones not counted
  Attention attention = Attention::kUnknown;
  int windowed_layers = 0;  ///< that attend to `window` tokens only
  int window = 0;
  int linear_layers = 0;                     ///< that keep a state instead of a cache
  std::optional<int> attention_layers = {};  ///< with a cache of the whole context; unset: unknown
  std::optional<WeightType> weights = {};    ///< of the routed experts; unset: nobody said
  std::optional<WeightType> dense_weights = {};      ///< of shared experts and dense layers
  std::optional<WeightType> attention_weights = {};  ///< of attention's projections
  std::optional<double> parameters = {};             ///< counted from the shape
  std::string parameters_reason = {};                ///< why they cannot be counted
  std::optional<double> parameters_expected = {};    ///< as the name or the weights' index says
  std::string expected_reason = {};                  ///< why there is none
  std::string expected_source = {};                  ///< what says it, in words
  std::optional<std::string> mismatch = {};          ///< counted and expected differ, in words
  std::optional<Bytes> cache_per_token = {};  ///< of all layers, states left out; needs a context
  std::optional<Bytes> state = {};            ///< of a sequence, of its linear layers
  std::vector<std::string> notes = {};        ///< what was read only nearly, in words
};

/// What was read of a model, its parameters counted and held against what the files beside it or
/// its name say.
ModelSummary summary_of(const ModelShape& shape, const std::optional<Attending>& attending);

/// "671 B", "30.53 B", "504.5 M".
std::string describe_parameters(double parameters);

/// What was read only nearly, in words, after a count that does not go with what is expected.
std::vector<std::string> reading_faults(const ModelSummary& summary);

/// "8 of 256 experts, 58 of 61 layers MoE, MLA, fp8 weights, 671 B".
std::string describe(const ModelSummary& summary);

}  // namespace wideep
