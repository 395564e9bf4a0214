#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "input/read_again.h"
#include "model/fabric.h"

namespace wideep {

/// A key of which the numbers are multiplied: `straggler_factor`, `kernels.LL.bandwidth`.
struct ScaledKey {
  enum class Bounds {
    kPositive,   ///< any value above 0
    kShare,      ///< up to 100 %
    kAtLeastOne  ///< from 1 on
  };
  std::string key;     ///< as `--set` has it
  bool whole = false;  ///< it takes whole numbers alone
  Bounds bounds = Bounds::kPositive;
  /// Set: of tables by EP width only what stands at these widths, or with `beyond` at others.
  std::optional<FittedRange> fitted = {};
  bool beyond = false;

  /// How reports call it: "kernels.LL.latency beyond EP 64".
  [[nodiscard]] std::string name() const;
};

/// A problem whose keys are multiplied by factors, any number of them at a time, as relative axes
/// of a sweep do with up to three: a factor scales every number below its key, and dispatch and
/// combine where a kernel gives the key by direction. A copy may be used by another thread.
class ScaledProblem {
 public:
  /// Keys without a number in the input scale nothing (has_number() tells).
  ScaledProblem(const ReadAgain& read, std::vector<ScaledKey> keys);

  ScaledProblem(const ScaledProblem& other);
  ScaledProblem& operator=(const ScaledProblem&) = delete;
  ScaledProblem(ScaledProblem&&) = delete;
  ScaledProblem& operator=(ScaledProblem&&) = delete;
  ~ScaledProblem() = default;

  [[nodiscard]] const std::vector<ScaledKey>& keys() const { return keys_; }

  /// The problem with the keys at `factors` > 0, one for each, until the next call; values that
  /// their bounds forbid are moved to the bound. Null where the input refuses one.
  const Problem* at(std::span<const double> factors);

  /// The same of a deployment.
  const PlanQuestion* plan_at(std::span<const double> factors);

  /// By how much the key is multiplied in truth, bounds and whole numbers considered; of several
  /// numbers the first one's.
  [[nodiscard]] double factor_in_force(std::size_t key, double factor) const;

  /// What the key is with that factor, "43us"; empty where it has several different numbers.
  [[nodiscard]] std::string text_at(std::size_t key, double factor) const;

 private:
  /// A number in the trees.
  struct Slot {
    Node* node = nullptr;
    double base = 0.0;  ///< in `unit`
    std::string unit{};
    std::string text{};  ///< as it was written
  };

  void find_slots();
  [[nodiscard]] std::string text_of(std::size_t key, const Slot& slot, double factor) const;

  ReadAgain read_;
  std::vector<ScaledKey> keys_;
  std::vector<std::vector<Slot>> slots_;
  std::vector<Reach> reaches_;
  std::vector<double> factors_;  ///< in force
  bool sound_ = true;            ///< the problem is that of `factors_`
};

/// Whether the input has a number other than 0 below that key.
bool has_number(const ReadAgain& read, const ScaledKey& key);

}  // namespace wideep
