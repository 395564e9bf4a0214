#include "input/removals.h"

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/presets.h"
#include "input/suggest.h"

namespace wideep {
namespace {

const std::vector<std::string_view> kPhaseKeys = {
    "latency", "floor", "bandwidth", "efficiency", "header_bytes", "sm_time"};

/// The first key of a path, and what follows it.
std::pair<std::string_view, std::string_view> split(std::string_view path) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return {path, {}};
  return {path.substr(0, dot), path.substr(dot + 1)};
}

/// The kernel of that name with what its preset says.
Node kernel_named(const Node& kernels, std::string_view name) {
  const Node* const kernel = kernels.find(name);
  if (kernel == nullptr) return {};
  Findings reported_elsewhere;
  return with_preset(PresetKind::kKernel, *kernel, reported_elsewhere);
}

bool can_remove_of_kernel(const Place& place,
                          std::string_view path,
                          const Node& kernels,
                          Findings& findings) {
  const auto [name, inside] = split(path);
  const auto [key, deeper] = split(inside);
  if (!can_remove_key(place, key, kKernelKeys, findings)) return false;
  if (key == "dispatch" || key == "combine") {
    return can_remove_key(place, split(deeper).first, kPhaseKeys, findings);
  }
  const Node kernel = kernel_named(kernels, name);
  if (!deeper.empty() || !holds(kPhaseKeys, key) || kernel.find(key) != nullptr) return true;
  for (const char* direction : {"dispatch", "combine"}) {
    const Node* const phase = kernel.find(direction);
    if (phase == nullptr || phase->find(key) == nullptr) continue;
    findings.report(
        place,
        fmt::format("kernel {} gives its {} by direction", name, key),
        fmt::format("set kernels.{0}.dispatch.{1} and kernels.{0}.combine.{1}", name, key));
    return false;
  }
  return true;
}

}  // namespace

bool can_remove_key(const Place& place,
                    std::string_view key,
                    const std::vector<std::string_view>& known,
                    Findings& findings) {
  if (key.empty() || key == "preset" || key == "about" || holds(known, key)) return true;
  findings.report(
      place, fmt::format("there is no key '{}' to take away", key), did_you_mean(key, known));
  return false;
}

bool can_remove(const Place& place,
                std::string_view path,
                const Node& kernels,
                Findings& findings) {
  const auto [first, rest] = split(path);
  if (first == "gpu") return can_remove_key(place, split(rest).first, kGpuKeys, findings);
  if (first == "kernels") return can_remove_of_kernel(place, rest, kernels, findings);
  return true;
}

bool leads_somewhere(const Node& tree, std::string_view path) {
  const auto [key, rest] = split(path);
  if (tree.is_scalar() || tree.find("preset") != nullptr) return true;
  const Node* const next = tree.find(key);
  if (next == nullptr) return false;
  return rest.empty() || leads_somewhere(*next, rest);
}

bool is_own(const Place& place, std::string_view key, const Node& workload, Findings& findings) {
  const bool of_model = holds(kModelKeys, key) && workload.find("model") != nullptr;
  if (!of_model || workload.find(key) != nullptr) return true;
  findings.report(place,
                  fmt::format("the workload has no '{}' of its own to take away", key),
                  fmt::format("model.{}=null takes it from the model", key));
  return false;
}

}  // namespace wideep
