#include "report/deployment_report.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "deploy/sizes.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

std::optional<int> value_of(const std::optional<Stated<int>>& stated) {
  return stated ? std::optional(stated->value) : std::nullopt;
}

RoleReport report_on(const DeployedRole& role) {
  const RoleSizes sizes = sizes_of(role);
  return {.role = std::string(name_of(role.kind)),
          .name = role.name,
          .instances = value_of(role.instances),
          .gpus = role.gpus ? value_of(role.gpus) : world_of(role),
          .tp = sizes.tp,
          .pp = sizes.pp,
          .dp = sizes.dp,
          .ep = sizes.ep,
          .dcp = sizes.dcp,
          .all2all = sizes.all2all.value_or(""),
          .max_batch_per_rank = sizes.max_batch_per_rank,
          .draft_tokens = sizes.draft_tokens,
          .capacity = sizes.capacity};
}

template <typename T>
void keep_common(T& value, const T& other) {
  if (value != other) value = T{};
}

/// What both say.
void keep_common(RoleReport& role, const RoleReport& other) {
  for (auto member : {&RoleReport::instances,
                      &RoleReport::gpus,
                      &RoleReport::tp,
                      &RoleReport::pp,
                      &RoleReport::dp,
                      &RoleReport::ep,
                      &RoleReport::dcp,
                      &RoleReport::max_batch_per_rank,
                      &RoleReport::draft_tokens,
                      &RoleReport::capacity}) {
    keep_common(role.*member, other.*member);
  }
  keep_common(role.all2all, other.all2all);
}

std::string model_of(const Deployment& job) {
  return job.model ? job.model->value : "";
}

std::string engine_of(const Deployment& job) {
  if (job.roles.empty()) return "";
  const ServingEngine engine = job.roles.front().engine;
  const bool one =
      std::all_of(job.roles.begin(), job.roles.end(), [engine](const DeployedRole& role) {
        return role.engine == engine;
      });
  return one ? std::string(id_of(engine)) : "";
}

/// "EP 16, DP 16, deepep_low_latency, 256 requests per rank".
std::string settings_line(const RoleReport& role) {
  std::vector<std::string> parts;
  const auto add = [&parts](const char* name, const std::optional<int>& value) {
    if (value) parts.push_back(fmt::format("{} {}", name, *value));
  };
  add("EP", role.ep);
  add("TP", role.tp);
  add("DP", role.dp);
  add("PP", role.pp == 1 ? std::nullopt : role.pp);
  add("DCP", role.dcp);
  if (!role.all2all.empty()) parts.push_back(role.all2all);
  const auto add_count = [&parts](
                             const std::optional<int>& value, const char* one, const char* per) {
    if (!value) return;
    parts.push_back(
        fmt::format("{} {}{}{}", format_count(*value), one, *value == 1 ? "" : "s", per));
  };
  add_count(role.max_batch_per_rank, "request", " per rank");
  add_count(role.capacity, "token", " per rank");
  add_count(role.draft_tokens, "drafted token", "");
  return parts.empty() ? "no sizes said" : fmt::format("{}", fmt::join(parts, ", "));
}

/// "2 x 16 GPUs: ".
std::string size_line(const RoleReport& role) {
  if (role.instances && role.gpus) {
    return fmt::format("{} x {} GPUs: ", *role.instances, *role.gpus);
  }
  if (role.gpus) return fmt::format("{} GPU{}: ", *role.gpus, *role.gpus == 1 ? "" : "s");
  return "";
}

Json or_null(const std::optional<int>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json or_null(const std::string& value) {
  return value.empty() ? Json(nullptr) : Json(value);
}

Json role_json(const RoleReport& role) {
  return {{"role", role.role},
          {"name", or_null(role.name)},
          {"instances", or_null(role.instances)},
          {"gpus_per_instance", or_null(role.gpus)},
          {"tp", or_null(role.tp)},
          {"pp", or_null(role.pp)},
          {"dp", or_null(role.dp)},
          {"ep", or_null(role.ep)},
          {"dcp", or_null(role.dcp)},
          {"all2all", or_null(role.all2all)},
          {"max_batch_per_rank", or_null(role.max_batch_per_rank)},
          {"max_tokens_per_rank", or_null(role.capacity)},
          {"draft_tokens", or_null(role.draft_tokens)}};
}

}  // namespace

DeploymentReport report_on(const DeploymentFile& file) {
  DeploymentReport report{.format = std::string(name_of(file.format)),
                          .engine = {},
                          .model = {},
                          .jobs = file.jobs.size(),
                          .not_read = file.not_read};
  bool first = true;
  for (const Deployment& job : file.jobs) {
    if (first) {
      report.engine = engine_of(job);
      report.model = model_of(job);
    }
    keep_common(report.engine, engine_of(job));
    keep_common(report.model, model_of(job));
    for (std::size_t at = 0; at < job.roles.size(); ++at) {
      const RoleReport role = report_on(job.roles[at]);
      if (at == report.roles.size()) {
        report.roles.push_back(role);
      } else {
        keep_common(report.roles[at], role);
      }
    }
    first = false;
  }
  return report;
}

Text deployment_text(const DeploymentReport& report) {
  Text text;
  for (const RoleReport& role : report.roles) {
    text += labelled(role.role, size_line(role) + settings_line(role));
  }
  if (report.jobs > 1) {
    text += labelled("read", fmt::format("what {} jobs of the file have in common", report.jobs));
  }
  std::set<std::string> assumed;
  for (const PriceReport& price : report.prices) {
    text += labelled("by model", price_text(price));
    if (price.regret > 0.0) text += labelled("", best_text(price));
    if (price.step) assumed.insert(price.assumed.begin(), price.assumed.end());
  }
  for (const WholeReport& whole : report.wholes) {
    text += labelled("together", whole_text(whole));
    if (whole.regret > 0.0) text += labelled("", best_text(whole));
    if (whole.rate) assumed.insert(whole.assumed.begin(), whole.assumed.end());
  }
  for (const std::string& phrase : assumed) text += labelled("assumed", phrase);
  for (const std::string& sentence : report.not_read) text += labelled("not read", sentence);
  return text;
}

Json deployment_json(const DeploymentReport& report) {
  Json roles = Json::array();
  for (const RoleReport& role : report.roles) roles.push_back(role_json(role));
  Json prices = Json::array();
  for (const PriceReport& price : report.prices) prices.push_back(price_json(price));
  Json wholes = Json::array();
  for (const WholeReport& whole : report.wholes) wholes.push_back(whole_json(whole));
  return {{"engine", or_null(report.engine)},
          {"model", or_null(report.model)},
          {"format", report.format},
          {"jobs", report.jobs},
          {"roles", std::move(roles)},
          {"prices", std::move(prices)},
          {"together", std::move(wholes)},
          {"not_read", report.not_read}};
}

}  // namespace wideep
