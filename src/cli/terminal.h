#pragma once

#include <cstdio>

#include "report/text.h"

namespace wideep {

/// How text is laid out on a stream: as wide as the terminal, 60 to 120 columns, and in colour
/// unless NO_COLOR is set or TERM is dumb; 80 columns without colour where it is none.
Display display_of(std::FILE* stream);

}  // namespace wideep
