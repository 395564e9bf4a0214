#pragma once

#include <string_view>
#include <vector>

#include "input/node.h"

namespace wideep {

/// What a single file turns out to be.
enum class FileKind { kWorkload, kFabric, kSearch, kModel, kKernel, kGpu };

/// "workload", "fabric", "search", "model", "kernel" or "gpu".
std::string_view name_of(FileKind kind);

/// Whether a file has one of those keys.
bool has_any(const Node& root, const std::vector<std::string_view>& keys);

/// Tells by its keys what a file is. One that starts from a preset is of that preset's kind, and a
/// Hugging Face config.json is a model.
FileKind kind_of(const Node& root);

/// Whether there is a file to be read as that kind. One of another kind is reported as such, rather
/// than every key in it.
bool is_a(FileKind kind, const Node& root, Findings& findings);

}  // namespace wideep
