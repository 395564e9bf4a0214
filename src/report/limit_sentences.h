#pragma once

#include <span>
#include <string>
#include <vector>

#include "report/limit_text.h"
#include "report/text.h"

namespace wideep {

/// "message; fix."
std::string sentence(const LimitText& limit);

/// A sentence each; in one those that differ in what their messages end with, and what fits
/// elsewhere with the first that says it.
std::vector<std::string> sentences_of(std::span<const LimitText> limits);

/// The same as lines, "because" before each.
Text because(std::span<const LimitText> limits);

}  // namespace wideep
