// Which engines run a configuration, and how.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "engines/dbo_threshold.h"
#include "engines/engine.h"
#include "model/words.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// "TensorRT-LLM's chunked MoE": those that run the mode.
std::string runners(Overlap overlap) {
  std::string text;
  for (const Engine& engine : engines()) {
    const EngineMode* const mode = engine.mode(overlap);
    if (mode == nullptr) continue;
    text += fmt::format("{}'s {}, ", engine.name, mode->runs_as);
  }
  return text;
}

/// "vLLM and SGLang know none and dbo only: set search.overlap=[none, dbo] for them", or without
/// what they know.
std::string others(Overlap overlap, bool briefly) {
  std::map<std::vector<std::string_view>, std::vector<std::string>> names;
  for (const Engine& engine : engines()) {
    if (engine.mode(overlap) != nullptr) continue;
    std::vector<std::string_view> words;
    for (const EngineMode& mode : engine.modes) words.push_back(name_of(mode.overlap));
    names[words].push_back(engine.name);
  }
  std::string text;
  for (const auto& [words, engines] : names) {
    const std::string known =
        briefly ? "" : fmt::format(" know {} only", fmt::join(words, " and "));
    text += fmt::format("{}{}{}: set search.overlap=[{}] for them",
                        text.empty() ? "" : ". ",
                        fmt::join(engines, " and "),
                        known,
                        fmt::join(words, ", "));
  }
  return text;
}

/// "vLLM, SGLang run it so": without overlap, in an order that takes this time.
std::string none_runners(const Problem& problem, const Config& config) {
  std::vector<std::string> names;
  for (const Engine& engine : engines()) {
    if (mode_of(engine, problem, config) != nullptr) names.push_back(engine.name);
  }
  return fmt::format("{} run{} it so", fmt::join(names, ", "), names.size() == 1 ? "s" : "");
}

}  // namespace

std::string to_set(const Problem& problem,
                   const ConfigReport& report,
                   const Thresholds& thresholds) {
  const Prediction& here = report.prediction;
  const Overlap overlap = here.config.overlap;
  if (overlap == Overlap::kNone) return "nothing: " + none_runners(problem, here.config);
  if (overlap == Overlap::kChunk) {
    return fmt::format(
        "{}fused kernels such as COMET. {}", runners(overlap), others(overlap, true));
  }
  const bool scheduled = problem.space.timing == Timing::kSchedule;
  if (scheduled && !engine_setting(thresholds, here.tokens)) {
    return "no DBO: the equal halves of engines do not pay at this batch";
  }
  return runs_on(problem, report, thresholds);
}

std::string runs_on(const Problem& problem,
                    const ConfigReport& report,
                    const Thresholds& thresholds) {
  const Prediction& here = report.prediction;
  const Overlap overlap = here.config.overlap;
  if (overlap == Overlap::kNone) return none_runners(problem, here.config);
  if (overlap == Overlap::kChunk) {
    return fmt::format(
        "an engine or kernel that pipelines chunks against the experts ({}fused kernels such as "
        "COMET). {}",
        runners(overlap),
        others(overlap, false));
  }
  const bool scheduled = problem.space.timing == Timing::kSchedule;
  const auto from = scheduled ? engine_setting(thresholds, here.tokens) : std::nullopt;
  std::string text;
  bool half_split = true;
  for (const Engine& engine : engines()) {
    const EngineMode* const mode = mode_of(engine, problem, here.config);
    if (mode == nullptr) continue;
    text += fmt::format("{}{} {}",
                        text.empty() ? "" : ", ",
                        engine.name,
                        launch_flags(*mode, problem.workload.traffic.phase, from));
    half_split = half_split && mode->half_split;
  }
  const bool halves = std::abs(std::ceil(here.tokens * 0.5) - here.config.first_tokens) < 1.0;
  if (halves || !report.half_split || !half_split) return text;
  return text + fmt::format(". They split 50/50, which takes {}", format(*report.half_split));
}

}  // namespace wideep
