#include "report/collective_calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "model/words.h"
#include "report/fit_parts.h"

namespace wideep {
namespace {

/// As people write sizes: "2KiB", "7168B".
std::string size_yaml(Bytes size) {
  constexpr double kKibi = 1024.0;
  constexpr std::array<const char*, 4> kUnits = {"B", "KiB", "MiB", "GiB"};
  double value = size / unit::B;
  std::size_t at = 0;
  while (at + 1 < kUnits.size() && value >= kKibi && std::fmod(value, kKibi) == 0.0) {
    value /= kKibi;
    ++at;
  }
  return fmt::format("{}{}", value, kUnits.at(at));
}

std::string curve_yaml(const CollectiveCurve& curve) {
  std::string text;
  for (const CollectivePoint& point : curve.points) {
    text += fmt::format(
        "{}{}: {}", text.empty() ? "" : ", ", size_yaml(point.bytes), yaml_of(point.time));
  }
  return fmt::format("{{{}}}", text);
}

using LibraryFits = std::vector<const CollectiveFit*>;  ///< of one library, with a curve each

std::string kernel_yaml(const std::string& name, const LibraryFits& group) {
  const CollectiveFit& first = *group.front();
  std::string text = fmt::format("  {}:\n    collectives: true\n    library: {}\n",
                                 quoted_yaml(name),
                                 name_of(first.series.library));
  std::pair<int, int> ranks{first.series.ranks, first.series.ranks};
  std::pair<Bytes, Bytes> sizes{first.measured.front().bytes, first.measured.back().bytes};
  std::optional<CollectiveOp> op;
  for (const CollectiveFit* fit : group) {
    if (op != fit->series.op) text += fmt::format("    {}:\n", name_of(fit->series.op));
    op = fit->series.op;
    text += fmt::format("      {}: {}\n", fit->series.ranks, curve_yaml(*fit->curve));
    ranks = {std::min(ranks.first, fit->series.ranks), std::max(ranks.second, fit->series.ranks)};
    // Where every curve was measured.
    sizes = {std::max(sizes.first, fit->measured.front().bytes),
             std::min(sizes.second, fit->measured.back().bytes)};
  }
  text += fmt::format("    fitted: {{ranks: [{}, {}]", ranks.first, ranks.second);
  if (sizes.first <= sizes.second) {
    text += fmt::format(", bytes: [{}, {}]", size_yaml(sizes.first), size_yaml(sizes.second));
  }
  return text + "}\n";
}

std::string calibration_yaml(const std::string& name,
                             const LibraryFits& group,
                             const Provenance& provenance) {
  std::string text = fmt::format("    {}:\n", quoted_yaml(name)) +
                     sources_yaml(provenance, "      ") + "      curves:\n";
  for (const CollectiveFit* fit : group) {
    text += fmt::format(
        "        - {{op: {}, ranks: {}, sizes: {}, points: {}, median_error: {:.1f}%, high_error: "
        "{:.1f}%, largest_error: {:.1f}%}}\n",
        name_of(fit->series.op),
        fit->series.ranks,
        fit->measured.size(),
        fit->curve->points.size(),
        kPercent * fit->median_error,
        kPercent * fit->high_error,
        kPercent * fit->largest_error);
  }
  return text;
}

const Kernel* kernel_in(const Fabric* fabric, const std::string& name) {
  if (fabric == nullptr) return nullptr;
  const auto& kernels = fabric->kernels;
  const auto found = std::find_if(
      kernels.begin(), kernels.end(), [&](const Kernel& kernel) { return kernel.name == name; });
  return found == kernels.end() ? nullptr : &*found;
}

/// Whether the group has all curves that the base's kernel has.
bool covers(const LibraryFits& group, const Collectives& base) {
  return std::all_of(kCollectiveOps.begin(), kCollectiveOps.end(), [&](CollectiveOp op) {
    const auto& curves = base.of(op);
    return std::all_of(curves.begin(), curves.end(), [&](const RankCurve& curve) {
      return std::any_of(group.begin(), group.end(), [&](const CollectiveFit* fit) {
        return fit->series.op == op && fit->series.ranks == curve.ranks;
      });
    });
  });
}

void replace_keys(const std::string& name,
                  const LibraryFits& group,
                  const Collectives& base,
                  Calibration& calibration) {
  const std::string kernel = "kernels." + name;
  for (const CollectiveFit* fit : group) {
    calibration.replaced.push_back(
        fmt::format("{}.{}.{}", kernel, name_of(fit->series.op), fit->series.ranks));
  }
  for (const char* key : {"about", "fitted"}) {
    calibration.replaced.push_back(fmt::format("{}.{}", kernel, key));
  }
  // It may be of what the base still gives.
  if (covers(group, base)) calibration.replaced.push_back(kernel + ".uncertainty");
}

}  // namespace

CollectiveYaml write_collectives(const std::vector<CollectiveFit>& fits,
                                 const Fabric* base,
                                 const Provenance& provenance,
                                 Calibration& calibration) {
  std::map<Library, LibraryFits> groups;
  for (const CollectiveFit& fit : fits) {
    if (fit.curve) groups[fit.series.library].push_back(&fit);
  }
  CollectiveYaml yaml;
  for (const auto& [library, group] : groups) {
    const std::string name(collectives_name(library));
    const Kernel* const in_base = kernel_in(base, name);
    if (in_base != nullptr && !in_base->collectives) {
      calibration.notes.push_back(
          fmt::format("the collectives of {0} are not in the calibration: {0} of the base is an "
                      "all-to-all",
                      name));
      continue;
    }
    if (in_base != nullptr) replace_keys(name, group, *in_base->collectives, calibration);
    calibration.replaced.push_back("calibration.comm." + name);
    yaml.kernels += kernel_yaml(name, group);
    yaml.calibration += calibration_yaml(name, group, provenance);
  }
  return yaml;
}

}  // namespace wideep
