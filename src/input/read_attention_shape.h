#pragma once

#include <string>

#include "model/layer_shape.h"

namespace wideep {

/// The attention of a model, by a preset's name or the path of a config.json, without the model's
/// shared experts. Throws InputError, also where the model does not say its attention.
LayerShape read_attention_shape(const std::string& model);

}  // namespace wideep
