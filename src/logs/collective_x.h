#pragma once

#include <string>
#include <string_view>

#include "logs/format.h"

namespace wideep {

/// Whether a file begins like an artifact of CollectiveX, the all-to-all benchmark of
/// SemiAnalysisAI/InferenceX: JSON of `record_type` "case-attempt".
bool is_collective_x(std::string_view head);

/// Passes its measurements on: of each batch the median times of dispatch and combine, entered by
/// all ranks together. Throws InputError where it is no sound JSON or lacks what it must say.
void read_collective_x(const std::string& path, LogSink& sink);

}  // namespace wideep
