#include "input/file_kind.h"

#include <algorithm>

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/presets.h"
#include "input/read_huggingface.h"

namespace wideep {
namespace {

/// How many of the keys a file has.
std::ptrdiff_t count_of(const Node& root, const std::vector<std::string_view>& keys) {
  return std::count_if(
      keys.begin(), keys.end(), [&](std::string_view key) { return root.find(key) != nullptr; });
}

bool has_only(const Node& root, const std::vector<std::string_view>& keys) {
  return std::all_of(root.entries.begin(), root.entries.end(), [&](const Entry& entry) {
    const std::string& key = entry.key.text;
    return key == "about" || key == "preset" || holds(keys, key);
  });
}

/// Layouts of experts and attention have names that a model's keys have too.
bool has_search_key(const Node& root) {
  return std::any_of(kSearchKeys.begin(), kSearchKeys.end(), [&](std::string_view key) {
    return root.find(key) != nullptr && !holds(kModelKeys, key);
  });
}

FileKind kind_of(PresetKind kind) {
  switch (kind) {
    case PresetKind::kFabric:
      return FileKind::kFabric;
    case PresetKind::kGpu:
      return FileKind::kGpu;
    case PresetKind::kKernel:
      return FileKind::kKernel;
    case PresetKind::kModel:
    case PresetKind::kEngine:  // no file starts from one
    case PresetKind::kFlags:
      break;
  }
  return FileKind::kModel;
}

}  // namespace

bool has_any(const Node& root, const std::vector<std::string_view>& keys) {
  return count_of(root, keys) > 0;
}

std::string_view name_of(FileKind kind) {
  switch (kind) {
    case FileKind::kWorkload:
      return "workload";
    case FileKind::kFabric:
      return "fabric";
    case FileKind::kSearch:
      return "search";
    case FileKind::kModel:
      return "model";
    case FileKind::kGpu:
      return "gpu";
    case FileKind::kKernel:
      break;
  }
  return "kernel";
}

FileKind kind_of(const Node& root) {
  const std::vector<std::string_view> only_workload = {
      "model", "fabric", "tokens_per_rank", "expert_load", "search", "traffic"};
  const std::vector<std::string_view> only_kernel = {"latency", "bandwidth", "dispatch", "combine"};
  const std::vector<std::string_view> only_fabric = {"gpus_per_domain", "kernels"};
  const std::vector<std::string_view> only_gpu = {"hbm_bandwidth", "flop_rate"};
  if (const auto preset = preset_kind(root)) return kind_of(*preset);
  if (is_huggingface(root)) return FileKind::kModel;
  if (count_of(root, only_workload) > 1) return FileKind::kWorkload;  // whatever strays into it
  if (has_any(root, only_fabric)) return FileKind::kFabric;
  if (has_any(root, only_kernel)) return FileKind::kKernel;
  if (has_any(root, only_gpu)) return FileKind::kGpu;
  if (root.find("sms") != nullptr && has_only(root, kGpuKeys)) return FileKind::kGpu;
  if (has_only(root, kModelKeys)) return FileKind::kModel;
  if (has_only(root, kKernelKeys)) return FileKind::kKernel;
  return has_search_key(root) ? FileKind::kSearch : FileKind::kWorkload;
}

bool is_a(FileKind kind, const Node& root, Findings& findings) {
  if (root.kind == Node::Kind::kNull) return false;
  const FileKind found = root.is_map() && !root.entries.empty() ? kind_of(root) : kind;
  const bool mistaken = kind == FileKind::kWorkload
                            ? found == FileKind::kFabric || found == FileKind::kKernel ||
                                  found == FileKind::kGpu || preset_kind(root).has_value()
                            : found == FileKind::kKernel || found == FileKind::kGpu ||
                                  (found == FileKind::kWorkload && has_any(root, kWorkloadKeys));
  if (mistaken) {
    findings.report(root.place,
                    fmt::format("this is a {}, not a {}", name_of(found), name_of(kind)));
  }
  return !mistaken;
}

}  // namespace wideep
