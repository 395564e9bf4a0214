#include "input/read_fabric.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/ranges.h"
#include "input/section.h"

namespace wideep {
namespace {

/// A quantity, or a table of them by EP width: `{16: 20.3us, 32: 26.3us}`.
template <class Q>
std::optional<ByWidth<Q>> read_by_width(Section& section, std::string_view key, Range<Q> range) {
  const Node* const value = section.find(key);
  if (value == nullptr) return std::nullopt;
  const std::string path = section.path_of(key);
  if (!value->is_map()) {
    const auto constant = section.quantity_of(*value, path, range);
    return constant ? std::optional(ByWidth<Q>::constant(*constant)) : std::nullopt;
  }
  ByWidth<Q> table{{}, false};
  bool sound = !value->entries.empty();
  if (!sound) section.report(key, fmt::format("'{}' must not be empty", path));
  for (const auto& [width, figure] : value->entries) {
    const auto whole = section.whole_of(width, path + " (EP width)", range::kEpWidth);
    const auto quantity = section.quantity_of(figure, path, range);
    sound = sound && whole && quantity;
    if (sound) table.points.push_back({*whole, *quantity});
  }
  if (!sound) return std::nullopt;
  std::sort(table.points.begin(), table.points.end(), [](const auto& a, const auto& b) {
    return a.ep_width < b.ep_width;
  });
  for (std::size_t at = 1; at < table.points.size(); ++at) {
    if (table.points[at].ep_width != table.points[at - 1].ep_width) continue;
    section.report(key,
                   fmt::format("'{}' gives EP width {} twice", path, table.points[at].ep_width));
    return std::nullopt;
  }
  return table;
}

/// What a kernel says of a phase: at its own level for both phases, or below it for one.
struct PhaseFigures {
  std::optional<ByWidth<Seconds>> latency;
  std::optional<ByWidth<BytesPerSecond>> bandwidth;
  std::optional<double> efficiency;
};

PhaseFigures read_figures(Section& section) {
  PhaseFigures figures;
  figures.latency = read_by_width(section, "latency", range::kLatency);
  figures.bandwidth = read_by_width(section, "bandwidth", range::kBandwidth);
  figures.efficiency = section.share("efficiency", range::kEfficiency);
  return figures;
}

LinkPhase phase_of(const PhaseFigures& own, const PhaseFigures& both) {
  LinkPhase phase;
  phase.latency = own.latency ? *own.latency : both.latency.value_or(ByWidth<Seconds>{});
  phase.bandwidth =
      own.bandwidth ? *own.bandwidth : both.bandwidth.value_or(ByWidth<BytesPerSecond>{});
  phase.efficiency = own.efficiency.value_or(both.efficiency.value_or(1.0));
  return phase;
}

/// A key must be given for both phases, in one way or the other, and not twice.
void check_given(Section& kernel,
                 const Section& dispatch,
                 const Section& combine,
                 const std::string& key) {
  const bool each = dispatch.has(key) && combine.has(key);
  if (kernel.has(key) && each) {
    kernel.report(key,
                  fmt::format("'{}' has no effect: dispatch and combine give their own",
                              kernel.path_of(key)));
  }
  if (kernel.has(key) || each || key == "efficiency") return;
  if (dispatch.has(key)) {
    kernel.miss("combine." + key);
  } else if (combine.has(key)) {
    kernel.miss("dispatch." + key);
  } else {
    kernel.miss(key);
  }
}

/// No fabric has nearly as many, and every one is searched at every width.
constexpr std::size_t kMostKernels = 64;

/// A kernel's name is printed, and spelt in --set paths. Reports what would be neither.
bool is_name(const Node& key, Findings& findings) {
  constexpr std::size_t kLongest = 40;
  const auto allowed = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '-'; };
  const bool sound = key.is_scalar() && !key.text.empty() && key.text.size() <= kLongest &&
                     std::all_of(key.text.begin(), key.text.end(), allowed);
  if (!sound) {
    findings.report(key.place,
                    "a kernel's name is made of letters, digits, '_' and '-', 40 at most");
  }
  return sound;
}

KernelLimits read_limits(Section& kernel) {
  KernelLimits limits;
  limits.ep_widths = kernel.whole_list("ep_widths", range::kEpWidth).value_or(std::vector<int>{});
  limits.max_tokens_per_rank = kernel.whole("max_tokens_per_rank", range::kTokens);
  limits.hidden_sizes =
      kernel.whole_list("hidden_sizes", range::kHiddenSize).value_or(std::vector<int>{});
  limits.max_top_k = kernel.whole("max_top_k", range::kTopK);
  return limits;
}

Kernel read_kernel(const Entry& entry, Findings& findings) {
  const Node whole = with_preset(PresetKind::kKernel, entry.value, findings);
  const bool absent = whole.kind == Node::Kind::kNull && entry.value.kind != Node::Kind::kNull;
  Section section(absent ? nullptr : &whole, "kernels." + entry.key.text, findings);
  section.text("about");

  Kernel kernel;
  kernel.name = entry.key.text;
  const PhaseFigures both = read_figures(section);
  Section dispatch = section.section("dispatch");
  Section combine = section.section("combine");
  kernel.dispatch = phase_of(read_figures(dispatch), both);
  kernel.combine = phase_of(read_figures(combine), both);
  for (const char* key : {"latency", "bandwidth", "efficiency"}) {
    check_given(section, dispatch, combine, key);
  }
  kernel.limits = read_limits(section);
  dispatch.finish();
  combine.finish();
  section.finish();
  return kernel;
}

}  // namespace

Fabric read_fabric(const Node& root, Findings& findings) {
  const Node whole = root.is_map() ? with_preset(PresetKind::kFabric, root, findings) : root;
  const bool absent = whole.kind == Node::Kind::kNull && root.is_map();
  Section section(absent ? nullptr : &whole, "", findings);
  section.text("about");

  Fabric fabric;
  const auto gpus = section.whole("gpus_per_domain", range::kEpWidth);
  if (!section.has("gpus_per_domain")) section.miss("gpus_per_domain");
  fabric.gpus_per_domain = gpus.value_or(1);

  const Node* const kernels = section.find("kernels");
  if (kernels == nullptr) {
    section.miss("kernels");
  } else if (!kernels->is_map() || kernels->entries.empty()) {
    section.report("kernels", "'kernels' must map at least one name to a kernel");
  } else if (kernels->entries.size() > kMostKernels) {
    section.report("kernels", fmt::format("'kernels' must have at most {} entries", kMostKernels));
  } else {
    for (const Entry& entry : kernels->entries) {
      if (is_name(entry.key, findings)) fabric.kernels.push_back(read_kernel(entry, findings));
    }
  }
  section.finish();
  return fabric;
}

}  // namespace wideep
