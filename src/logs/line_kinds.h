#pragma once

#include <string>
#include <string_view>

namespace wideep {

/// Whether a line tells that the run failed: a process that ended, or an error that ends it.
bool tells_failure(std::string_view line);

/// Whether a line is NCCL's own and nothing else: most of a long log is. Where results were printed
/// into the middle of one, or what tells of them, formats are to see it.
bool is_noise(std::string_view line);

/// Why a file is no text; empty where it may be one.
std::string no_text(std::string_view head);

}  // namespace wideep
