#pragma once

#include <string>

namespace wideep {

/// Counts the running test case as skipped and prints why; the case should then return. A run of
/// nothing but skipped cases exits with 77, which ctest shows as "Skipped".
void skip_case(const std::string& why);

/// Whether the published measurements lie beside the project, which does not hold them; where they
/// do not, the running test case is skipped.
bool published_there();

/// Whether code is optimized; where it is not, the running test case is skipped: hundreds of
/// searches take half a minute there.
bool quick_enough();

}  // namespace wideep
