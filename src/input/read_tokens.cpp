#include "input/read_tokens.h"

#include <optional>

#include "input/ranges.h"
#include "model/words.h"

namespace wideep {
namespace {

/// A number, or {min, max} of a batch that is chosen.
struct RankTokens {
  std::optional<int> stated;
  std::optional<TokenRange> choice;
};

RankTokens read_rank_tokens(Section& section) {
  const Node* const value = section.find("tokens_per_rank");
  if (value != nullptr && value->kind == Node::Kind::kSequence) {
    section.report(
        "tokens_per_rank",
        "'tokens_per_rank' is a number, or {min, max} of a batch that the search chooses");
    return {};
  }
  if (value == nullptr || !value->is_map()) {
    return {.stated = section.whole("tokens_per_rank", range::kTokens), .choice = {}};
  }
  Section ends = section.section("tokens_per_rank");
  const auto least = ends.whole("min", range::kTokens);
  const auto most = ends.whole("max", range::kTokens);
  if (least && most && *least > *most) {
    ends.report("max", "'tokens_per_rank.max' is below 'tokens_per_rank.min'");
  }
  ends.finish();
  return {.stated = {}, .choice = TokenRange{.least = least, .most = most.value_or(kLargestBatch)}};
}

}  // namespace

void read_tokens(Section& section, Traffic& traffic) {
  const auto [per_rank, choice] = read_rank_tokens(section);
  const auto global = section.whole("global_tokens", range::kTokens);
  const auto load = section.choice<ExpertLoad>("expert_load", kExpertLoadWords);
  if (section.has("tokens_per_rank") && section.has("global_tokens")) {
    section.report("global_tokens",
                   "give 'tokens_per_rank' or 'global_tokens', not both",
                   "on the command line, --set KEY=null removes one");
  }
  if (section.has("global_tokens") && section.has("expert_load")) {
    section.report("expert_load",
                   "'expert_load' goes with tokens_per_rank only: with global_tokens each rank "
                   "computes T*k routed tokens, T = ceil(G/P)");
  }
  const bool stated = section.has("tokens_per_rank") || section.has("global_tokens");
  if (choice || !stated) {
    traffic.choice = choice.value_or(TokenRange{});
    traffic.tokens = TokensPerRank{.tokens = traffic.choice->most,
                                   .expert_load = load.value_or(ExpertLoad::kPerRank),
                                   .stated = true};
  } else if (section.has("global_tokens")) {
    traffic.tokens = GlobalTokens{global.value_or(1)};
  } else {
    traffic.tokens = TokensPerRank{.tokens = per_rank.value_or(1),
                                   .expert_load = load.value_or(ExpertLoad::kSharedByRanks),
                                   .stated = load.has_value()};
  }
}

}  // namespace wideep
