#pragma once

#include "fit/attention_fit.h"

namespace wideep {

/// Fits launch and efficiencies to the samples of `fit`, and sets what follows from them; or sets
/// why there are none. Needs samples that span sequences and contexts.
void estimate(AttentionFit& fit);

}  // namespace wideep
