#include "cli/check_regret.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "cli/check_deployments.h"
#include "input/assemble.h"
#include "input/suggest.h"
#include "plan/relax.h"
#include "report/regret_report.h"
#include "rules/known.h"
#include "units/format_quantity.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

/// Jobs of one file that are priced; a file of more lists the same deployment at many loads.
constexpr std::size_t kMostPriced = 16;

std::optional<int> count_in(const Node& traffic, std::string_view key, Findings& findings) {
  const Node* const value = traffic.find(key);
  if (value == nullptr) return std::nullopt;
  const auto number = value->is_scalar() ? parse_number(value->text) : std::nullopt;
  constexpr double kMost = std::numeric_limits<int>::max();
  if (!number || *number < 1.0 || *number > kMost) {
    findings.report(value->place, fmt::format("'{}' must be a number of 1 or more", key));
    return std::nullopt;
  }
  return static_cast<int>(*number);
}

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

/// What is known of requests, of which those behind the first four are not read of means.
constexpr std::array<std::string_view, 6> kRequestKeys = {
    "input_tokens", "output_tokens", "concurrency", "rate", "cached_share", "lengths"};
constexpr std::size_t kRead = 4;

/// Keys that are not read are told, never dropped.
void check_keys(const Node& traffic, Findings& findings) {
  for (const Entry& entry : traffic.entries) {
    const std::string& key = entry.key.text;
    const auto* const known = std::find(kRequestKeys.begin(), kRequestKeys.end(), key);
    if (known == kRequestKeys.end()) {
      const auto near = suggest(key, kRequestKeys);
      findings.report(entry.key.place,
                      fmt::format("unknown key '{}' of requests", key),
                      near ? fmt::format("did you mean '{}'?", *near) : "");
    } else if (known >= kRequestKeys.begin() + kRead) {
      findings.report(
          entry.key.place,
          fmt::format("check prices prompts of one length without a cache, and '{}' says "
                      "otherwise",
                      key),
          "leave it out, or ask plan");
    }
  }
}

/// `20` or `20/s`.
std::optional<double> rate_in(const Node& traffic, Findings& findings) {
  const Node* const value = traffic.find("rate");
  if (value == nullptr) return std::nullopt;
  std::string text = value->text;
  constexpr std::string_view kUnit = "/s";
  if (text.ends_with(kUnit)) text.resize(text.size() - kUnit.size());
  const auto number = value->is_scalar() ? parse_number(text) : std::nullopt;
  if (number && *number > 0.0) return number;
  findings.report(value->place, "'rate' must be a number of requests a second above 0");
  return std::nullopt;
}

}  // namespace

DeploymentTraffic read_requests(const std::string& path) {
  Texts texts;
  const Node root = texts.load(path);
  const Node* const inner = root.is_map() ? root.find("traffic") : nullptr;
  const Node& traffic = inner == nullptr ? root : *inner;
  if (!texts.findings.any() && !traffic.is_map()) {
    texts.findings.report(traffic.place,
                          "requests are keys: input_tokens, output_tokens, concurrency");
  }
  if (traffic.is_map()) check_keys(traffic, texts.findings);
  DeploymentTraffic requests{.input_tokens = count_in(traffic, "input_tokens", texts.findings),
                             .output_tokens = count_in(traffic, "output_tokens", texts.findings),
                             .concurrency = count_in(traffic, "concurrency", texts.findings),
                             .rate = rate_in(traffic, texts.findings)};
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
    PricedBy known = by;
    if (!known.model && job.model) known.model = model_preset_of(job.model->value);
    if (!known.fabric && job.hardware) known.fabric = fabric_preset_of(job.hardware->value);
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
