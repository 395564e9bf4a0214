#include "input/read_problem.h"

#include <algorithm>
#include <deque>
#include <filesystem>

#include <fmt/format.h>

#include "input/overrides.h"
#include "input/presets.h"
#include "input/ranges.h"
#include "input/read_fabric.h"
#include "input/read_gpu.h"
#include "input/read_huggingface.h"
#include "input/read_model.h"
#include "input/read_search.h"
#include "input/read_workload.h"
#include "model/limits.h"

namespace wideep {
namespace {

/// The texts of one run; nodes and messages point into them.
struct Texts {
  std::deque<Source> sources;
  Findings findings;

  Node load(const std::string& path) {
    try {
      return parse_yaml(sources.emplace_back(read_source(path)), findings);
    } catch (const InputError& error) {
      findings.report(error);
      return {};
    }
  }
};

bool is_fabric_file(const std::string& fabric) {
  return fabric == "-" || names_file(fabric) || std::filesystem::exists(fabric);
}

/// A fabric given on the command line: a file's, or a preset's.
Node load_fabric(const std::string& fabric, Texts& texts) {
  if (is_fabric_file(fabric)) return texts.load(fabric);
  const Source& source = texts.sources.emplace_back(Source{"--fabric", fabric});
  const Node name = make_node(Node::Kind::kScalar, {&source, 1, 1}, fabric);
  const Node* const found = find_preset(PresetKind::kFabric, name, texts.findings);
  return found == nullptr ? Node{} : *found;
}

/// The fabric of a workload's key: a preset's name, a file beside the workload, or a map of keys.
Node fabric_of_workload(const Node& workload, Texts& texts) {
  const Node* const value = workload.find("fabric");
  if (value == nullptr || !value->is_scalar()) return value == nullptr ? Node{} : *value;
  if (!names_file(value->text)) return with_preset(PresetKind::kFabric, *value, texts.findings);
  return texts.load(path_beside(*value->place.source, value->text));
}

Node choose_fabric(const ProblemFiles& files, const Node& workload, Texts& texts) {
  if (files.fabric) return load_fabric(*files.fabric, texts);
  if (workload.is_map() && workload.find("fabric") == nullptr) {
    texts.findings.report(InputError(
        "wideep-opt: no fabric: give --fabric FILE or --fabric NAME of a preset, or the key "
        "'fabric' in the workload; see wideep-opt presets list\n"));
  }
  return fabric_of_workload(workload, texts);
}

bool has_any(const Node& root, const std::vector<std::string_view>& keys) {
  return std::any_of(
      keys.begin(), keys.end(), [&](std::string_view key) { return root.find(key) != nullptr; });
}

FileKind kind_of(const Node& root) {
  const std::vector<std::string_view> only_kernel = {"latency", "bandwidth", "dispatch", "combine"};
  const std::vector<std::string_view> only_fabric = {"gpus_per_domain", "kernels"};
  const std::vector<std::string_view> only_gpu = {"hbm_bandwidth", "flop_rate"};
  if (is_huggingface(root)) return FileKind::kModel;
  if (has_any(root, only_fabric)) return FileKind::kFabric;
  if (has_any(root, only_kernel)) return FileKind::kKernel;
  if (has_any(root, only_gpu)) return FileKind::kGpu;
  const bool is_shape =
      std::all_of(root.entries.begin(), root.entries.end(), [&](const Entry& entry) {
        const std::string& key = entry.key.text;
        return key == "about" ||
               std::find(kModelKeys.begin(), kModelKeys.end(), key) != kModelKeys.end();
      });
  if (is_shape) return FileKind::kModel;
  return has_any(root, kSearchKeys) ? FileKind::kSearch : FileKind::kWorkload;
}

/// Whether there is a file to be read as that kind. One of another kind is reported as such, rather
/// than every key in it.
bool is_a(FileKind kind, const Node& root, Findings& findings) {
  if (root.kind == Node::Kind::kNull) return false;
  const FileKind found = root.is_map() && !root.entries.empty() ? kind_of(root) : kind;
  const bool mistaken =
      kind == FileKind::kWorkload
          ? found == FileKind::kFabric || found == FileKind::kKernel || found == FileKind::kGpu
          : found == FileKind::kKernel || found == FileKind::kGpu ||
                (found == FileKind::kWorkload && has_any(root, kWorkloadKeys));
  if (mistaken) {
    findings.report(root.place,
                    fmt::format("this is a {}, not a {}", name_of(found), name_of(kind)));
  }
  return !mistaken;
}

/// The name of a fabric's preset or file; empty where it stands in the workload itself.
std::string fabric_name(const Node& fabric, const Node& workload) {
  if (fabric.find("preset") != nullptr) return preset_name(fabric);
  constexpr std::string_view kPreset = "preset ";
  if (fabric.place.source == workload.place.source) return "";
  const std::string& name = fabric.place.source->name;
  return name.starts_with(kPreset) ? name.substr(kPreset.size()) : name;
}

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

Problem assemble(const Node& workload, const Node& fabric, const Node* search, Texts& texts) {
  Problem problem;
  const bool workload_there = is_a(FileKind::kWorkload, workload, texts.findings);
  const bool fabric_there = is_a(FileKind::kFabric, fabric, texts.findings);
  if (fabric_there) {
    problem.fabric = read_fabric(fabric, texts.findings);
    problem.fabric.name = fabric_name(fabric, workload);
  }
  if (workload_there) {
    const Fabric* const known = fabric_there ? &problem.fabric : nullptr;
    problem.workload = read_workload(workload, known, texts.findings);
  }
  if (!workload_there && search == nullptr) return problem;
  const Node* const block = search != nullptr ? search : workload.find("search");
  problem.space =
      read_search(block, search != nullptr ? "" : "search", problem.fabric, texts.findings);
  check_choices(problem, block != nullptr ? block->place : workload.place, texts.findings);
  return problem;
}

void add(Node& map, const char* key, Node value) {
  map.entries.push_back({make_node(Node::Kind::kScalar, value.place, key), std::move(value)});
}

/// The smallest fabric that holds a kernel.
Node fabric_around(const Node& kernel) {
  Node kernels = make_node(Node::Kind::kMap, kernel.place);
  add(kernels, "kernel", kernel);
  Node fabric = make_node(Node::Kind::kMap, kernel.place);
  add(fabric, "gpus_per_domain", make_node(Node::Kind::kScalar, kernel.place, "1"));
  add(fabric, "kernels", std::move(kernels));
  return fabric;
}

/// The line of a node in the file of `root`; nothing where it was set from elsewhere.
std::optional<int> line_of(const Node* node, const Node& root) {
  const bool there = node != nullptr && node->place.source == root.place.source;
  return there ? std::optional(node->place.line) : std::nullopt;
}

/// The workload with its fabric, or alone where it has none.
void check_workload(const CheckRequest& request,
                    const Node* shared_fabric,
                    Node root,
                    Texts& texts,
                    CheckedFile& file) {
  const bool own = root.find("fabric") != nullptr;
  Node fabric;
  if (request.fabric || !own) {
    if (shared_fabric != nullptr) fabric = *shared_fabric;
  } else {
    fabric = fabric_of_workload(root, texts);
  }
  apply_overrides(request.set, {&root, &fabric, nullptr}, texts.sources, texts.findings);
  const Node* const search = root.find("search");
  file.tokens_line = line_of(root.find("tokens_per_rank"), root);
  file.ep_width_line = line_of(search == nullptr ? nullptr : search->find("ep_width"), root);
  Problem problem = assemble(root, fabric, nullptr, texts);
  if (fabric.kind != Node::Kind::kNull) file.problem = std::move(problem);
}

void check_fabric(const CheckRequest& request, Node root, Texts& texts) {
  Node no_workload;  // what is set of workloads is none of a fabric's business
  apply_overrides(request.set, {&no_workload, &root, nullptr}, texts.sources, texts.findings);
  read_fabric(root, texts.findings);
}

void check_file(const CheckRequest& request,
                const Node* shared_fabric,
                const Node& root,
                Texts& texts,
                CheckedFile& file) {
  file.kind = kind_of(root);
  switch (file.kind) {
    case FileKind::kFabric:
      check_fabric(request, root, texts);
      break;
    case FileKind::kSearch:
      read_search(&root, "", {}, texts.findings);
      break;
    case FileKind::kModel:
      read_model_root(root, texts.findings);
      break;
    case FileKind::kKernel:
      read_fabric(fabric_around(root), texts.findings);
      break;
    case FileKind::kGpu:
      read_gpu(root, texts.findings);
      break;
    case FileKind::kWorkload:
      check_workload(request, shared_fabric, root, texts, file);
      break;
  }
}

}  // namespace

Problem read_problem(const ProblemFiles& files) {
  Texts texts;
  const int from_stdin = (files.workload == "-" ? 1 : 0) + (files.fabric == "-" ? 1 : 0) +
                         (files.search == "-" ? 1 : 0);
  if (from_stdin > 1) {
    throw InputError("wideep-opt: only one input can come from standard input\n");
  }
  Node workload = texts.load(files.workload);
  Node fabric = choose_fabric(files, workload, texts);
  std::optional<Node> search;
  if (files.search) search = texts.load(*files.search);
  const bool own_search = search.has_value() && search->kind != Node::Kind::kNull;
  apply_overrides(files.set,
                  {&workload, &fabric, own_search ? &*search : nullptr},
                  texts.sources,
                  texts.findings);
  Problem problem = assemble(workload, fabric, own_search ? &*search : nullptr, texts);
  texts.findings.throw_if_any();
  return problem;
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

std::vector<CheckedFile> check_files(const CheckRequest& request) {
  Texts texts;
  std::vector<Node> roots;
  for (const std::string& path : request.files) roots.push_back(texts.load(path));
  std::optional<Node> fabric;
  if (request.fabric) {
    fabric = load_fabric(*request.fabric, texts);
    if (fabric->kind != Node::Kind::kNull) check_fabric(request, *fabric, texts);
  } else {
    for (const Node& root : roots) {
      if (!fabric && root.kind != Node::Kind::kNull && kind_of(root) == FileKind::kFabric) {
        fabric = root;
      }
    }
  }
  std::vector<CheckedFile> files;
  for (std::size_t at = 0; at < roots.size(); ++at) {
    CheckedFile& file = files.emplace_back(CheckedFile{.path = request.files[at]});
    if (roots[at].kind == Node::Kind::kNull) continue;
    check_file(request, fabric ? &*fabric : nullptr, roots[at], texts, file);
  }
  texts.findings.throw_if_any();
  return files;
}

}  // namespace wideep
