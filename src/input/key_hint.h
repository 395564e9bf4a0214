#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wideep {

/// The names of a fabric's kernels.
struct KernelNames {
  std::vector<std::string> all_to_alls;  ///< fused ones too
  std::vector<std::string> collectives;
};

/// The key that was probably meant by the path of a `--set` that fits no file: "write
/// kernels.LL.bandwidth", "did you mean 'tokens_per_rank'?"; empty where nothing is near.
std::string key_hint(std::string_view path, const KernelNames& kernels);

/// The kind of file that a path belongs to as it is spelt: "workload", "fabric" or "search file";
/// empty where none has such a key.
std::string_view owner_of(std::string_view path);

}  // namespace wideep
