#pragma once

#include "model/layer_shape.h"
#include "model/work.h"

namespace wideep {

/// What stands on one side of attention proper, in elements.
struct ProjectionSide {
  double weights = 0.0;      ///< read once a batch
  double activations = 0.0;  ///< of a token, that one kernel writes and the next one reads
};

/// The projections of an attention. docs/model.md#attention
struct Projections {
  ProjectionSide before;  ///< to queries, keys and values
  ProjectionSide after;   ///< from what attention gives to the layer's output and its norm
};

/// Those of the mean layer; zero where no attention is given. Activations are those of the phase:
/// MLA decodes in its latent space and multiplies keys and values out at prefill.
Projections mean_projections(const LayerShape& shape, Phase phase);

}  // namespace wideep
