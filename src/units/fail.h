#pragma once

namespace wideep {

/// Throws std::logic_error: a fault of ours, never of the input. The one place that does: what has
/// no exceptions defines its own.
[[noreturn]] void fail(const char* what);

}  // namespace wideep
