#include "report/layout_sections.h"

#include <fmt/format.h>

#include "model/placed.h"
#include "model/step.h"
#include "model/what_fits.h"
#include "report/config_json.h"
#include "report/describe.h"
#include "report/limit_text.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// At decode a request brings its drafts too.
double requests_of(const Problem& problem, double tokens) {
  return tokens / tokens_each(problem.workload);
}

/// Of a step, where the two have not the same.
std::string efficiencies(const Problem& problem, const LayoutThreshold& found) {
  const auto of = [&](const Config& config) {
    return efficiency_in_force(placed(problem, config).workload);
  };
  const double from = of(found.from);
  const double below = of(found.below);
  if (from == below) return "";
  return fmt::format(
      " and serving efficiency, {} and {}", format_percent(from), format_percent(below));
}

Text line(const Problem& problem, std::string_view label, const LayoutThreshold& found) {
  if (!found.tokens_per_gpu) {
    const std::string why = found.limit ? ": " + text_of(problem, *found.limit).message : "";
    return labelled(label, "none: " + found.reason + why + ".");
  }
  const double requests = requests_of(problem, *found.tokens_per_gpu);
  const int gpus = found.from.gpus();
  return labelled(label,
                  fmt::format("{} requests per GPU, {} on {} GPUs: {} beats {}, each at its best "
                              "width{}.",
                              format_number(requests),
                              format_number(gpus * requests),
                              gpus,
                              describe_choice(problem, found.from),
                              describe_choice(problem, found.below),
                              efficiencies(problem, found)));
}

Json json_of(const Problem& problem, const LayoutThreshold& found) {
  Json json;
  if (!found.tokens_per_gpu) {
    for (const char* name : {"tokens_per_gpu", "requests_per_gpu", "concurrency"}) {
      put_null(json, name, found.reason);
    }
    return json;
  }
  const double requests = requests_of(problem, *found.tokens_per_gpu);
  const auto choice = [&](const Config& config) {
    return Json{{"name", describe_choice(problem, config)},
                {"gpus", config.gpus()},
                {"ep_width", config.ep_width},
                {"experts", name_of(config.experts)},
                {"attention", name_of(config.attention)},
                {"kernel", problem.fabric.kernels[config.kernel].name}};
  };
  json = {{"tokens_per_gpu", *found.tokens_per_gpu},
          {"requests_per_gpu", requests},
          {"concurrency", found.from.gpus() * requests},
          {"below", choice(found.below)},
          {"from", choice(found.from)}};
  return json;
}

}  // namespace

Text no_thresholds(const Prediction& prediction) {
  if (prediction.is_copied()) {
    return labelled("Thresholds", "none of an all-to-all: every token is copied to every rank.");
  }
  if (!prediction.is_fused()) return {};
  return labelled("Thresholds", "none: one kernel dispatches, computes and combines.");
}

Text layout_lines(const Problem& problem, const std::optional<LayoutThresholds>& found) {
  if (!found) return {};
  return line(problem, "DEP from", found->dep_over_tep) +
         line(problem, "TEP from", found->tep_over_tp);
}

Json layout_json(const Problem& problem, const std::optional<LayoutThresholds>& found) {
  if (!found) return nullptr;
  return {{"dep_over_tep", json_of(problem, found->dep_over_tep)},
          {"tep_over_tp", json_of(problem, found->tep_over_tp)}};
}

}  // namespace wideep
