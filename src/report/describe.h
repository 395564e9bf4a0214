#pragma once

#include <string>
#include <string_view>

#include "model/prediction.h"
#include "model/words.h"

namespace wideep {

/// Whose order a schedule is: "vLLM".
std::string_view engine_of(Schedule schedule);

/// "EP", "TEP" or "TP".
std::string_view layout_word(Experts experts);

/// "EP 64", "TEP 8", "TP 8", "TP 2 x EP 4"; with the layout of attention where that is not the one
/// that goes with it mostly.
std::string layout_text(const Config& config);

/// "EP 64, HT on 20 SMs, dbo as in vLLM": without split and chunks.
std::string describe_choice(const Problem& problem, const Config& config);

/// "EP 64, HT on 20 SMs, dbo as in vLLM with 64 + 64 tokens per rank, 2 chunks"
std::string describe(const Problem& problem, const Prediction& prediction);

}  // namespace wideep
