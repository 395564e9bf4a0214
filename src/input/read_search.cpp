#include "input/read_search.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/ranges.h"
#include "input/read_layouts.h"
#include "input/section.h"

namespace wideep {
namespace {

/// Reports what is named and no all-to-all.
bool names_collectives(Section& section, const Fabric& fabric) {
  section.takes_list("kernel", "names of the fabric's kernels");
  const Node* const value = section.find("kernel");
  if (value == nullptr) return false;
  bool any = false;
  const std::string path = section.path_of("kernel");
  for (const Kernel& kernel : fabric.kernels) {
    if (!kernel.collectives) continue;
    const auto report = [&](const Node& name) {
      if (!name.is_scalar() || name.text != kernel.name) return;
      section.findings().report(
          name.place,
          fmt::format(
              "'{}' names {}, which runs collectives and is no all-to-all", path, name.text));
      any = true;
    };
    report(*value);
    for (const Node& item : value->items) report(item);
  }
  return any;
}

/// Of all-to-alls: kernels of collectives take no part in the search.
std::vector<std::size_t> read_kernels(Section& section, const Fabric& fabric) {
  std::vector<Word<std::size_t>> names;
  std::vector<std::size_t> all;
  for (std::size_t at = 0; at < fabric.kernels.size(); ++at) {
    if (fabric.kernels[at].collectives) continue;
    names.emplace_back(fabric.kernels[at].name, at);
    all.push_back(at);
  }
  if (names_collectives(section, fabric) || names.empty()) return all;
  return section.choice_list<std::size_t>("kernel", std::span<const Word<std::size_t>>(names))
      .value_or(all);
}

}  // namespace

SearchSpace read_search(const Node* block,
                        const std::string& path,
                        const Fabric& fabric,
                        Findings& findings) {
  Section section(block, path, findings);
  if (path.empty()) section.text("about");
  SearchSpace space;
  space.ep_widths = section.whole_list("ep_width", range::kEpWidth).value_or(std::vector<int>{});
  std::sort(space.ep_widths.begin(), space.ep_widths.end());
  space.ep_widths.erase(std::unique(space.ep_widths.begin(), space.ep_widths.end()),
                        space.ep_widths.end());
  space.max_gpus = section.whole("max_gpus", range::kEpWidth);
  space.kernels = read_kernels(section, fabric);
  space.overlaps = section.choice_list<Overlap>("overlap", kOverlapWords).value_or(space.overlaps);
  space.schedules =
      section.choice_list<Schedule>("schedule", kScheduleWords).value_or(space.schedules);
  std::sort(space.schedules.begin(), space.schedules.end());
  space.max_chunks = section.whole("max_chunks", range::kChunks).value_or(space.max_chunks);
  space.half_split = section.choice<bool>("split", kSplitWords).value_or(space.half_split);
  space.timing = section.choice<Timing>("timing", kTimingWords).value_or(space.timing);
  const std::array<Word<Objective>, 3> objectives = {{{kLayerTime.name, kLayerTime},
                                                      {kTimePerToken.name, kTimePerToken},
                                                      {kTokensPerGpu.name, kTokensPerGpu}}};
  read_layouts(section, fabric, space);
  // Layouts differ outside their MoE layers too.
  if (space.attentions.size() > 1 || space.experts.size() > 1) space.objective = kTimePerToken;
  space.objective = section.choice<Objective>("objective", objectives).value_or(space.objective);
  space.tolerance = section.share("tolerance", range::kShare).value_or(space.tolerance);

  const bool none_left =
      std::all_of(space.overlaps.begin(), space.overlaps.end(), [](Overlap overlap) {
        return overlap == Overlap::kChunk || overlap == Overlap::kSbo;
      });
  if (space.timing == Timing::kSteadyState && none_left) {
    section.report("overlap",
                   fmt::format("'{}' does not exist under timing: steady_state",
                               name_of(space.overlaps.front())));
  }
  section.finish();
  return space;
}

}  // namespace wideep
