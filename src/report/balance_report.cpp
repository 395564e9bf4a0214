#include "report/balance_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "report/describe.h"
#include "report/fit_parts.h"
#include "report/log_files.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

const char* name_of(BalanceTool tool) {
  switch (tool) {
    case BalanceTool::kSglang:
      return "SGLang";
    case BalanceTool::kVllm:
      return "vLLM";
    case BalanceTool::kTensorRtLlm:
      break;
  }
  return "TensorRT-LLM";
}

std::string headline(const GammaAnswer& answer) {
  if (answer.points.size() == 1) {
    const GammaPoint& point = answer.points.front();
    return fmt::format(
        "The busiest of {} ranks carries {:.3f} times the mean.\n", point.ep_width, point.mean);
  }
  const GammaPoint& first = answer.points.front();
  const GammaPoint& last = answer.points.back();
  return fmt::format(
      "The busiest rank carries {:.3f} times the mean at EP {} and {:.3f} at EP {}.\n",
      first.mean,
      first.ep_width,
      last.mean,
      last.ep_width);
}

}  // namespace

void add_logged(const std::vector<BalanceFit>& fits, GammaAnswer& answer) {
  for (const BalanceFit& fit : fits) {
    if (!fit.mean) {
      answer.unfitted.push_back(fmt::format("{}: {}", name_of(fit.tool), fit.reason));
      continue;
    }
    answer.points.push_back({.ep_width = fit.ep_width,
                             .mean = fit.mean->value,
                             .p95 = fit.p95,
                             .se = fit.mean->se,
                             .from = fmt::format("{}, {} values", name_of(fit.tool), fit.values)});
    if (fit.left_out > 0) {
      answer.notes.push_back(
          fmt::format("{} values of {} are left out: a group of {} has none of them",
                      fit.left_out,
                      name_of(fit.tool),
                      fit.ep_width));
    }
    answer.notes.push_back(
        fmt::format("{}'s figure is right for EP {} and the placement it ran with; counts would "
                    "give every width",
                    name_of(fit.tool),
                    fit.ep_width));
  }
  std::stable_sort(answer.points.begin(), answer.points.end(), [](const auto& a, const auto& b) {
    return a.ep_width < b.ep_width;
  });
}

std::vector<std::string> warnings_of(const GammaAnswer& answer) {
  std::vector<std::string> warnings;
  for (const std::string& reason : answer.unfitted) warnings.push_back("not used: " + reason + ".");
  return warnings;
}

Text gamma_text(const GammaAnswer& answer, const std::vector<LogFile>& files) {
  Text text = headline(answer);
  if (!answer.written.empty()) {
    text += labelled("Written",
                     fmt::format("to {0}; use it with --fabric {0}, and workloads that state no "
                                 "straggler_factor take the mean of their EP width.",
                                 answer.written));
  }
  text += "\nGamma       busiest rank over mean rank: mean, 95th percentile\n";
  for (const GammaPoint& point : answer.points) {
    text += fmt::format("  EP {:<6}{:>8}{}{:>8}  {}\n",
                        point.ep_width,
                        fmt::format("{:.3f}", point.mean),
                        point.se ? fmt::format(" +- {:.3f}", *point.se) : "",
                        fmt::format("{:.3f}", point.p95),
                        point.from);
  }
  text += "\n";
  text += beware_text(warnings_of(answer));
  for (const std::string& note : answer.notes) text += labelled("Note", note + ".");
  return text + files_text(files);
}

Json gamma_json(const GammaAnswer& answer, const std::vector<LogFile>& files) {
  Json document{{"gamma", Json::array()}, {"unfitted", answer.unfitted}, {"notes", answer.notes}};
  for (const GammaPoint& point : answer.points) {
    Json json{{"ep_width", point.ep_width},
              {"straggler_factor", point.mean},
              {"straggler_factor_se", nullptr},
              {"straggler_p95", point.p95},
              {"from", point.from}};
    if (point.se) {
      json["straggler_factor_se"] = *point.se;
    } else {
      json["straggler_factor_se_reason"] = "computed from counts, which are taken as they are";
    }
    document["gamma"].push_back(std::move(json));
  }
  document["warnings"] = warnings_of(answer);
  add_written(document, answer.written);
  document["files"] = files_json(files);
  return document;
}

Calibration calibrate(const GammaAnswer& answer, const Provenance& provenance) {
  Calibration calibration;
  calibration.replaced = {"straggler_factor", "calibration.gamma"};
  std::string table;
  std::string rows;
  for (const GammaPoint& point : answer.points) {
    table += fmt::format("{}{}: {:.5g}", table.empty() ? "" : ", ", point.ep_width, point.mean);
    rows += fmt::format("    - {{ep_width: {}, mean: {:.5g}, p95: {:.5g}{}, from: {}}}\n",
                        point.ep_width,
                        point.mean,
                        point.p95,
                        point.se ? fmt::format(", standard_error: {:.3g}", *point.se) : "",
                        quoted_yaml(point.from));
  }
  calibration.yaml = fmt::format("straggler_factor: {{{}}}\n", table) +
                     provenance_yaml("gamma", provenance) + "    values:\n" + rows;
  return calibration;
}

}  // namespace wideep
