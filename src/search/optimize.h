#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/prediction.h"
#include "search/cell.h"

namespace wideep {

enum class Solver {
  kNlopt,       ///< NLopt in each cell, then the integers around; a lower bound as certificate
  kBounds,      ///< bounds, and evaluation of what they do not cut
  kExhaustive,  ///< every configuration, trusting no bound, up to kMostEvaluations of them
  kBoth         ///< NLopt and bounds, compared with each other
};

/// What proves the optimum.
struct Certificate {
  enum class Method {
    kExhaustive,  ///< every configuration was evaluated, or is dominated by one that was
    kBound        ///< some were left out because a lower bound exceeds the optimum
  };
  Method method = Method::kExhaustive;
  std::uint64_t configurations = 0;  ///< in the space, infeasible transfers included
  std::uint64_t evaluated = 0;
  double gap = 0.0;                    ///< (optimum - lower bound) / optimum; 0: proved
  bool nlopt_compared = false;         ///< Solver::kBoth
  std::optional<double> nlopt_excess;  ///< how much slower its answer was, as a share; unset: none,
                                       ///< or nothing was left for it to choose
  std::uint64_t nlopt_evaluations = 0;
};

/// The largest batch that meets slo.tpot.
struct TpotBatch {
  int tokens = 0;                  ///< per rank, or of the group as the workload has it; 0: none
  std::optional<Prediction> best;  ///< of that batch, or of the smallest where none meets it
  int tokens_of_best = 0;          ///< counted as `tokens`
};

/// By how much published gains of overlap are missed, as a share of the layer: of the four of
/// two-batch overlap on H100 the largest miss is 3.5 points (docs/validation.md#directions).
/// Overlap that gains less is not preferred, however small the tolerance is.
inline constexpr double kOverlapError = 0.04;

/// As many choices within tolerance are listed, more than anybody reads.
inline constexpr std::size_t kMostWithinTolerance = 1'000;

struct SearchResult {
  /// The fastest configuration; ties go to the preferred one. Nothing where none is feasible.
  std::optional<Prediction> optimum;

  /// The fastest that a run of the search space covers; the optimum where that is. Nothing where
  /// runs are not known, or none is feasible.
  std::optional<Prediction> best_run;

  /// Of those within tolerance of best_run, or of the optimum where there is none, the one that is
  /// preferred: fewest GPUs, then no overlap, then fewest chunks, then the split nearest to one
  /// half, then the fastest; on no more GPUs none that overlaps within kOverlapError of a best that
  /// does. With best_run a run covers it.
  std::optional<Prediction> recommended;

  /// The fastest configuration with another EP width, kernel or overlap mode.
  std::optional<Prediction> runner_up;

  /// The fastest of each EP width, kernel and mode that comes within tolerance, fastest first, and
  /// the recommended one.
  std::vector<Prediction> within_tolerance;
  std::size_t more_within_tolerance = 0;  ///< beyond kMostWithinTolerance, not listed

  std::vector<Excluded> excluded;
  Certificate certificate;

  /// Where optimum is absent: the limits that stand in the way; one may stand there often.
  std::vector<BrokenLimit> reasons;

  /// Where only slo.tpot stands in the way: the fastest configuration, of the runs where one of
  /// them covers any.
  std::optional<Prediction> fastest;
  std::optional<TpotBatch> within_tpot;  ///< set together with it
};

/// The best configuration of the search space for its objective. docs/search.md
SearchResult optimize(const Problem& problem, Solver solver);

/// The runner-up, where it is one of what engines run or the answer is none.
std::optional<Config> rival_of(const Problem& problem, const SearchResult& result);

}  // namespace wideep
