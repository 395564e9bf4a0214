#pragma once

#include <optional>

#include "report/limit_text.h"

namespace wideep {

/// A broken limit, if there is one, as reports say it.
inline std::optional<LimitText> words(const Problem& problem,
                                      const std::optional<BrokenLimit>& limit) {
  return limit ? std::optional(text_of(problem, *limit)) : std::nullopt;
}

}  // namespace wideep
