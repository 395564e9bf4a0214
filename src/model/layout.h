#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wideep {

// How a model is laid over the ranks of a group. docs/model.md#layouts

/// Attention groups: t ranks that serve the same sequences, each with its part of the heads, of the
/// projections and of the shared experts.
struct Attention {
  int ranks = 1;        ///< t; 1: data-parallel attention
  int cache_ranks = 1;  ///< c of them, 1 to t, over which the cache of a sequence is cut

  friend bool operator==(const Attention&, const Attention&) = default;
};

/// How the routed experts lie on the ranks.
enum class Experts {
  kEp,   ///< spread over them, and tokens are sent to where their experts are
  kTep,  ///< spread over them, and every token is copied to all
  kTp    ///< each cut over them, and every token is copied to all
};

/// A layout of experts on GPUs whose number is chosen beside it.
struct ExpertLayout {
  Experts experts = Experts::kEp;
  int ranks = 0;  ///< of kTp those over which each is cut; 0: all

  friend bool operator==(const ExpertLayout&, const ExpertLayout&) = default;
};

/// Over how many of so many GPUs the layout cuts each expert; nothing where they do not divide.
std::optional<int> ranks_of_cut(const ExpertLayout& layout, int gpus);

/// "ep", "tep" or "tp".
constexpr std::string_view name_of(Experts experts) {
  switch (experts) {
    case Experts::kTep:
      return "tep";
    case Experts::kTp:
      return "tp";
    case Experts::kEp:
      break;
  }
  return "ep";
}

/// "dp", "tp8", "dcp8", of a cache that is cut as often as the heads, or "tp8dcp2".
std::string name_of(const Attention& attention);

/// The layout of that name; nothing where it names none. Ranks are 1 to 64, and c divides t.
std::optional<Attention> attention_named(std::string_view name);

/// Of "ep", "tep", "tp" or "tpN", which cuts over N ranks and spreads over the others.
std::optional<ExpertLayout> experts_named(std::string_view name);

}  // namespace wideep
