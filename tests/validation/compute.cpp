// Experts and attention: the tables that the presets are fitted to, and experts that others timed.
#include <fmt/format.h>

#include "model/layer_costs.h"
#include "outcome.h"
#include "published.h"

namespace wideep::validation {
namespace {

struct ExpertSystem {
  const char* name;
  const char* fabric;
  const char* table;
};
constexpr ExpertSystem kSystems[] = {{"H100", "h100-ib400", "h100_sxm"},
                                     {"H200", "h200-ib400", "h200_sxm"},
                                     {"B200", "b200-ib400", "b200_sxm"},
                                     {"B300", "b300-ib800", "b300_sxm"},
                                     {"GB200", "gb200-nvl72", "gb200"}};

std::vector<std::string> balanced(std::vector<std::string> more) {
  more.insert(more.end(),
              {"routing=balanced",
               "straggler_factor=1",
               "tokens_per_rank=null",
               "expert_load=null",
               "global_tokens=1",
               "gpu.memory=null"});
  return more;
}

Seconds expert_time(Problem& problem, int width, double tokens_per_rank) {
  // Fewer tokens than ranks are not dealt out as whole tokens here: the load is what counts.
  return layer_costs(problem, {.ep_width = width}).expert.time(tokens_per_rank);
}

void expert_table(const ExpertSystem& system, bool prefill, Chapter& chapter) {
  const char* const phase = prefill ? "prefill" : "decode";
  Outcome outcome{.source = "AIConfigurator 095f58a, SGLang 0.5.10",
                  .settings = fmt::format("{}, {}", system.name, phase),
                  .fitted = true};
  Problem problem = problem_on(system.fabric, balanced({fmt::format("phase={}", phase)}));
  constexpr int kPrefillWidth = 4;  // as scripts/presets/recipes.py says
  // Below 128 an expert the benchmark is faster than memory could deliver the weights.
  constexpr int kPrefillTokens = 4'096;
  for (const Row& row : published(fmt::format("expert_compute/{}.{}.csv", phase, system.table))) {
    const int tokens = whole(row, "num_tokens");  // of the whole group
    const int width = whole(row, "moe_ep_size");
    // The experts' formula is for one token each and more.
    if (row.at("distribution") != "uniform" || tokens * 8 < 256) continue;
    if (prefill && (width != kPrefillWidth || tokens < kPrefillTokens)) continue;
    outcome.errors.add(expert_time(problem, width, static_cast<double>(tokens) / width) / unit::ms,
                       number(row, "latency"));
  }
  if (prefill) {
    outcome.settings += fmt::format(", EP {}, from {} tokens", kPrefillWidth, kPrefillTokens);
  }
  chapter.outcomes.push_back(outcome);
}

}  // namespace

Chapter experts() {
  constexpr double kTolerance = 0.05;
  Chapter chapter{.title = "Expert compute",
                  .about = "The routed experts of one layer on one rank, balanced routing.",
                  .outcomes = {},
                  .tolerance = kTolerance};
  for (const ExpertSystem& system : kSystems) {
    expert_table(system, false, chapter);
    expert_table(system, true, chapter);
  }
  return chapter;
}

}  // namespace wideep::validation
