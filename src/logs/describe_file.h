#pragma once

#include <string>

#include "fit/samples.h"

namespace wideep {

/// Name, size, lines and hash of a file whose lines another reader uses, all of them. Throws
/// InputError where it cannot be read.
LogFile describe_file(const std::string& path, const std::string& format);

/// Whether a file is a log, by balancedness lines in its first 64 KiB or by the first line that is
/// no remark: counts are numbers, lists or a table.
bool holds_log_lines(const std::string& path);

}  // namespace wideep
