#pragma once

#include <string>
#include <vector>

#include "input/read_problem.h"

namespace wideep {

/// The shipped decode configuration of DeepSeek-V3 on a fabric preset, with some values set.
inline Problem deepseek_on(const std::string& fabric, const std::vector<std::string>& set = {}) {
  return read_problem({.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-v3-decode-h100-ib400.yaml",
                       .fabric = fabric,
                       .search = {},
                       .set = set});
}

/// The index of a kernel by name.
inline std::size_t kernel_of(const Problem& problem, const std::string& name) {
  std::size_t at = 0;
  while (problem.fabric.kernels.at(at).name != name) ++at;
  return at;
}

}  // namespace wideep
