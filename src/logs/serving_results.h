#pragma once

#include <string>
#include <string_view>

#include "logs/collect.h"

namespace wideep {

/// Whether a file that begins so is one JSON document with results of serving benchmarks: an object
/// over several lines, or a list of them. Objects that are a line each are a LogFormat's.
bool is_serving_document(std::string_view head);

/// Passes on what its rows say, each counted as a line; names its tools in the file's formats.
/// Throws InputError where it is no JSON or larger than an input file may be.
void read_serving_document(const std::string& path, FileCollector& collector);

}  // namespace wideep
