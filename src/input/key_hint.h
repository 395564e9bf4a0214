#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wideep {

/// The key that was probably meant by the path of a `--set` that fits no file: "write
/// kernels.LL.bandwidth", "did you mean 'tokens_per_rank'?"; empty where nothing is near.
/// `kernels`: the names in the fabric.
std::string key_hint(std::string_view path, const std::vector<std::string>& kernels);

/// The kind of file that a path belongs to as it is spelt: "workload", "fabric" or "search file";
/// empty where none has such a key.
std::string_view owner_of(std::string_view path);

}  // namespace wideep
