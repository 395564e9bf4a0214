#include "input/named_file.h"

#include <fmt/format.h>

namespace wideep {

Node parse_named(Source& source,
                 std::string_view kind,
                 bool (*is_ours)(const Node&),
                 Findings& findings) {
  Findings inside;
  Node root = parse_yaml(source, inside);
  if (root.is_map() && is_ours(root)) {
    for (const Diagnostic& fault : inside.placed()) findings.report(fault);
    return root;
  }
  source.shown = false;
  if (root.kind == Node::Kind::kNull && !inside.placed().empty()) {
    findings.report(inside.placed().back());  // what stopped the parser
  } else {
    findings.report({.where = {&source, 1, 1},
                     .message = fmt::format("this is no {}: it has none of its keys", kind)});
  }
  return {};
}

}  // namespace wideep
