#include "outcome.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

#include "engines/runs.h"

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

const std::vector<Fleet>& fleets() {
  static const std::vector<Fleet> all = {{"h100-ib400", "h100", "fp8", "fp8"},
                                         {"h200-ib400", "h200", "fp8", "fp8"},
                                         {"b200-ib400", "b200", "fp4", "nvfp4"},
                                         {"b300-ib800", "b300", "fp4", "nvfp4"},
                                         {"gb200-nvl72", "gb200", "fp4", "nvfp4"},
                                         {"gb300-nvl72", "gb300", "fp4", "nvfp4"}};
  return all;
}

Problem r1_on(const Fleet& machines, int context, const std::vector<std::string>& set) {
  const bool four_bits = std::string_view(machines.experts) == "nvfp4";
  std::vector<std::string> all = {"model=deepseek-r1",
                                  fmt::format("model.weight_dtype={}", machines.experts),
                                  "model.dense_weight_dtype=fp8",
                                  fmt::format("dispatch_dtype={}", four_bits ? "nvfp4" : "fp8"),
                                  fmt::format("context={}", context),
                                  "straggler_factor={zipf: 0.614}",
                                  "comm_straggler_factor=1.2"};
  all.insert(all.end(), set.begin(), set.end());
  return with_engines(problem_on(machines.fabric, all));
}

std::size_t kernel_of(const Problem& problem, const std::string& name) {
  std::size_t at = 0;
  while (problem.fabric.kernels.at(at).name != name) ++at;
  return at;
}

}  // namespace wideep::validation
