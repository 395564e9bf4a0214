// What is recommended on every fabric at three loads, beside the widths of published recipes.
#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "engines/runs.h"
#include "outcome.h"
#include "published.h"
#include "report/config_report.h"
#include "search/optimize.h"

namespace wideep::validation {
namespace {

constexpr std::array<int, 3> kLoads = {8, 64, 256};

/// EP widths of decode with attention data parallel over all ranks, at about that many requests
/// per GPU, ascending.
std::vector<int> published_widths(const Fleet& machines, int requests) {
  constexpr double kNear = 2.0;
  std::vector<int> widths;
  for (const Row& row : published("outcomes/tuned_widths.csv")) {
    const bool here = row.at("runner").starts_with(machines.runner) &&
                      row.at("precision") == machines.precision &&
                      row.at("model").find("eek-R1") != std::string::npos;
    if (!here || row.at("d_dpattn") != "True" || row.at("conc").empty()) continue;
    const int width = whole(row, "d_ep");
    const int workers = whole(row, "d_workers");
    if (width < 2 || workers < 1) continue;
    for (const double load : loads_of(row.at("conc"))) {
      const double per_gpu = load / (workers * width);
      if (per_gpu * kNear >= requests && per_gpu <= kNear * requests) widths.push_back(width);
    }
  }
  std::sort(widths.begin(), widths.end());
  return widths;
}

Problem question(const Fleet& machines, int requests, const char* widths) {
  constexpr int kContext = 8'704;
  return r1_on(machines,
               kContext,
               {fmt::format("tokens_per_rank={}", requests),
                "search=null",
                fmt::format("search.ep_width={}", widths)});
}

/// Why the width differs from what recipes mostly have.
std::string why(const Fleet& machines,
                int requests,
                const Prediction& chosen,
                const std::vector<int>& widths) {
  if (widths.empty()) return "no recipe at that load";
  const int width = chosen.config.ep_width;
  if (widths.front() <= width && width <= widths.back()) return "among them";
  const int median = widths[widths.size() / 2];
  const Problem there = question(machines, requests, fmt::format("[{}]", median).c_str());
  const SearchResult found = optimize(there, Solver::kBounds);
  if (!found.best_run) return fmt::format("EP {} does not run by the model", median);
  const double slower = found.best_run->layer / chosen.layer - 1.0;
  return fmt::format("{}: the layer takes {} at EP {}",
                     width > median ? "wider" : "narrower",
                     slower < 0.0 ? percent(-slower) + " less" : percent(slower) + " more",
                     median);
}

std::string fleet_row(const Fleet& machines, int requests) {
  const Problem problem = question(machines, requests, "null");
  const SearchResult result = optimize(problem, Solver::kBounds);
  if (!result.recommended) {
    return fmt::format("| {} | {} | nothing fits | - | - | - |\n", machines.fabric, requests);
  }
  const ConfigReport report = report_on(problem, *result.recommended);
  const std::vector<int> widths = published_widths(machines, requests);
  const std::string chosen = widths.empty() ? "-"
                                            : fmt::format("{} to {}, median {} ({} recipes)",
                                                          widths.front(),
                                                          widths.back(),
                                                          widths[widths.size() / 2],
                                                          widths.size());
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n",
                     machines.fabric,
                     requests,
                     report.name,
                     fmt::join(report.engines, ", "),
                     chosen,
                     why(machines, requests, *result.recommended, widths));
}

}  // namespace

std::vector<double> loads_of(const std::string& text) {
  std::vector<double> loads;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t used = 0;
    loads.push_back(std::stod(text.substr(at), &used));
    at += used + 1;
  }
  return loads;
}

std::string recommended_text() {
  std::string text =
      "\n## What is recommended\n\n"
      "DeepSeek-R1 at decode, FP8 experts on Hopper and NVFP4 ones on Blackwell, a context of\n"
      "8,704, routing as TensorRT-LLM published it (zipf 0.614) without replicas: on each fabric\n"
      "at 8, 64 and 256 requests per GPU what is recommended, and who runs it; beside it the EP\n"
      "widths of recipes of R1 (InferenceX, attention data parallel) at half to twice that load.\n"
      "Recipes serve under a limit on the time between tokens that this question does not have,\n"
      "and choose the width for all their loads at once.\n\n"
      "| fabric | requests per GPU | recommended | run by | published EP | the width |\n"
      "|---|---|---|---|---|---|\n";
  for (const Fleet& machines : fleets()) {
    for (const int requests : kLoads) text += fleet_row(machines, requests);
  }
  return text;
}

std::vector<std::string> recommended_broken() {
  std::vector<std::string> broken;
  for (const Fleet& machines : fleets()) {
    for (const int requests : kLoads) {
      const Problem problem = question(machines, requests, "null");
      const auto chosen = optimize(problem, Solver::kBounds).recommended;
      if (!chosen || !engines_that_run(problem, chosen->config).empty()) continue;
      broken.push_back(
          fmt::format("recommended on {} at {}: no engine runs it", machines.fabric, requests));
    }
  }
  return broken;
}

}  // namespace wideep::validation
