#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/varied_problem.h"
#include "search/answer.h"

namespace wideep {

/// Flip distances are looked for up to this factor each way.
inline constexpr double kFlipRange = 4.0;

/// Rungs of the ladder on the way there, each the same factor above the last, 1.19. A flip that is
/// undone between two rungs is not seen.
inline constexpr int kFlipRungs = 8;

/// Flips are bisected until what still holds and what does not are this near, as a ratio less 1.
inline constexpr double kFlipTolerance = 1e-4;

/// Where another configuration begins to win, on the way up or down from what an input is.
struct Flip {
  double holds = 1.0;              ///< factor of the input up to which the answer is the best
  double flips = 1.0;              ///< from which another one is; at most kFlipTolerance beyond
  std::string holds_text{};        ///< the input there, "2.1"; empty where it has several numbers
  std::optional<Config> winner{};  ///< that wins then; unset: nothing is feasible any more
};

/// How far an input may move until the answer changes.
struct FlipDistance {
  std::optional<Flip> down{};
  std::optional<Flip> up{};
  double searched_down = 1.0;  ///< the least and the largest factor that were looked at: a quarter
  double searched_up = 1.0;    ///< and four, or as far as the key may go
};

/// Whether it is another answer: of other EP width, kernel, layout or mode; another split, number
/// of chunks, of SMs or of redundant experts is none.
bool is_other(const Prediction* found, const Config& base);

/// Flip distances of one input: a geometric ladder both ways, then bisection. `base` is what wins
/// at 1, answer().used() there. docs/planning.md#flip
FlipDistance flip_distance(VariedProblem& varied, std::size_t input, const Config& base);

/// Of each input, by so many threads (0: one for each core), the same whatever their number.
std::vector<FlipDistance> flip_distances(const VariedProblem& varied,
                                         const Config& base,
                                         int threads);

}  // namespace wideep
