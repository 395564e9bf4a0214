#include "cli/check_regret.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/check_deployments.h"
#include "input/assemble.h"
#include "input/file_kind.h"
#include "input/input_keys.h"
#include "input/ranges.h"
#include "input/read_plan.h"
#include "plan/relax.h"
#include "report/regret_report.h"
#include "units/format_quantity.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// Jobs of one file that are priced; a file of more lists the same deployment at many loads.
constexpr std::size_t kMostPriced = 16;

/// What the model tells apart: more than its typical error, or than what is asked for; and for
/// requests that somebody stated.
template <typename Price>
bool is_told(const Price& price, const std::optional<double>& most) {
  return !price.requests_assumed && price.regret > most.value_or(kServedError);
}

Finding finding_of(const RoleRegret& regret,
                   const PriceReport& price,
                   const std::optional<double>& most) {
  const bool too_much = most && price.regret > *most;
  const std::string job = price.job.empty() ? "" : price.job + ": ";
  return {
      .rule = std::string(kRegretRule.name),
      .grade = too_much ? Grade::kError : Grade::kAdvice,
      .message = fmt::format("{}{} takes {} a step by the model, {} longer than the best of the "
                             "same GPUs and batch, {} with {}",
                             job,
                             price.role,
                             format(*price.step),
                             format_percent(price.regret),
                             format(*price.best_step),
                             price.best),
      .fix = price.change.empty() ? price.best : price.change,
      .file = regret.role->at.source->name,
      .line = regret.role->at.line,
      .column = character_of(regret.role->at),
      .excerpt = excerpt_of(regret.role->at),
      .role = price.role};
}

Finding finding_of(const Deployment& job,
                   const WholeReport& whole,
                   const std::optional<double>& most) {
  const DeployedRole& role = job.roles.front();
  const bool too_much = most && whole.regret > *most;
  return {.rule = std::string(kRegretRule.name),
          .grade = too_much ? Grade::kError : Grade::kAdvice,
          .message = fmt::format("{}{} GPUs serve by the model what {} would, no slower",
                                 job.name.empty() ? "" : job.name + ": ",
                                 format_count(whole.gpus),
                                 format_count(whole.best_gpus)),
          .fix = whole.best,
          .file = role.at.source->name,
          .line = role.at.line,
          .column = character_of(role.at),
          .excerpt = excerpt_of(role.at)};
}

}  // namespace

DeploymentTraffic read_requests(const std::string& path) {
  Texts texts;
  const Node root = texts.load(path);
  texts.findings.throw_if_any();
  const Node* const inner = root.is_map() ? root.find("traffic") : nullptr;
  if (inner == nullptr && root.is_map() && has_any(root, kWorkloadKeys)) {
    texts.findings.report(root.place,
                          "this workload has no traffic, which --traffic reads",
                          "add traffic: {input_tokens: 4096, output_tokens: 1024, rate: 50}");
    texts.findings.throw_if_any();
  }
  Section traffic(
      inner == nullptr ? &root : inner, inner == nullptr ? "" : "traffic", texts.findings);
  DeploymentTraffic requests{.input_tokens = traffic.whole("input_tokens", range::kTokens),
                             .output_tokens = traffic.whole("output_tokens", range::kTokens),
                             .concurrency = traffic.whole("concurrency", range::kTokens)};
  if (const auto rate = read_rate(traffic)) requests.rate = rate->base();
  for (const char* const key : {"cached_share", "lengths"}) {
    if (traffic.find(key) == nullptr) continue;
    traffic.report(key,
                   fmt::format("check prices prompts of one length without a cache, and '{}' says "
                               "otherwise",
                               key),
                   "leave it out, or ask plan");
  }
  traffic.finish();
  texts.findings.throw_if_any();
  return requests;
}

double share_of(const std::string& option, const std::string& text) {
  const std::optional<double> share = parse_share(text);
  if (!share || *share < 0.0) {
    throw InputError(InputFault{.rule = "bad_input",
                                .file = option,
                                .line = {},
                                .message = fmt::format("'{}' is no share", text),
                                .fix = "write it as 10%"});
  }
  return *share;
}

void check_regret(const DeploymentFile& file,
                  const PricedBy& by,
                  const std::optional<double>& most,
                  const std::vector<std::string>& ignored,
                  CheckReport& report) {
  const bool silent = std::find(ignored.begin(), ignored.end(), kRegretRule.name) != ignored.end();
  std::vector<PriceReport>& prices = report.files.back().deployment->prices;
  const std::size_t count = std::min(kMostPriced, file.jobs.size());
  for (std::size_t at = 0; at < count; ++at) {
    const Deployment& job = file.jobs[at];
    const PricedBy known = priced_with(by, job);
    for (const RoleRegret& regret : regrets_of(job, known)) {
      const PriceReport price = price_report(job, regret);
      prices.push_back(price);
      if (!silent && is_told(price, most)) {
        report.findings.push_back(finding_of(regret, price, most));
      }
    }
    if (const auto whole = regret_of_whole(job, known)) {
      WholeReport price = whole_report(job, *whole);
      if (!silent && is_told(price, most)) report.findings.push_back(finding_of(job, price, most));
      report.files.back().deployment->wholes.push_back(std::move(price));
    }
  }
}

}  // namespace wideep
