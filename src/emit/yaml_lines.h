#pragma once

#include <string>
#include <string_view>

#include "emit/launch.h"

namespace wideep {

/// So many blanks.
std::string spaces(int count);

/// A line with its reason behind it, where there is one.
std::string line(const std::string& text, const std::string& why = {});

/// The model's name in letters, digits and '-', as Kubernetes takes names.
std::string model_name(const LaunchSet& set);

/// A value as YAML reads it back as the same text.
std::string yaml_text(std::string_view value);

/// "key: value  # why" lines of TensorRT-LLM's options, maps in maps.
std::string options_yaml(const Launch& launch, int indent);

}  // namespace wideep
