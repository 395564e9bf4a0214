#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "input/node.h"
#include "model/weight_type.h"

namespace wideep {

/// A format of weights as a file describes it: a type of ours, or why it is none.
struct WeightFormat {
  std::optional<WeightType> type = {};
  std::string fault = {};  ///< where there is no type
  std::string note = {};   ///< where the type is only nearly the same
};

/// Integers or floats of so many bits with a scale for each `group` weights (0: not said, below 0:
/// one for a whole row).
WeightFormat format_of(std::string_view kind, int bits, int group);

/// `weights` of compressed-tensors: {num_bits, type, group_size, strategy}.
WeightFormat format_in(const Node& weights);

/// quant_algo of ModelOpt, such as NVFP4 or W4A8_AWQ, with its group_size (0: not said).
WeightFormat format_of_algorithm(std::string_view algorithm, int group);

/// A dtype by name, as torch_dtype, expert_dtype and Quark's `dtype` give it.
WeightFormat format_of_dtype(std::string_view dtype, int group);

}  // namespace wideep
