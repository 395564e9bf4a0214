#pragma once

#include <string>
#include <string_view>

#include "model/limits.h"
#include "model/prediction.h"

namespace wideep {

/// The words of files and JSON.
std::string_view name_of(Overlap overlap);
std::string_view name_of(Timing timing);
std::string_view name_of(ExpertLoad load);

/// "EP 64, HT on 20 SMs, dbo with 64 + 64 tokens per rank, 2 chunks"
std::string describe(const Problem& problem, const Prediction& prediction);

/// "message; fix."
std::string sentence(const BrokenLimit& limit);

/// "Label      text ...", broken into lines of at most 80 columns beside its label.
std::string labelled(std::string_view label, std::string_view text);

}  // namespace wideep
