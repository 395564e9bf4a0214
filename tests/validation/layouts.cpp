// Which layout is advised at which load, beside what published recipes run.
#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "engines/runs.h"
#include "model/layout.h"
#include "outcome.h"
#include "search/layout_thresholds.h"
#include "search/optimize.h"

namespace wideep::validation {
namespace {

/// "A few hundred requests per GPU".
constexpr int kMany = 256;

/// Recipes of DeepSeek-R1 in NVFP4 on GB200 with TensorRT-LLM, prompts and answers of 1,024 tokens
/// (SemiAnalysisAI/InferenceX 843c625): four instances of TEP 8 up to so many requests at a time on
/// their 32 GPUs, one of DEP 32 from so many on.
constexpr int kRecipeGpus = 32;
constexpr int kMostOfTep = 192;
constexpr int kFewestOfDep = 666;

Problem question(const Fleet& machines, const std::string& batch) {
  constexpr int kContext = 1'536;
  const bool whole = batch.starts_with("global");
  return r1_on(machines,
               kContext,
               {"tokens_per_rank=null",
                whole ? "expert_load=null" : "expert_load=T*k",
                batch,
                "search={layouts: all}"});
}

std::optional<Experts> advised(const Problem& problem) {
  const SearchResult found = optimize(problem, Solver::kBounds);
  if (!found.recommended) return std::nullopt;
  return found.recommended->config.experts;
}

std::string named(std::optional<Experts> experts) {
  if (!experts) return "nothing fits";
  return *experts == Experts::kEp ? "DEP" : *experts == Experts::kTep ? "TEP" : "TP";
}

/// "4.62 (EP 64)".
std::string from(const LayoutThreshold& threshold) {
  if (!threshold.tokens_per_gpu) return "-";
  return fmt::format("{:.4g} ({} {})",
                     *threshold.tokens_per_gpu,
                     named(threshold.from.experts),
                     threshold.from.gpus());
}

/// Of TensorRT-LLM on its two widths.
std::optional<double> dep_from_of_recipes() {
  const auto gb200 = std::find_if(fleets().begin(), fleets().end(), [](const Fleet& machines) {
    return std::string_view(machines.fabric) == "gb200-nvl72";
  });
  Problem problem = question(*gb200, "tokens_per_rank=8");
  problem.workload.engine = "trtllm";
  problem = with_engines(std::move(problem));
  problem.space.ep_widths = {8, kRecipeGpus};
  const std::optional<LayoutThresholds> all = layout_thresholds(problem);
  return all ? all->dep_over_tep.tokens_per_gpu : std::nullopt;
}

}  // namespace

std::string layouts_text() {
  std::string text = fmt::format(
      "\n## Layouts\n\n"
      "DeepSeek-R1 at decode over all layouts, a context of 1,536, otherwise as above: what is "
      "recommended at one request at a time and at {} per GPU, and the batch per GPU from which "
      "one "
      "layout is faster than the other, each at its best width. Experts in FP8 do not fit one node "
      "of H100 "
      "and nothing published prices collectives over two: there DEP alone is.\n\n"
      "| fabric | 1 request | {} per GPU | DEP over TEP from | TEP over TP from |\n"
      "|---|---|---|---|---|\n",
      kMany,
      kMany);
  for (const Fleet& machines : fleets()) {
    const Problem many = question(machines, fmt::format("tokens_per_rank={}", kMany));
    const std::optional<LayoutThresholds> all = layout_thresholds(many);
    text += fmt::format("| {} | {} | {} | {} | {} |\n",
                        machines.fabric,
                        named(advised(question(machines, "global_tokens=1"))),
                        named(advised(many)),
                        all ? from(all->dep_over_tep) : "-",
                        all ? from(all->tep_over_tp) : "-");
  }
  const std::optional<double> dep = dep_from_of_recipes();
  text += fmt::format(
      "\nRecipes of TensorRT-LLM on GB200 run TEP 8 up to {:.1f} requests per GPU and DEP 32 from "
      "{:.1f} on (InferenceX 843c625, prompts and answers of 1,024); between these two widths the "
      "model changes at {}.\n",
      1.0 * kMostOfTep / kRecipeGpus,
      1.0 * kFewestOfDep / kRecipeGpus,
      dep ? fmt::format("{:.4g}", *dep) : "no load");
  return text;
}

std::vector<std::string> layouts_broken() {
  std::vector<std::string> broken;
  for (const Fleet& machines : fleets()) {
    const Problem alone = question(machines, "global_tokens=1");
    const auto one = advised(alone);
    const bool has_group = layout_thresholds(alone)->dep_over_tep.tokens_per_gpu.has_value();
    if (has_group && one == Experts::kEp) {
      broken.push_back(fmt::format("{} at one request: {}", machines.fabric, named(one)));
    }
    const auto many = advised(question(machines, fmt::format("tokens_per_rank={}", kMany)));
    if (many && *many != Experts::kEp) {
      broken.push_back(fmt::format("{} at {}: {}", machines.fabric, kMany, named(many)));
    }
  }
  const std::optional<double> dep = dep_from_of_recipes();
  constexpr double kTep = 1.0 * kMostOfTep / kRecipeGpus;
  constexpr double kDep = 1.0 * kFewestOfDep / kRecipeGpus;
  if (!dep || *dep < kTep || *dep > kDep) {
    broken.push_back(fmt::format(
        "DEP from {} per GPU, recipes from {:.1f} to {:.1f}", dep.value_or(0.0), kTep, kDep));
  }
  return broken;
}

}  // namespace wideep::validation
