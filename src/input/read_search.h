#pragma once

#include "input/node.h"
#include "model/problem.h"

namespace wideep {

/// Reads a search block (docs/input.md#search), or the defaults where `block` is null. `path` is
/// "search" inside a workload, empty in a file of its own. Kernels are looked up among `fabric`'s;
/// with none, they are not.
SearchSpace read_search(const Node* block,
                        const std::string& path,
                        const Fabric& fabric,
                        Findings& findings);

}  // namespace wideep
