#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploy/deployment.h"
#include "report/regret_report.h"
#include "report/result_json.h"
#include "report/text.h"

namespace wideep {

/// A role as it was read. Unset, or empty: the file does not say, or says different things of its
/// jobs.
struct RoleReport {
  std::string role;  ///< "prefill", "decode" or "aggregated"
  std::string name;  ///< as the file has it
  std::optional<int> instances{};
  std::optional<int> gpus{};  ///< of one instance
  std::optional<int> tp{};
  std::optional<int> pp{};
  std::optional<int> dp{};
  std::optional<int> ep{};
  std::optional<int> dcp{};
  std::string all2all{};
  std::optional<int> max_batch_per_rank{};
  std::optional<int> draft_tokens{};
  std::optional<int> capacity{};
};

/// What a file that starts engines was read as.
struct DeploymentReport {
  std::string format;
  std::string engine;  ///< empty: it starts none that is known, or several
  std::string model;   ///< as the file has it
  std::size_t jobs = 0;
  std::vector<RoleReport> roles{};
  std::vector<std::string> not_read{};
  std::vector<PriceReport> prices{};
  std::vector<WholeReport> wholes{};  ///< of jobs that prefill and decode
};

/// What its jobs have in common.
DeploymentReport report_on(const DeploymentFile& file);

/// A line or two for each role: "decode      1 x 16 GPUs: EP 16, DP 16, deepep_low_latency, ...".
Text deployment_text(const DeploymentReport& report);

/// {"engine", "model", "format", "jobs", "roles": [...], "not_read"}; null where the file does not
/// say.
Json deployment_json(const DeploymentReport& report);

}  // namespace wideep
