#include "deploy/recipe_jobs.h"

#include <algorithm>
#include <optional>

namespace wideep {
namespace {

/// Of a file; the largest published recipe has some 20.
constexpr std::size_t kMostJobs = 1'000;

/// The length of the lists in an override, 1 where all have one item or there is none. Nothing
/// where they differ.
std::optional<std::size_t> zip_length(const Node& node) {
  std::size_t length = 1;
  const auto take = [&length](std::optional<std::size_t> other) {
    if (!other) return false;
    if (*other == 1 || *other == length) return true;
    if (length != 1) return false;
    length = *other;
    return true;
  };
  if (node.kind == Node::Kind::kSequence) return std::max<std::size_t>(node.items.size(), 1);
  for (const Entry& entry : node.entries) {
    if (!take(zip_length(entry.value))) return std::nullopt;
  }
  return length;
}

/// What the job at that place of the lists has.
Node picked(const Node& node, std::size_t place) {
  if (node.kind == Node::Kind::kSequence && !node.items.empty()) {
    return node.items.size() == 1 ? node.items.front() : node.items.at(place);
  }
  if (!node.is_map()) return node;
  // Without a copy of the lists below, which every job would make.
  Node result = make_node(node.kind, node.place);
  result.entries.reserve(node.entries.size());
  for (const Entry& entry : node.entries) {
    result.entries.push_back({entry.key, picked(entry.value, place)});
  }
  return result;
}

std::string name_in(const Node& job, const std::string& otherwise) {
  const Node* const name = job.find("name");
  return name != nullptr && name->is_scalar() ? name->text : otherwise;
}

}  // namespace

std::vector<RecipeJob> recipe_jobs(const Node& root, std::vector<std::string>& not_read) {
  const Node* const base = root.find("base");
  if (base == nullptr || !base->is_map()) return {{.name = {}, .settings = root}};
  std::vector<RecipeJob> jobs;
  for (const Entry& entry : root.entries) {
    const std::string& key = entry.key.text;
    const bool zipped = key.starts_with("zip_override");
    if (!entry.value.is_map() || (!zipped && !key.starts_with("override"))) continue;
    const std::optional<std::size_t> length = zipped ? zip_length(entry.value) : std::size_t{1};
    if (!length) {
      not_read.push_back("the lists of " + key + " differ in length");
      continue;
    }
    for (std::size_t place = 0; place < *length; ++place) {
      if (jobs.size() == kMostJobs) {
        not_read.push_back("jobs beyond the first 1,000");
        return jobs;
      }
      const Node changes = zipped ? picked(entry.value, place) : entry.value;
      jobs.push_back({name_in(changes, key), merged(*base, changes)});
    }
  }
  if (jobs.empty()) jobs.push_back({.name = {}, .settings = *base});
  return jobs;
}

}  // namespace wideep
