#pragma once

#include <string>
#include <string_view>

#include "model/prediction.h"
#include "model/words.h"

namespace wideep {

/// "EP 64, HT on 20 SMs, dbo with 64 + 64 tokens per rank, 2 chunks"
std::string describe(const Problem& problem, const Prediction& prediction);

/// "Label      text ...", broken into lines of at most 80 columns beside its label.
std::string labelled(std::string_view label, std::string_view text);

}  // namespace wideep
