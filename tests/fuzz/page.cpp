// What the page asks, and what it starts from, against hostile text.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "expect.h"
#include "input_text.h"
#include "page/ask.h"
#include "page/scenario.h"
#include "targets.h"

namespace {

using namespace wideep;

/// Points of sweeps, which the page bounds.
bool asks_for_much(const Json& asked) {
  constexpr std::size_t kMost = 20;
  std::size_t points = 1;
  if (!asked.is_object() || !asked.contains("axes") || !asked["axes"].is_array()) return false;
  for (const Json& axis : asked["axes"]) {
    if (axis.is_object() && axis.contains("values")) points *= axis["values"].size();
    if (points > kMost) return true;
  }
  return false;
}

void ask_page(std::string_view text) {
  constexpr int kNotUtf8 = 316;
  if (asks_for_much(Json::parse(text, nullptr, false))) return;
  try {
    const Json answer = Json::parse(ask(text));
    expect(answer.is_object(), "an answer is an object");
    if (!answer.contains("faults")) return;
    expect(!answer["faults"].empty(), "what is refused has faults");
    for (const Json& fault : answer["faults"]) {
      expect(!fault.at("message").get<std::string>().empty(), "a fault says something");
    }
  } catch (const Json::exception& error) {
    expect(error.id != kNotUtf8, "answers can be written");  // else this is no request
  }
}

/// Whether a scalar is that text, or that number or truth.
bool same_scalar(const std::string& text, const Json& value) {
  if (value.is_string()) return value.get<std::string>() == text;
  if (value.is_boolean()) return text == (value.get<bool>() ? "true" : "false");
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  return value.is_number() && *end == '\0' && value.get<double>() == number;
}

/// Whether JSON says what a file does.
bool says(const Json& json, const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return json.is_null();
    case Node::Kind::kScalar:
      return same_scalar(node.text, json);
    case Node::Kind::kSequence:
      return json.is_array() &&
             std::equal(json.begin(), json.end(), node.items.begin(), node.items.end(), says);
    case Node::Kind::kMap:
      break;
  }
  return json.is_object() && json.size() == node.entries.size() &&
         std::all_of(node.entries.begin(), node.entries.end(), [&](const Entry& entry) {
           return json.contains(entry.key.text) && says(json.at(entry.key.text), entry.value);
         });
}

bool has_other_keys(const Node& node) {
  return std::any_of(node.items.begin(), node.items.end(), has_other_keys) ||
         std::any_of(node.entries.begin(), node.entries.end(), [](const Entry& entry) {
           return !entry.key.is_scalar() || has_other_keys(entry.value);
         });
}

/// Whether JSON can hold the text as it is.
bool is_utf8(std::string_view text) {
  const std::string quoted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(quoted).get<std::string>() == text;
}

/// A file as the page has it.
void scenario(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (input.texts.findings.any() || !root.is_map() || has_other_keys(root)) return;
  if (!is_utf8(text)) return;  // JSON has no other texts
  const Json written =
      scenario_json(workload_files(), {.workload = root, .fabric = {}}, {.command = "optimize"});
  expect(says(written.at("workload"), root), "the page has what the file says");
}

constexpr std::array<FuzzTarget, 2> kPageTargets = {{{"ask", ask_page}, {"scenario", scenario}}};

}  // namespace

FuzzTargets wideep::page_targets() {
  return kPageTargets;
}
