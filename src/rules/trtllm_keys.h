#pragma once

#include <span>
#include <string_view>

namespace wideep {

/// The keys of a section of TensorRT-LLM's options, "" being the top and "moe_config" one; none
/// where that section's keys are not known here.
std::span<const std::string_view> trtllm_keys_of(std::string_view section);

/// The key that one which is not known in that section stands for: misspelt by a letter or two,
/// with '-' for '_', or of builds before 1.0. Empty where that cannot be told.
std::string_view trtllm_key_meant(std::string_view key, std::string_view section);

}  // namespace wideep
