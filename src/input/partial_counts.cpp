#include "input/partial_counts.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace wideep {
namespace {

/// Fewer experts may well be an example that somebody wrote down.
constexpr std::size_t kLeastExperts = 8;
/// Tokens of an expert beside which others have none only because nobody counted theirs: of evenly
/// drawn tokens the chance of none is exp(-30).
constexpr double kFarFromNone = 30.0;
/// Of a block's experts, those that must have tokens: a rank may have experts without.
constexpr double kMostOfBlock = 0.75;

/// Experts of a layer that got tokens.
struct Counted {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t count = 0;
  double least = 0.0;
  double total = 0.0;
};

Counted counted(const std::vector<double>& layer) {
  Counted found;
  for (std::size_t at = 0; at < layer.size(); ++at) {
    if (layer[at] <= 0.0) continue;
    if (found.count == 0) found.first = at;
    found.last = at;
    found.least = found.count == 0 ? layer[at] : std::min(found.least, layer[at]);
    found.total += layer[at];
    ++found.count;
  }
  return found;
}

/// The smallest block that may be that of ranks and holds experts first to last; 0: none that is at
/// most half of all.
std::size_t block_of(std::size_t first, std::size_t last, std::size_t experts) {
  for (std::size_t size = last - first + 1; size <= experts / 2; ++size) {
    if (experts % size == 0 && first / size == last / size) return size;
  }
  return 0;
}

}  // namespace

std::string why_partial(const ExpertCounts& counts) {
  const std::size_t experts = counts.layers.front().size();
  if (experts < kLeastExperts) return "";
  std::vector<Counted> layers;
  layers.reserve(counts.layers.size());
  for (const std::vector<double>& layer : counts.layers) layers.push_back(counted(layer));
  const Counted& like = layers.front();
  std::size_t first = like.first;
  std::size_t last = like.last;
  for (const Counted& layer : layers) {
    first = std::min(first, layer.first);
    last = std::max(last, layer.last);
  }
  const std::size_t block = block_of(first, last, experts);
  const auto fills_block = [&](const Counted& layer) {
    return static_cast<double>(layer.count) >= kMostOfBlock * static_cast<double>(block) &&
           layer.total >= kFarFromNone * static_cast<double>(layer.count);
  };
  const auto is_scattered_part = [&](const Counted& layer) {
    return layer.count == like.count && 2 * layer.count <= experts && experts % layer.count == 0 &&
           layer.least >= kFarFromNone;
  };
  const bool in_block = block > 0 && std::all_of(layers.begin(), layers.end(), fills_block);
  if (!in_block && !std::all_of(layers.begin(), layers.end(), is_scattered_part)) return "";
  const std::string where = in_block ? fmt::format("experts {} to {}", first, last)
                                     : fmt::format("{} experts", like.count);
  return fmt::format(
      "only {} of {} have tokens, {:.0f} and more each: these counts are of one rank or some, "
      "and say nothing of the others",
      where,
      experts,
      std::min_element(layers.begin(), layers.end(), [](const Counted& a, const Counted& b) {
        return a.least < b.least;
      })->least);
}

}  // namespace wideep
