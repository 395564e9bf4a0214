#pragma once

#include <vector>

#include "input/huggingface_config.h"

namespace wideep {

/// What mixes the tokens of a layer.
enum class Mixer { kNone, kFull, kWindow, kLinear };

/// What a layer does with each token alone.
enum class FeedForward { kNone, kExperts, kDense };

struct HuggingFaceLayer {
  Mixer mixer = Mixer::kFull;
  FeedForward feed_forward = FeedForward::kExperts;
};

/// What every layer is, by whichever keys the file has for it. Doubts words, letters and lengths
/// that it does not know, and layers of which nothing says what they are; empty where the number of
/// layers is not known. Key names: the configs of transformers, and those of models that bring
/// their own code; docs/input.md#huggingface lists them.
std::vector<HuggingFaceLayer> read_layers(HuggingFaceConfig& config);

/// The layers that attend to a window, to everything, or keep a state.
void read_mixers(HuggingFaceConfig& config, std::vector<HuggingFaceLayer>& layers);

}  // namespace wideep
