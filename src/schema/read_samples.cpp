#include "schema/read_samples.h"

#include <functional>

#include "input/node.h"
#include "input/read_fabric.h"
#include "input/read_model.h"
#include "input/read_plan.h"
#include "input/read_search.h"
#include "schema/samples.h"

namespace wideep {
namespace {

void read(SchemaKind kind, const Node& root) {
  Texts texts;
  switch (kind) {
    case SchemaKind::kWorkload:
    case SchemaKind::kTraffic:
      if (root.find("traffic") != nullptr) assemble_plan({.workload = root, .fabric = {}}, texts);
      if (root.find("traffic") == nullptr) assemble({root, Node{}}, texts);
      return;
    case SchemaKind::kSearch:
      read_search(&root, "", {}, texts.findings);
      return;
    case SchemaKind::kModel:
      read_model_root(root, texts.findings);
      return;
    case SchemaKind::kFabric:
    case SchemaKind::kCalibration:
    case SchemaKind::kGpu:
    case SchemaKind::kKernel:
      read_fabric(root, texts.findings);
      return;
  }
}

/// Calls `with` with the whole once more for each key at or below `node`, which is a part of it,
/// without that key. What is in a table by EP width is not missed.
void without_each(Node& node, const std::function<void()>& with) {
  for (std::size_t at = 0; at < node.entries.size(); ++at) {
    without_each(node.entries[at].value, with);
    Entry taken = std::move(node.entries[at]);
    node.entries.erase(node.entries.begin() + static_cast<std::ptrdiff_t>(at));
    with();
    node.entries.insert(node.entries.begin() + static_cast<std::ptrdiff_t>(at), std::move(taken));
  }
}

}  // namespace

Asked read_samples(SchemaKind kind) {
  Recording recording;
  for (const char* const text : samples(kind)) {
    const Source source{.name = "sample", .text = text};
    Findings findings;
    Node root = parse_yaml(source, findings);
    findings.throw_if_any();
    read(kind, root);
    without_each(root, [&] { read(kind, root); });
  }
  return std::move(recording.asked);
}

}  // namespace wideep
