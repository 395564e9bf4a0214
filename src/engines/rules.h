#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/prediction.h"

namespace wideep {

/// How grave a finding is: `check` fails on errors alone.
enum class Grade { kError, kWarning, kAdvice };

/// "error", "warning" or "advice".
std::string_view name_of(Grade grade);

/// The part of a workload file that a rule speaks of.
enum class Subject {
  kSearch,  ///< what the search chose, search.ep_width
  kTokens,  ///< tokens_per_rank
  kModel    ///< the model as it was read
};

using Messages = std::vector<std::string>;

/// Something to know of a configuration before it is used. docs/adding.md#a-rule
struct Rule {
  std::string_view name;  ///< for machines
  Grade grade = Grade::kAdvice;
  Subject subject = Subject::kSearch;
  std::string_view fix = {};  ///< what lifts it; empty: there is nothing to do
  /// Adds a sentence without its full stop for each case of it; often none.
  void (*find)(const Problem&, const Prediction&, Messages& messages) = nullptr;
};

/// A case of a rule.
struct Warning {
  const Rule* rule = nullptr;
  std::string message;
};

// The rules by what they look at, the gravest first.
std::span<const Rule> question_rules();  ///< what was not said, and is missing
std::span<const Rule> range_rules();     ///< figures used where they were not measured
std::span<const Rule> kernel_rules();    ///< what kernels and their libraries need
std::span<const Rule> model_rules();     ///< how the model was read

/// Every case of all rules, and of the given ones.
std::vector<Warning> warnings_of(const Problem& problem, const Prediction& prediction);
std::vector<Warning> warnings_of(const Problem& problem,
                                 const Prediction& prediction,
                                 std::span<const Rule> rules);

/// What would make attention count.
std::string attention_wanted(const Problem& problem);

}  // namespace wideep
