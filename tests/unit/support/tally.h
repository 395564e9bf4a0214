#pragma once

namespace wideep {

/// The exit code of a run that doctest ends with `of_doctest`: 1 also where a test case asserted
/// nothing or none was run, 77 where every case was skipped. Prints what was skipped and which
/// cases assert nothing.
int exit_code(int of_doctest);

}  // namespace wideep
