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

/// What a whole deployment serves by the model, as its file has it and at best.
/// docs/check.md#regret-of-a-deployment
struct WholeReport {
  std::string job;      ///< empty: the file is one
  std::string why_not;  ///< it is not priced; empty: it is
  int gpus = 0;
  std::string theirs;               ///< "2 x EP 8 for prefill, 1 x EP 16 for decode"
  std::optional<PerSecond> rate{};  ///< of requests
  Seconds ttft;                     ///< theirs at that rate, in the mean
  Seconds tpot;
  double tokens_per_gpu = 0.0;  ///< output tokens per second and GPU of theirs
  int best_gpus = 0;            ///< 0: no plan is as fast
  std::string best;
  double regret = 0.0;    ///< how many more GPUs it has than the best, as a share of these
  bool too_much = false;  ///< the rate that is asked for; `rate` is the most that it holds
  bool waits = false;     ///< it decodes fewer requests than are in flight, which plans do not
  std::vector<std::string> assumed{};
  bool requests_assumed = false;
};

WholeReport whole_report(const Deployment& job, const DeploymentRegret& regret);

/// "32 GPUs: 50 requests/s, 1,600 output tokens/s per GPU, TTFT 1.2 s, TPOT 30 ms".
std::string whole_text(const WholeReport& whole);

/// "24 GPUs do the same, no slower: 3 x EP 4 for prefill, 1 x EP 12 for decode".
std::string best_text(const WholeReport& whole);

Json whole_json(const WholeReport& whole);

/// "decode: 35.1 ms a step, EP 16, LL, no overlap; none is faster".
std::string price_text(const PriceReport& price);

/// "best of these GPUs: 28.1 ms, EP 16, LL, dbo as in vLLM", of a role that could be faster.
std::string best_text(const PriceReport& price);

Json price_json(const PriceReport& price);

}  // namespace wideep
