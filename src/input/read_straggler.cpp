#include "input/read_straggler.h"

#include <array>
#include <deque>
#include <memory>

#include <fmt/format.h>

#include "input/partial_counts.h"
#include "input/read_by_width.h"
#include "input/read_counts.h"
#include "model/widths.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

constexpr std::array<std::string_view, 3> kSources = {"counts", "zipf", "dirichlet"};

/// Why so many placements of the slots, at each EP width, take too long; empty where they do not.
std::string too_much_placing(Placement placement, int slots, std::size_t placements) {
  const std::size_t widths = dealing_widths(slots).size();
  const double placed = 1.0 * slots * static_cast<double>(widths * placements);
  if (placement == Placement::kContiguous || placed <= range::kMostPlaced) return "";
  return fmt::format(
      "'placement: balanced' would place {} expert slots for {} layers or draws at {} EP widths, "
      "{:.0f} in all, and at most {:.0f} are placed",
      slots,
      placements,
      widths,
      placed,
      range::kMostPlaced);
}

constexpr const char* kPlaceFewer =
    "state fewer redundant_experts, or the factor itself, a number or a table by EP width";

/// The counts of a file; null where they cannot be used, which is reported.
std::shared_ptr<const ExpertCounts> counts_of(const Node& file,
                                              Findings& findings,
                                              KnownFiles* known) {
  static std::deque<Source> kept;  // messages point into them
  if (known != nullptr) {
    const auto before = known->counts.find(file.text);
    if (before != known->counts.end()) return before->second;
  }
  auto named = read_named_source(*file.place.source, file.text, findings);
  if (!named) return {};
  Source& source = kept.emplace_back(std::move(*named));
  source.shown = source.shown && looks_like_counts(source);
  const auto counts = read_counts(source, findings);
  if (!counts) return {};
  if (std::string why = why_partial(*counts); !why.empty()) {
    findings.report(file.place, std::move(why), "add up the counts of all ranks");
    return {};
  }
  auto read = std::make_shared<const ExpertCounts>(*counts);
  if (known != nullptr) known->counts.emplace(file.text, read);
  return read;
}

Straggler from_counts(const Node& file,
                      Placement placement,
                      const Workload& workload,
                      Findings& findings,
                      KnownFiles* known) {
  const auto counts = counts_of(file, findings, known);
  if (!counts) return {};
  const int counted = static_cast<int>(counts->layers.front().size());
  if (workload.model.experts && counted != *workload.model.experts) {
    findings.report(file.place,
                    fmt::format("the counts are of {} experts, and the model has {}",
                                counted,
                                *workload.model.experts));
    return {};
  }
  const int slots = counted + workload.serving.redundant_experts;
  const std::string refusal = too_much_placing(placement, slots, counts->layers.size());
  if (!refusal.empty()) {
    findings.report(file.place, refusal, kPlaceFewer);
    return {};
  }
  Straggler result;
  result.source = CountedLoad{counts, placement};
  result.origin = fmt::format(
      "{}, {} layers, {} placement", file.text, counts->layers.size(), name_of(placement));
  return result;
}

Straggler from_skew(Section& section,
                    const Skew& skew,
                    Placement placement,
                    const std::string& name,
                    const Workload& workload) {
  Straggler result;
  const int slots = *expert_slots(workload);
  const auto placements =
      static_cast<std::size_t>(balanced_placements(skew, *workload.model.experts));
  const std::string refusal = too_much_placing(placement, slots, placements);
  if (!refusal.empty()) {
    section.report("placement", refusal, kPlaceFewer);
    return {};
  }
  result.source = SkewedLoad{skew, placement};
  result.origin = fmt::format("{}, {} placement", name, name_of(placement));
  return result;
}

/// Whether the experts are known that a skew is of.
bool has_experts(Section& section, const Workload& workload) {
  if (workload.model.experts && workload.model.top_k <= *workload.model.experts) return true;
  if (!workload.model.experts) {
    section.report("straggler_factor", "'straggler_factor' by a skew needs 'experts' or a model");
  }
  return false;
}

Straggler from_map(Section& parent,
                   const Node& value,
                   const Workload& workload,
                   KnownFiles* known) {
  Section section = parent.section("straggler_factor");
  const Placement placement =
      section.choice<Placement>("placement", kPlacementWords).value_or(Placement::kContiguous);
  const auto zipf = section.number("zipf", range::kZipf);
  const auto dirichlet = section.number("dirichlet", range::kDirichlet);
  const auto counts = section.text("counts");
  section.finish();
  int given = 0;
  for (const std::string_view key : kSources) given += section.has(key) ? 1 : 0;
  if (given != 1) {
    parent.report("straggler_factor", "give one of 'counts', 'zipf' and 'dirichlet'");
    return {};
  }
  if (counts && counts->empty()) {
    parent.report("straggler_factor", "'straggler_factor.counts' must be the path of a file");
    return {};
  }
  if (counts) {
    return from_counts(*value.find("counts"), placement, workload, section.findings(), known);
  }
  if ((!zipf && !dirichlet) || !has_experts(parent, workload)) return {};
  if (zipf) {
    return from_skew(
        section, {Skew::Kind::kZipf, *zipf}, placement, fmt::format("zipf {}", *zipf), workload);
  }
  return from_skew(section,
                   {Skew::Kind::kDirichlet, *dirichlet},
                   placement,
                   fmt::format("dirichlet {}", *dirichlet),
                   workload);
}

}  // namespace

Straggler read_straggler(Section& section, const Workload& workload, KnownFiles* known) {
  const Node* const value = section.find("straggler_factor");
  if (value == nullptr) {
    section.miss("straggler_factor", "1 is even; {zipf: 0.6}, uniform or counts say how uneven");
    return {};
  }
  const bool by_source =
      value->is_map() && (value->find("placement") != nullptr ||
                          std::any_of(kSources.begin(), kSources.end(), [&](auto key) {
                            return value->find(key) != nullptr;
                          }));
  if (by_source) return from_map(section, *value, workload, known);
  if (section.is_word("straggler_factor", "uniform")) {
    if (!has_experts(section, workload)) return {};
    return from_skew(
        section, {Skew::Kind::kUniform, 0.0}, Placement::kContiguous, "uniform routing", workload);
  }
  if (value->is_scalar() && !parse_number(value->text)) {
    section.report("straggler_factor",
                   "'straggler_factor' must be a number, a table by EP width, 'uniform', or a map "
                   "with 'counts', 'zipf' or 'dirichlet'");
    return {};
  }
  Straggler result;
  auto table = read_by_width<double>(
      section, *value, section.path_of("straggler_factor"), [&](const Node& figure) {
        return section.number_of(figure, "straggler_factor", range::kStragglerFactor);
      });
  if (table) result.source = std::move(*table);
  return result;
}

}  // namespace wideep
