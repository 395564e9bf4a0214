#include "outcome.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace wideep::validation {

double Errors::quantile(double share) const {
  if (of.empty()) return 0.0;
  std::vector<double> sizes;
  for (const double error : of) sizes.push_back(std::abs(error));
  std::sort(sizes.begin(), sizes.end());
  const double at = share * static_cast<double>(sizes.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double above = sizes[std::min(below + 1, sizes.size() - 1)];
  return sizes[below] + (at - static_cast<double>(below)) * (above - sizes[below]);
}

double Errors::bias() const {
  if (of.empty()) return 0.0;
  return std::accumulate(of.begin(), of.end(), 0.0) / static_cast<double>(of.size());
}

std::string percent(double share, bool sign) {
  return sign ? fmt::format("{:+.1f} %", 100.0 * share) : fmt::format("{:.1f} %", 100.0 * share);
}

Problem problem_on(const std::string& fabric, const std::vector<std::string>& set) {
  return read_problem({.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-v3-decode-h100-ib400.yaml",
                       .fabric = fabric,
                       .search = {},
                       .set = set});
}

std::size_t kernel_of(const Problem& problem, const std::string& name) {
  std::size_t at = 0;
  while (problem.fabric.kernels.at(at).name != name) ++at;
  return at;
}

}  // namespace wideep::validation
