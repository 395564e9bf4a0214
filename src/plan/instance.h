#pragma once

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "model/limit.h"
#include "model/planning.h"
#include "model/prediction.h"
#include "model/serving.h"
#include "search/answer.h"

namespace wideep {

/// How an instance takes prompts. docs/planning.md#plan
struct PromptSteps {
  int groups = 1;       ///< attention groups
  double tokens = 1.0;  ///< of prompts, that a group takes in a step
  Seconds fixed;        ///< of a step of x tokens fixed + x per_token, exact for a full one and for
  Seconds per_token;    ///< the mean last chunk of a prompt
  std::optional<Seconds> transfer;  ///< of a request's cache to decode; unset: not known
};

/// A way to run one instance of a role: the best configuration of its GPUs, step size or draft
/// depth.
struct Instance {
  std::shared_ptr<const Problem> problem;  ///< that the prediction is of, its layout in force
  std::size_t variant = 0;                 ///< step size or draft depth, of InstanceSearch
  Prediction prediction;
  std::optional<PromptSteps> prompts;  ///< unset: it only decodes
  int slots = 0;                       ///< requests that it decodes at once; 0: it only prefills
  Seconds step;                        ///< a full one
  Seconds tpot;                        ///< at decode
  PerSecond rate;                      ///< of requests at full use

  [[nodiscard]] int gpus() const { return prediction.config.gpus(); }

  /// Of a full step, rounded up.
  [[nodiscard]] int tokens_per_rank() const {
    return static_cast<int>(std::ceil(prediction.tokens));
  }
};

using InstancePointer = std::shared_ptr<const Instance>;

/// Tokens of a rank in a prefill step, where the workload leaves them open: the powers of two that
/// engines are given as chunk sizes, vLLM's --max-num-batched-tokens and the like.
inline constexpr int kSmallestPrefillStep = 256;
inline constexpr int kLargestPrefillStep = 32'768;

/// Instances of one role, each the proved best of its GPUs (docs/search.md), of what an engine runs
/// where one runs any; found when they are first asked for.
class InstanceSearch {
 public:
  enum class Role { kPrefill, kDecode, kMixed };

  /// `tpot`: the limit of decode steps as predicted.
  InstanceSearch(const PlanQuestion& question, Role role, std::optional<Seconds> tpot);

  /// GPUs that an instance may have, ascending.
  [[nodiscard]] const std::vector<int>& sizes() const { return sizes_; }

  /// An upper bound on the rate of requests that one GPU of any instance serves at full use; 0
  /// where there is no instance.
  [[nodiscard]] PerSecond most_per_gpu() const { return most_; }

  /// The instances of so many GPUs, for each step size (prefill) or draft depth.
  const std::vector<InstancePointer>& of(int gpus);

  /// The best decode instance of as many GPUs and drafted tokens with so many tokens per rank;
  /// null: there is none.
  InstancePointer with_tokens(const Instance& instance, int tokens);

  /// Why there is none of any size.
  [[nodiscard]] std::vector<BrokenLimit> reasons() const;

  /// Configurations times batches that were chosen from.
  [[nodiscard]] double points() const { return points_; }

 private:
  /// A step size or a draft depth, in force in its problem.
  struct Variant {
    Problem problem;
    PerSecond most = {};  ///< upper bound by GPU
  };

  /// Finds what each variant serves at most, of what engines run alone or of all.
  void search(const std::vector<Problem>& problems, bool only_runs);
  [[nodiscard]] PerSecond rate_per_gpu(const Prediction& found) const;
  [[nodiscard]] InstancePointer instance_of(std::size_t variant, const Prediction& found) const;

  const PlanQuestion& question_;
  Role role_;
  std::vector<Variant> variants_;
  std::vector<int> sizes_;
  PerSecond most_;
  double points_ = 0.0;
  std::map<int, std::vector<InstancePointer>> known_;
  std::map<std::tuple<std::size_t, int, int>, InstancePointer> smaller_;  ///< variant, GPUs, tokens
};

/// What InstanceSearch has found for the variations of a question that share its problems: those of
/// other limits and speeds.
class InstanceSearches {
 public:
  explicit InstanceSearches(const PlanQuestion& question) : question_(question) {}

  InstanceSearch& of(InstanceSearch::Role role, std::optional<Seconds> tpot);

 private:
  const PlanQuestion& question_;
  std::map<std::pair<InstanceSearch::Role, double>, InstanceSearch> known_;
};

/// The instance where every step takes so many times what is predicted.
InstancePointer slowed(const InstancePointer& instance, double slower);

/// The lengths of prompts as the queue takes them, cached parts left out: at most 16, each the mean
/// of as large a share of the requests.
std::vector<PromptLength> prompt_lengths(const RequestLengths& lengths);

}  // namespace wideep
