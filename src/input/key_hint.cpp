#include "input/key_hint.h"

#include <algorithm>

#include <fmt/format.h>

#include "input/input_keys.h"
#include "input/section.h"
#include "input/suggest.h"

namespace wideep {
namespace {

/// Kernels that a hint names one by one.
constexpr std::size_t kMostNamed = 3;

/// `path` with its first key spelt anew.
std::string with_first(std::string_view path, std::string_view first) {
  return fmt::format("{}{}", first, path.substr(std::min(path.find('.'), path.size())));
}

/// The places where a key of kernels, of GPUs or of searches is spelt.
std::vector<std::string> places_of(std::string_view path, const KernelNames& names) {
  std::vector<std::string> places;
  const std::string_view first = path.substr(0, path.find('.'));
  if (holds(kGpuKeys, first)) places.push_back(fmt::format("gpu.{}", path));
  if (holds(kSearchKeys, first)) places.push_back(fmt::format("search.{}", path));
  if (first == "tpot") places.push_back(fmt::format("slo.{}", path));
  if (!holds(kKernelKeys, first)) return places;
  const bool of_collectives = first == "collectives" || meaning_of(kCollectiveOpWords, first);
  const std::vector<std::string>& kernels = of_collectives ? names.collectives : names.all_to_alls;
  if (kernels.empty() || kernels.size() > kMostNamed) {
    places.push_back(fmt::format("kernels.NAME.{}", path));
  } else {
    for (const std::string& kernel : kernels) {
      places.push_back(fmt::format("kernels.{}.{}", kernel, path));
    }
  }
  return places;
}

std::string joined_places(const std::vector<std::string>& places) {
  return joined(std::vector<std::string_view>(places.begin(), places.end()));
}

}  // namespace

std::string key_hint(std::string_view path, const KernelNames& kernels) {
  for (const std::string_view prefix : {"fabric.", "workload."}) {
    if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  }
  const std::string_view first = path.substr(0, path.find('.'));
  if (holds(kWorkloadKeys, first) || holds(kFabricKeys, first)) {
    return fmt::format("write {}", path);
  }
  const bool deeper = first.size() < path.size();
  std::vector<std::string_view> names(kernels.all_to_alls.begin(), kernels.all_to_alls.end());
  names.insert(names.end(), kernels.collectives.begin(), kernels.collectives.end());
  if (std::find(names.begin(), names.end(), first) != names.end()) {
    return fmt::format("write kernels.{}", path);
  }
  if (const auto places = places_of(path, kernels); !places.empty()) {
    return fmt::format("write {}", joined_places(places));
  }
  const auto named = deeper ? suggest(first, names) : std::nullopt;
  if (named) return fmt::format("did you mean 'kernels.{}'?", with_first(path, *named));
  std::vector<std::string_view> known = kWorkloadKeys;
  known.insert(known.end(), kFabricKeys.begin(), kFabricKeys.end());
  if (std::string near = did_you_mean(first, known); !near.empty()) return near;
  for (const auto* const keys : {&kSearchKeys, &kGpuKeys, &kKernelKeys}) {
    const auto near = suggest(first, *keys);
    if (near) {
      return fmt::format("did you mean {}?",
                         joined_places(places_of(with_first(path, *near), kernels)));
    }
  }
  return "";
}

std::string_view owner_of(std::string_view path) {
  const std::string_view first = path.substr(0, path.find('.'));
  constexpr std::string_view kFabricPrefix = "fabric.";
  if (path.starts_with(kFabricPrefix)) {
    const std::string_view rest = path.substr(kFabricPrefix.size());
    return holds(kFabricKeys, rest.substr(0, rest.find('.'))) ? "fabric" : "";
  }
  if (holds(kFabricKeys, first)) return "fabric";
  return holds(kWorkloadKeys, first) ? "workload" : "";
}

}  // namespace wideep
