#pragma once

#include "report/limit_text.h"

namespace wideep {

/// A count of things, of which limits hold whole ones.
inline int whole(const Amount& amount) {
  return static_cast<int>(std::get<double>(amount));
}

/// The words of a limit of an EP width and kernel, whatever the batch.
LimitText width_limit_text(const Problem& problem, const BrokenLimit& limit);

}  // namespace wideep
