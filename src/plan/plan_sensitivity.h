#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/confidence.h"
#include "plan/plan.h"

namespace wideep {

/// Flips of plans are looked for as far as this many standard deviations each way, of inputs that
/// are taken as they are up to twice and down to half.
inline constexpr double kPlanFlipDeviations = 2.0;
inline constexpr double kPlanFlipRange = 2.0;

/// Flips are bisected until what still holds and what does not are this near, as a ratio less 1.
inline constexpr double kPlanFlipTolerance = 0.01;

/// Plans that cost more by less are as good.
inline constexpr double kPlanAlike = 1e-3;

/// Draws where nobody says how many: with the flips they end within about two seconds.
inline constexpr int kPlanDraws = 24;

/// Where another plan begins to be better, on the way up or down from what an input is.
struct PlanFlip {
  double holds = 1.0;              ///< factor of the input up to which none is
  double flips = 1.0;              ///< from which one is, or the plan does not hold the level
  std::string holds_text{};        ///< the input there; empty where it has several numbers
  std::optional<Plan> winner{};    ///< then; unset: none holds the level
  std::optional<double> regret{};  ///< cost of keeping the plan over the winner's, less 1; unset:
                                   ///< it does not hold the level
};

/// How far an input may move until another plan is better.
struct PlanInput {
  std::size_t input = 0;
  std::string value{};  ///< as it is, "43us"; empty where it has several numbers
  std::optional<PlanFlip> down{};
  std::optional<PlanFlip> up{};
  double searched_down = 1.0;  ///< the least and the largest factor that were looked at
  double searched_up = 1.0;
};

/// A plan that is the best in some draws.
struct PlanWinner {
  Plan plan;  ///< of the first of them
  int draws = 0;
};

/// How sure a plan is, of draws of all inputs.
struct PlanConfidence {
  Draws draws;
  int feasible = 0;          ///< draws in which some plan holds the level, that winners are of
  double best_share = 0.0;   ///< of all draws: it holds the level and none is better
  double holds_share = 0.0;  ///< of all draws: it holds the level
  double regret = 0.0;       ///< mean of its cost over the best one's, less 1, where it holds
  std::vector<PlanWinner> winners;  ///< better ones, most often first
  Spread gpus;                      ///< of the best plan
  Spread tokens_per_gpu;            ///< of the best plan, output tokens per second and GPU
};

/// How a plan hangs on its inputs. docs/planning.md#plan-sure
struct PlanSensitivity {
  std::vector<UncertainInput> inputs;  ///< that were looked at
  std::vector<PlanInput> flips;        ///< of those that the plan feels
  PlanConfidence confidence;
};

/// Of the best plan of a deployment that was read, each look a whole plan; the same for any number
/// of threads.
PlanSensitivity plan_sensitivity(const ReadAgain& read,
                                 const std::vector<UncertainInput>& inputs,
                                 const Plan& plan,
                                 const Draws& draws);

}  // namespace wideep
