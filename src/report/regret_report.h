#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regret/regret.h"
#include "report/result_json.h"

namespace wideep {

/// A role's step by the model, as its file has it and at best. docs/check.md#regret
struct PriceReport {
  std::string job;  ///< empty: the file is one
  std::string role;
  std::string why_not;  ///< it is not priced; empty: it is
  std::string theirs;   ///< "EP 16, LL, no overlap"
  std::string best;
  std::optional<Seconds> step{};  ///< of theirs
  std::optional<Seconds> best_step{};
  double regret = 0.0;  ///< how much longer theirs takes, as a share
  std::string change;   ///< flags that the best needs where they differ; empty: none that is known
  std::vector<std::string> assumed{};
  bool requests_assumed = false;  ///< their lengths among it
};

PriceReport price_report(const Deployment& job, const RoleRegret& regret);

/// "decode: 35.1 ms a step, EP 16, LL, no overlap; none is faster".
std::string price_text(const PriceReport& price);

/// "best of these GPUs: 28.1 ms, EP 16, LL, dbo as in vLLM", of a role that could be faster.
std::string best_text(const PriceReport& price);

Json price_json(const PriceReport& price);

}  // namespace wideep
