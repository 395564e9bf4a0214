#include "input/assemble.h"

#include <algorithm>

#include <fmt/format.h>

#include "input/file_kind.h"
#include "input/input_keys.h"
#include "input/named_file.h"
#include "input/presets.h"
#include "input/ranges.h"
#include "input/read_fabric.h"
#include "input/read_search.h"
#include "input/read_workload.h"
#include "model/figures.h"
#include "model/widths.h"

namespace wideep {
namespace {

bool is_fabric_file(const std::string& fabric) {
  return fabric == "-" || names_file(fabric) || is_there(fabric);
}

bool has_fabric_key(const Node& root) {
  return std::any_of(root.entries.begin(), root.entries.end(), [](const Entry& entry) {
    return holds(kFabricKeys, entry.key.text);
  });
}

/// The name of a fabric's preset or file; empty where it stands in the workload itself.
std::string fabric_name(const Node& fabric, const Node& workload) {
  if (fabric.find("preset") != nullptr) return preset_name(fabric);
  constexpr std::string_view kPreset = "preset ";
  if (fabric.place.source == workload.place.source) return "";
  const std::string& name = fabric.place.source->name;
  return name.starts_with(kPreset) ? name.substr(kPreset.size()) : name;
}

}  // namespace

Node Texts::load(const std::string& path, const std::string& root) {
  auto source = read_source(path, findings, root);
  return source ? parse(std::move(*source)) : Node{};
}

Node Texts::parse(Source source) {
  const std::string& name = source.name;
  // What is named unlike an input file may be anybody's.
  const bool piped = name == "<stdin>" || name.starts_with("/dev/");
  source.shown =
      piped || name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
  return parse_yaml(sources.emplace_back(std::move(source)), findings);
}

Node load_fabric(const std::string& fabric, Texts& texts) {
  if (is_fabric_file(fabric)) return texts.load(fabric);
  const Source& source = texts.sources.emplace_back(Source{.name = "--fabric", .text = fabric});
  const Node name = make_node(Node::Kind::kScalar, {&source, 1, 1}, fabric);
  const Node* const found = find_preset(PresetKind::kFabric, name, texts.findings);
  return found == nullptr ? Node{} : *found;
}

Node fabric_of_workload(const Node& workload, Texts& texts) {
  const Node* const value = workload.find("fabric");
  if (value == nullptr) return {};
  if (value->kind == Node::Kind::kNull) {
    texts.findings.report(value->place,
                          "'fabric' has no value",
                          "the name of a preset, a file, or keys; see wideep-opt presets list");
  }
  if (!value->is_scalar()) return *value;
  if (!names_file(value->text)) return with_preset(PresetKind::kFabric, *value, texts.findings);
  auto named = read_named_source(*value->place.source, value->text, texts.findings);
  if (!named) return {};
  Source& source = texts.sources.emplace_back(std::move(*named));
  return parse_named(source, "fabric", has_fabric_key, texts.findings);
}

namespace {

/// Refuses a search space that no answer of milliseconds can come from.
void check_choices(const Problem& problem, const Place& place, Findings& findings) {
  std::size_t of_a_width = 0;
  for (const std::size_t kernel : problem.space.kernels) {
    of_a_width += std::max<std::size_t>(1, problem.fabric.kernels[kernel].sms.size());
  }
  const std::size_t choices = candidate_widths(problem).size() * of_a_width;
  if (choices <= range::kMostChoices) return;
  findings.report(place,
                  fmt::format("the search space has {} choices of EP width, kernel and SMs, and at "
                              "most {} are searched",
                              choices,
                              range::kMostChoices),
                  "list fewer in ep_width, kernel, or the kernels' sms");
}

/// Refuses a fabric without an all-to-all, for which there is nothing to search.
void check_all_to_alls(const Problem& problem, const Node& fabric, Findings& findings) {
  const auto& kernels = problem.fabric.kernels;
  const bool none = std::all_of(kernels.begin(), kernels.end(), [](const Kernel& kernel) {
    return kernel.collectives != nullptr;
  });
  const auto& experts = problem.space.experts;
  const bool sent = std::find(experts.begin(), experts.end(), ExpertLayout{}) != experts.end();
  if (!none || kernels.empty() || !sent) return;
  findings.report(fabric.place,
                  "no kernel of the fabric is an all-to-all: all of them run collectives",
                  "give it one under 'kernels', such as 'LL: deepep-ll-h100-cx7'");
}

/// A batch that is chosen is chosen for throughput.
void settle_objective(const Node* block,
                      const Node& workload,
                      SearchSpace& space,
                      Findings& findings) {
  const Node* const stated = block != nullptr ? block->find("objective") : nullptr;
  const bool other = stated != nullptr && space.objective.name != kTokensPerGpu.name;
  space.objective = kTokensPerGpu;
  if (!other) return;
  const bool ranged = workload.find("tokens_per_rank") != nullptr;
  findings.report(stated->place,
                  fmt::format("objective: {} needs a batch, and the workload leaves it to the "
                              "search{}",
                              stated->text,
                              ranged ? "" : " (it has no 'tokens_per_rank')"),
                  "state 'tokens_per_rank' as a number, or ask for objective: tokens_per_gpu");
}

/// Refuses a service level that this phase does not have.
void check_level(const Problem& problem, const Node& workload, Findings& findings) {
  const ServiceLevel& level = problem.workload.slo;
  const Node* const slo = workload.find("slo");
  if (!level.ttft || slo == nullptr) return;
  const Place& place = slo->find("ttft")->place;
  if (problem.workload.traffic.phase == Phase::kDecode) {
    findings.report(place,
                    "'slo.ttft' is of prefill, and this workload decodes",
                    "phase: prefill, or slo.tpot");
  } else if (!problem.workload.traffic.context) {
    findings.report(place, "'slo.ttft' needs 'context', the length of the prompts");
  }
}

/// Refuses a skew that takes as long to draw.
void check_drawn(const Problem& problem, const Place& place, Findings& findings) {
  const auto* load = std::get_if<SkewedLoad>(&problem.workload.traffic.straggler.source);
  const bool drawn = load != nullptr && load->skew.kind != Skew::Kind::kUniform;
  const int slots = expert_slots(problem.workload).value_or(0);
  const std::size_t widths = candidate_widths(problem).size();
  if (!drawn || 1.0 * slots * static_cast<double>(widths) <= range::kMostDrawn) return;
  findings.report(
      place,
      fmt::format("the skew of {} expert slots would be drawn at {} EP widths, {} slots "
                  "in all, and at most {:.0f} are drawn",
                  slots,
                  widths,
                  static_cast<std::size_t>(slots) * widths,
                  range::kMostDrawn),
      "list fewer in search.ep_width, or state the factor itself");
}

}  // namespace

void read_space_of(const ProblemRoots& roots, Problem& problem, Findings& findings) {
  const auto& [workload, fabric, search] = roots;
  const Node* const block = search != nullptr ? search : workload.find("search");
  problem.space = read_search(block, search != nullptr ? "" : "search", problem.fabric, findings);
  if (problem.workload.traffic.choice) {
    settle_objective(block, workload, problem.space, findings);
  }
  check_level(problem, workload, findings);
  check_all_to_alls(problem, fabric, findings);
  check_choices(problem, block != nullptr ? block->place : workload.place, findings);
  const Node* const skew = workload.find("straggler_factor");
  check_drawn(problem, skew != nullptr ? skew->place : workload.place, findings);
}

void read_workload_of(const ProblemRoots& roots,
                      Problem& problem,
                      Findings& findings,
                      KnownFiles* known) {
  problem.workload = read_workload(roots.workload, &problem.fabric, findings, known);
  problem.workload.figures = figures_of(problem.workload, problem.fabric);
}

Problem assemble(const ProblemRoots& roots, Texts& texts, KnownFiles* known) {
  const auto& [workload, fabric, search] = roots;
  Problem problem;
  const bool workload_there = is_a(FileKind::kWorkload, workload, texts.findings);
  const bool fabric_there = is_a(FileKind::kFabric, fabric, texts.findings);
  if (fabric_there) {
    problem.fabric = read_fabric(fabric, texts.findings);
    problem.fabric.name = fabric_name(fabric, workload);
  }
  if (workload_there) {
    // Of a fabric that could not be read, what it would have given is not missing.
    const bool is_read = fabric_there && !problem.fabric.kernels.empty();
    const Fabric* const its_fabric = is_read ? &problem.fabric : nullptr;
    problem.workload = read_workload(workload, its_fabric, texts.findings, known);
    problem.workload.figures = figures_of(problem.workload, problem.fabric);
  }
  if (workload_there || search != nullptr) {
    read_space_of(roots, problem, texts.findings);
  }
  return problem;
}

}  // namespace wideep
