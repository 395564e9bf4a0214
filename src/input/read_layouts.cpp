#include "input/read_layouts.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace wideep {
namespace {

/// Ranks that groups are made of where nobody says: powers of two up to the scale-up domain.
std::vector<int> usual_ranks(const Fabric& fabric) {
  constexpr int kMostUsual = 16;
  std::vector<int> ranks;
  for (int count = 2; count <= std::min(kMostUsual, fabric.gpus_per_domain); count *= 2) {
    ranks.push_back(count);
  }
  return ranks;
}

std::vector<Attention> every_attention(const Fabric& fabric) {
  std::vector<Attention> all = {Attention{}};
  for (const int ranks : usual_ranks(fabric)) all.push_back({.ranks = ranks});
  for (const int ranks : usual_ranks(fabric)) all.push_back({.ranks = ranks, .cache_ranks = ranks});
  return all;
}

/// What a list names, or a single word; each once. Faults are reported.
template <class T, class Named>
std::vector<T> named(Section& section, const char* key, const char* hint, const Named& named_by) {
  std::vector<T> found;
  section.takes_list(key, hint, "^[a-z]+[0-9]*([a-z]+[0-9]*)?$");
  const Node* const value = section.find(key);
  if (value == nullptr) return found;
  const auto add = [&](const Node& item) {
    const auto one = item.is_scalar() ? named_by(item.text) : std::nullopt;
    if (!one) {
      section.findings().report(
          item.place,
          fmt::format("'{}' has an entry that names no layout", section.path_of(key)),
          hint);
    } else if (std::find(found.begin(), found.end(), *one) == found.end()) {
      found.push_back(*one);
    }
  };
  if (value->kind == Node::Kind::kSequence) {
    for (const Node& item : value->items) add(item);
  } else {
    add(*value);
  }
  return found;
}

}  // namespace

void read_layouts(Section& search, const Fabric& fabric, SearchSpace& space) {
  constexpr std::array<Word<bool>, 1> kAll = {{{"all", true}}};
  if (search.choice<bool>("layouts", kAll).value_or(false)) {
    space.attentions = every_attention(fabric);
    space.experts = {{}, {.experts = Experts::kTep}, {.experts = Experts::kTp}};
  }
  auto attentions = named<Attention>(
      search, "attention", "dp, tpN, dcpN or tpNdcpM, such as [dp, tp8]", attention_named);
  auto experts = named<ExpertLayout>(
      search, "experts", "ep, tep, tp or tpN, such as [ep, tep]", experts_named);
  if (!attentions.empty()) space.attentions = std::move(attentions);
  if (!experts.empty()) space.experts = std::move(experts);
}

}  // namespace wideep
