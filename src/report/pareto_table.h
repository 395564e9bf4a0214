#pragma once

#include <string>

#include "plan/pareto.h"
#include "report/text.h"

namespace wideep {

/// Whether the point is a knee.
bool is_knee(const Front& front, std::size_t at);

/// "EP 64, LL, dbo", without split, chunks and whose order.
std::string choice_text(const Problem& problem, const Config& config);

/// 1 / TPOT.
double per_user(const Prediction& point);

/// The points as lines, a bar for tokens per second and GPU as long as the display has room for;
/// of a front longer than a screen the ends, the knees and where the configuration changes, and how
/// many others are left out. There must be points.
Text pareto_table(const Problem& problem, const Front& front, const Display& display);

}  // namespace wideep
