// Times inside a layer that others published: experts, and DeepSeek's own all-to-all.
#include <map>

#include <fmt/format.h>

#include "model/layer_costs.h"
#include "model/unevenness.h"
#include "outcome.h"
#include "published.h"

namespace wideep::validation {
namespace {

/// alibaba/InferSim's grouped GEMMs, which are the experts without what stands between them.
void infersim(const char* hardware, const char* fabric, bool prefill, Chapter& chapter) {
  const char* const phase = prefill ? "prefill" : "decode";
  Outcome outcome{.source = "alibaba/InferSim, grouped GEMM",
                  .settings = fmt::format("{} experts, {}", hardware, phase)};
  for (const Row& row : published("outcomes/moe_layer_measurements.csv")) {
    if (row.at("source").find("InferSim") == std::string::npos) continue;
    const bool of_phase = (row.at("notes").find("prefill") != std::string::npos) == prefill;
    if (row.at("hardware") != hardware || !of_phase) continue;
    const int width = whole(row, "ep");
    const bool qwen = row.at("model").starts_with("Qwen3");
    Problem problem = problem_on(fabric,
                                 {qwen ? "model=qwen3-235b-a22b" : "model=deepseek-v3",
                                  "model.weight_dtype=fp8",
                                  "routing=balanced",
                                  "straggler_factor=1",
                                  "gpu.memory=null",
                                  fmt::format("phase={}", phase),
                                  "tokens_per_rank=" + row.at("tokens_per_rank")});
    const LayerCosts costs = layer_costs(problem, {.ep_width = width});
    outcome.errors.add(costs.expert.time(number(row, "tokens_per_rank")) / unit::us,
                       number(row, "compute_us"));
  }
  chapter.outcomes.push_back(outcome);
}

/// Dispatch and combine of a layer of DeepSeek-V3 on H800, from DeepEP's own page.
void deepep_pairs(Chapter& chapter) {
  for (const Row& row : published("outcomes/moe_layer_measurements.csv")) {
    const bool there = row.at("hardware").starts_with("H800") && !row.at("dispatch_us").empty() &&
                       !row.at("combine_us").empty() && row.at("compute_us").empty() &&
                       row.at("tokens_per_rank") == "128";
    if (!there) continue;
    Problem problem = problem_on("h800-ib400",
                                 {"groups=1",
                                  "groups_per_token=1",
                                  "straggler_factor=1",
                                  "gpu.memory=null",
                                  "tokens_per_rank=128"});
    const Prediction here =
        predict(problem,
                asked(problem, {.ep_width = whole(row, "ep"), .kernel = kernel_of(problem, "LL")}));
    const double measured = number(row, "dispatch_us") + number(row, "combine_us");
    Outcome outcome{.source = row.at("source"),
                    .settings = fmt::format("H800, LL, EP {}, 128 tokens: dispatch and combine",
                                            whole(row, "ep")),
                    .published = fmt::format("{:.0f} us", measured),
                    .predicted = fmt::format("{:.0f} us", here.comm / unit::us)};
    outcome.errors.add(here.comm / unit::us, measured);
    chapter.outcomes.push_back(outcome);
  }
}

}  // namespace

Chapter layers() {
  constexpr double kTolerance = 0.15;
  Chapter chapter{.title = "Times in a layer",
                  .about =
                      "Experts and transfers of one layer on systems whose presets are from data "
                      "sheets: nothing here was fitted.",
                  .outcomes = {},
                  .tolerance = kTolerance};
  deepep_pairs(chapter);
  infersim("H800", "h800-ib400", false, chapter);
  infersim("H800", "h800-ib400", true, chapter);
  infersim("H20", "h20-ib400", false, chapter);
  return chapter;
}

Chapter stragglers() {
  constexpr double kTolerance = 0.10;
  // Fits TensorRT-LLM's two figures of single experts (docs/model.md#straggler).
  constexpr const char* kZipf = "0.614";
  Chapter chapter{.title = "Straggler factor",
                  .about = fmt::format("From `zipf: {}`, which is fitted to how unevenly single "
                                       "experts are chosen; no figure of ranks was used.",
                                       kZipf),
                  .outcomes = {},
                  .tolerance = kTolerance};
  for (const Row& row : published("imbalance.csv")) {
    const bool of_all_layers = row.at("source").find("Table") != std::string::npos;
    if (row.at("level") != "rank" || !of_all_layers) continue;
    const int width = whole(row, "ep");
    const int slots = whole(row, "slots");
    // So many tokens a rank that 1,024 are routed to it.
    const int tokens = whole(row, "tokens_mean") / 8;
    const bool replicas = slots > 256;
    Problem problem = problem_on("gb200-nvl72",
                                 {fmt::format("redundant_experts={}", slots - 256),
                                  fmt::format("tokens_per_rank={}", tokens),
                                  fmt::format("search.ep_width={}", width),
                                  fmt::format("straggler_factor={{zipf: {}, placement: {}}}",
                                              kZipf,
                                              replicas ? "balanced" : "contiguous")});
    const double gamma = straggler_factor(problem.workload, asked(problem, {.ep_width = width}));
    Outcome outcome{
        .source = row.at("source"),
        .settings = fmt::format(
            "{}, EP {}, {} slots{}", row.at("model"), width, slots, replicas ? ", EPLB" : ""),
        .published = fmt::format("{:.3f}", number(row, "gamma")),
        .predicted = fmt::format("{:.3f}", gamma)};
    outcome.errors.add(gamma, number(row, "gamma"));
    chapter.outcomes.push_back(outcome);
  }
  return chapter;
}

}  // namespace wideep::validation
