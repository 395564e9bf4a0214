#include "page/scenario.h"

#include <string_view>
#include <utility>

#include "page/template.h"
#include "units/fail.h"

namespace wideep {
namespace {

/// What are no characters in it are shown as such.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Texts of files that scalars of a tree name and that can be read, YAML as JSON.
void add_files(const Node& node, Json& files) {
  for (const Node& item : node.items) add_files(item, files);
  for (const Entry& entry : node.entries) add_files(entry.value, files);
  if (!node.is_scalar() || node.quoted || !names_file(node.text)) return;
  Findings unread;
  const auto source = read_named_source(*node.place.source, node.text, unread);
  if (!source) return;
  const bool table = node.text.ends_with(".csv");
  const Node root = table ? Node{} : parse_yaml(*source, unread);
  files[node.text] = table || unread.any() ? source->text : text_of(tree_json(root));
}

/// JSON that may stand in an element of HTML.
std::string in_html(const Json& json) {
  std::string text;
  for (const char c : text_of(json)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

/// What --fabric named; null: nothing, and the workload has its own.
Json fabric_json(const ProblemFiles& files, const ProblemTrees& trees) {
  if (!files.fabric) return nullptr;
  const std::string& fabric = *files.fabric;
  const bool file = fabric == "-" || names_file(fabric) || is_there(fabric);
  return file ? tree_json(trees.fabric) : Json(fabric);
}

}  // namespace

Json tree_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return nullptr;
    case Node::Kind::kSequence: {
      Json items = Json::array();
      for (const Node& item : node.items) items.push_back(tree_json(item));
      return items;
    }
    case Node::Kind::kMap: {
      Json entries = Json::object();
      for (const Entry& entry : node.entries) entries[entry.key.text] = tree_json(entry.value);
      return entries;
    }
    case Node::Kind::kScalar:
      break;
  }
  const bool blank = node.text.find_first_of(" \t\r\n") != std::string::npos;  // JSON skips those
  Json value = node.quoted || blank ? Json() : Json::parse(node.text, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : Json(node.text);
}

Json scenario_json(const ProblemFiles& files, const ProblemTrees& trees, const PageStart& start) {
  Json named = Json::object();
  add_files(trees.workload, named);
  Json paths = {{"workload", files.workload}};
  if (files.fabric) paths["fabric"] = *files.fabric;
  if (files.search) paths["search"] = *files.search;
  return {{"name", files.workload},
          {"command", start.command},
          {"axes", start.axes},
          {"paths", std::move(paths)},
          {"set", files.set},
          {"workload", tree_json(trees.workload)},
          {"fabric", fabric_json(files, trees)},
          {"search", trees.search ? tree_json(*trees.search) : Json(nullptr)},
          {"files", std::move(named)}};
}

std::string page_of(const Json& scenario) {
  constexpr std::string_view kPlace = "@SCENARIO@";
  const std::string_view page = page_template();
  const std::size_t at = page.find(kPlace);
  if (at == std::string_view::npos) fail("the page has no place for its scenario");
  std::string text(page.substr(0, at));
  text += in_html(scenario);
  text += page.substr(at + kPlace.size());
  return text;
}

}  // namespace wideep
