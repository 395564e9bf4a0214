// What the page asks, and what it starts from, against hostile text.
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

bool same_scalar(const std::string& one, const std::string& other) {
  char* end = nullptr;
  char* other_end = nullptr;
  const double number = std::strtod(one.c_str(), &end);
  const double other_number = std::strtod(other.c_str(), &other_end);
  const bool numbers = !one.empty() && !other.empty() && *end == '\0' && *other_end == '\0';
  return one == other || (numbers && number == other_number);
}

/// The same but for the order of keys and how numbers are written.
bool alike_on_page(const Node& one, const Node& other) {
  if (one.kind != other.kind || one.items.size() != other.items.size() ||
      one.entries.size() != other.entries.size()) {
    return false;
  }
  for (std::size_t at = 0; at < one.items.size(); ++at) {
    if (!alike_on_page(one.items[at], other.items[at])) return false;
  }
  for (const Entry& entry : one.entries) {
    const Node* const same = other.find(entry.key.text);
    if (same == nullptr || !alike_on_page(entry.value, *same)) return false;
  }
  return !one.is_scalar() || same_scalar(one.text, other.text);
}

bool has_other_keys(const Node& node) {
  for (const Node& item : node.items) {
    if (has_other_keys(item)) return true;
  }
  for (const Entry& entry : node.entries) {
    if (!entry.key.is_scalar() || has_other_keys(entry.value)) return true;
  }
  return false;
}

/// A file as the page has it.
void scenario(std::string_view text) {
  Input input;
  const Node root = input.parse(text);
  if (input.texts.findings.any() || !root.is_map() || has_other_keys(root)) return;
  const Json scenario =
      scenario_json(workload_files(), {.workload = root, .fabric = {}}, {.command = "optimize"});
  const std::string written =
      scenario.at("workload").dump(-1, ' ', false, Json::error_handler_t::replace);
  Input again;
  const Node read = again.parse(written);
  if (written.find("\xef\xbf\xbd") != std::string::npos) return;  // it was no UTF-8
  expect(!again.texts.findings.any() && alike_on_page(root, read),
         "the page has what the file says");
}

constexpr std::array<FuzzTarget, 2> kPageTargets = {{{"ask", ask_page}, {"scenario", scenario}}};

}  // namespace

FuzzTargets wideep::page_targets() {
  return kPageTargets;
}
