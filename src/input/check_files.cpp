#include "input/check_files.h"

#include <filesystem>
#include <utility>

#include "input/assemble.h"
#include "input/expected_size.h"
#include "input/overrides.h"
#include "input/read_fabric.h"
#include "input/read_gpu.h"
#include "input/read_model.h"
#include "input/read_plan.h"
#include "input/read_search.h"

namespace wideep {
namespace {

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

/// What the files of one request have in common.
struct Check {
  const CheckRequest* request = nullptr;
  Texts texts{};
  std::optional<Overrides> overrides{};
  std::optional<Node>
      fabric{};  ///< for workloads that have none, or --fabric; null: cannot be used
};

/// The workload with its fabric, or alone where it has none.
void check_workload(Check& check, Node root, CheckedFile& file) {
  const bool own = root.find("fabric") != nullptr;
  std::optional<Node> fabric;
  if (check.request->fabric || !own) {
    fabric = check.fabric;
  } else {
    fabric = fabric_of_workload(root, check.texts);
  }
  check.overrides->apply({.workload = &root, .fabric = fabric ? &*fabric : nullptr});
  const Node* const search = root.find("search");
  file.tokens_line = line_of(root.find("tokens_per_rank"), root);
  file.ep_width_line = line_of(search == nullptr ? nullptr : search->find("ep_width"), root);
  const Node known = fabric.value_or(Node{});
  if (root.find("traffic") != nullptr) {
    PlanQuestion plan = assemble_plan({.workload = root, .fabric = known}, check.texts);
    file.model = plan.decode.workload.figures.read;
    if (known.kind != Node::Kind::kNull) file.plan = std::move(plan);
    return;
  }
  Problem problem = assemble({root, known}, check.texts);
  const ModelSummary& read = problem.workload.figures.read;
  if (read.moe_layers || read.weights) file.model = read;
  if (known.kind != Node::Kind::kNull) file.problem = std::move(problem);
}

void check_fabric(Check& check, Node root) {
  check.overrides->apply({.fabric = &root});
  read_fabric(root, check.texts.findings);
}

void check_kernel(Check& check, Node root, const std::string& path) {
  const std::string name = std::filesystem::path(path).stem().string();
  check.overrides->apply({.kernel = &root, .kernel_name = name});
  read_fabric(fabric_around(root), check.texts.findings);
}

/// A model alone, of which nothing settles what is in doubt.
void check_model(const Node& root, Findings& findings, CheckedFile& file) {
  ReadShape shape = read_model_root(root, findings);
  report_doubts(
      shape, [](std::string_view) { return false; }, findings);
  expect_size_in_name(root.place.source->name, shape);
  file.model = summary_of(shape, std::nullopt);
}

void check_file(Check& check, Node root, CheckedFile& file) {
  Findings& findings = check.texts.findings;
  file.kind = kind_of(root);
  switch (file.kind) {
    case FileKind::kFabric:
      check_fabric(check, std::move(root));
      break;
    case FileKind::kSearch:
      check.overrides->apply({.search = &root});
      read_search(&root, "", {}, findings);
      break;
    case FileKind::kModel:
      check.overrides->apply({.model = &root});
      check_model(root, findings, file);
      break;
    case FileKind::kKernel:
      check_kernel(check, std::move(root), file.path);
      break;
    case FileKind::kGpu:
      check.overrides->apply({.gpu = &root});
      read_gpu(root, findings);
      break;
    case FileKind::kWorkload:
      check_workload(check, std::move(root), file);
      break;
  }
}

std::vector<Node> load_all(const CheckRequest& request, Texts& texts) {
  std::vector<Node> roots;
  for (const std::string& path : request.files) {
    if (const auto there = request.read.find(path); there != request.read.end()) {
      roots.push_back(texts.parse(there->second));
      continue;
    }
    roots.push_back(texts.load(path, request.root.value_or(folder_of(path))));
  }
  return roots;
}

/// The fabric of --fabric, else the first among the files.
std::optional<Node> shared_fabric(const CheckRequest& request,
                                  const std::vector<Node>& roots,
                                  Texts& texts) {
  if (request.fabric) return load_fabric(*request.fabric, texts);
  for (const Node& root : roots) {
    if (root.kind != Node::Kind::kNull && kind_of(root) == FileKind::kFabric) return root;
  }
  return std::nullopt;
}

}  // namespace

std::vector<CheckedFile> check_files(const CheckRequest& request) {
  Check check{.request = &request};
  Texts& texts = check.texts;
  const std::vector<Node> roots = load_all(request, texts);
  const bool all_read = !texts.findings.any();
  check.fabric = shared_fabric(request, roots, texts);
  check.overrides.emplace(request.set, texts.sources, texts.findings);
  if (request.fabric && check.fabric->kind != Node::Kind::kNull) {
    check_fabric(check, *check.fabric);
  }
  std::vector<CheckedFile> files;
  for (std::size_t at = 0; at < roots.size(); ++at) {
    CheckedFile& file = files.emplace_back(CheckedFile{.path = request.files[at]});
    if (roots[at].kind != Node::Kind::kNull) check_file(check, roots[at], file);
  }
  // Of a file that could not be read it is not known what it has.
  if (all_read) check.overrides->report_unused();
  texts.findings.throw_if_any();
  return files;
}

}  // namespace wideep
