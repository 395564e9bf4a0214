#pragma once

#include <string_view>
#include <vector>

namespace wideep {

/// The keys at the top of each kind of file, which tell one kind from another and say where a
/// `--set` belongs.
extern const std::vector<std::string_view> kModelKeys;
extern const std::vector<std::string_view> kWorkloadKeys;  ///< those of a model among them
extern const std::vector<std::string_view> kPlanKeys;      ///< of a workload, for `plan` alone
extern const std::vector<std::string_view> kFabricKeys;
extern const std::vector<std::string_view> kSearchKeys;
extern const std::vector<std::string_view> kGpuKeys;
extern const std::vector<std::string_view> kKernelKeys;

bool holds(const std::vector<std::string_view>& keys, std::string_view key);

}  // namespace wideep
