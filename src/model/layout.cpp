#include "model/layout.h"

#include <charconv>
#include <system_error>

namespace wideep {
namespace {

/// The largest scale-up domain holds 72; the tokens of so many ranks are still counted in an int.
constexpr int kMostRanks = 64;

/// The number behind `word` at the start of `text`, which both are cut off.
std::optional<int> take(std::string_view word, std::string_view& text) {
  if (!text.starts_with(word)) return std::nullopt;
  int number = 0;
  const char* const begin = text.data() + word.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  const bool padded = begin != text.data() + text.size() && *begin == '0';
  if (error != std::errc() || padded || number < 1 || number > kMostRanks) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::optional<int> ranks_of_cut(const ExpertLayout& layout, int gpus) {
  if (layout.experts != Experts::kTp) return 1;
  const int ranks = layout.ranks == 0 ? gpus : layout.ranks;
  return gpus % ranks == 0 ? std::optional(ranks) : std::nullopt;
}

std::optional<ExpertLayout> experts_named(std::string_view name) {
  for (const Experts experts : {Experts::kEp, Experts::kTep, Experts::kTp}) {
    if (name == name_of(experts)) return ExpertLayout{.experts = experts};
  }
  const auto ranks = take("tp", name);
  if (!ranks || !name.empty()) return std::nullopt;
  return ExpertLayout{.experts = Experts::kTp, .ranks = *ranks};
}

std::string name_of(const Attention& attention) {
  const auto [ranks, cache] = attention;
  if (ranks == 1) return "dp";
  std::string name;
  if (cache < ranks) name.append("tp").append(std::to_string(ranks));
  if (cache > 1) name.append("dcp").append(std::to_string(cache));
  return name;
}

std::optional<Attention> attention_named(std::string_view name) {
  if (name == "dp") return Attention{};
  Attention found;
  if (const auto ranks = take("tp", name)) {
    found.ranks = *ranks;
    if (name.empty()) return found;
    const auto cache = take("dcp", name);
    if (!cache) return std::nullopt;
    found.cache_ranks = *cache;
  } else if (const auto both = take("dcp", name)) {
    found = {.ranks = *both, .cache_ranks = *both};
  } else {
    return std::nullopt;
  }
  if (!name.empty() || found.ranks % found.cache_ranks != 0) return std::nullopt;
  return found;
}

}  // namespace wideep
