// Which engines run a configuration, and how.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engines/dbo_threshold.h"
#include "engines/runs.h"
#include "model/words.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

constexpr const char* kNobody = "no engine that is known runs it so";

/// "TensorRT-LLM's chunked MoE, ": those that run it.
std::string runners(const Problem& problem, const Config& config) {
  std::string text;
  for (const Engine& engine : engines()) {
    const EngineMode* const mode = mode_of(engine, problem, config);
    if (mode != nullptr) text += fmt::format("{}'s {}, ", engine.name, mode->runs_as);
  }
  return text;
}

/// The modes that an engine has with a kernel.
std::vector<std::string_view> modes_with(const Engine& engine,
                                         const Problem& problem,
                                         std::size_t kernel) {
  std::vector<std::string_view> words;
  for (const Run& run : runs_of(engine, problem)) {
    const std::string_view word = name_of(run.overlap);
    const bool listed = std::find(words.begin(), words.end(), word) != words.end();
    if (run.kernel == kernel && !listed) words.push_back(word);
  }
  return words;
}

/// "vLLM and SGLang know none and dbo only: set search.overlap=[none, dbo] for them", or without
/// what they know.
std::string others(const Problem& problem, const Config& config, bool briefly) {
  std::map<std::vector<std::string_view>, std::vector<std::string>> names;
  for (const Engine& engine : engines()) {
    if (mode_of(engine, problem, config) != nullptr) continue;
    names[modes_with(engine, problem, config.kernel)].push_back(engine.name);
  }
  std::string text;
  for (const auto& [words, engines] : names) {
    if (words.empty()) continue;
    const std::string known =
        briefly ? ""
                : fmt::format(
                      " know{} {} only", engines.size() == 1 ? "s" : "", fmt::join(words, " and "));
    text += fmt::format("{}{}{}: set search.overlap=[{}] for {}",
                        text.empty() ? "" : ". ",
                        fmt::join(engines, " and "),
                        known,
                        fmt::join(words, ", "),
                        engines.size() == 1 ? "it" : "them");
  }
  return text;
}

/// "vLLM, SGLang run it so": in an order that takes this time.
std::string all_runners(const Problem& problem, const Config& config) {
  std::vector<std::string> names;
  for (const Engine& engine : engines()) {
    if (mode_of(engine, problem, config) != nullptr) names.push_back(engine.name);
  }
  if (names.empty()) return kNobody;
  return fmt::format("{} run{} it so", fmt::join(names, ", "), names.size() == 1 ? "s" : "");
}

/// "TensorRT-LLM's chunked MoE, fused kernels such as COMET. vLLM and SGLang: ..."
std::string chunk_runners(const Problem& problem, const Config& config, bool briefly) {
  const std::string which = runners(problem, config) + "fused kernels such as COMET";
  const std::string rest = others(problem, config, briefly);
  const std::string first =
      briefly ? which
              : fmt::format("an engine or kernel that pipelines chunks against the experts ({})",
                            which);
  return rest.empty() ? first : first + ". " + rest;
}

/// "NAME=value (in the environment)" of what is set there, told by its capitals; others as they
/// are.
std::string flag_text(const std::string& flags) {
  constexpr std::string_view kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  const std::size_t end = flags.find_first_not_of(kCapitals);
  const bool variable = end != flags.npos && end > 0 && flags[end] == '=';
  return variable ? flags + " (in the environment)" : flags;
}

/// What chooses the configuration's kernel in an engine; empty where that is not known.
std::string kernel_flags(const Engine& engine, const Problem& problem, std::size_t kernel) {
  const auto library = library_run(engine, problem, kernel);
  for (const auto& [known, flags] : engine.flags.all_to_all) {
    if (library == known) return flag_text(flags);
  }
  return "";
}

/// What places the redundant experts that the search has chosen; empty where it has none to choose.
std::string replica_flags(const Engine& engine, const Problem& problem, const Config& config) {
  const bool chosen = problem.workload.serving.chooses_redundant && config.redundant_experts > 0;
  if (!chosen || engine.flags.redundant_experts.empty()) return "";
  return fmt::format("{} {}", engine.flags.redundant_experts, config.redundant_experts);
}

std::optional<double> threshold_at(const Problem& problem,
                                   const Prediction& here,
                                   const Thresholds& thresholds) {
  if (problem.space.timing != Timing::kSchedule) return std::nullopt;
  return engine_setting(thresholds, here.config.tokens);
}

/// "vLLM --all2all-backend deepep_low_latency --enable-dbo", of the engine that was asked for.
std::string set_in(const Engine& engine,
                   const Problem& problem,
                   const Prediction& here,
                   const Thresholds& thresholds) {
  const EngineMode* const mode = mode_of(engine, problem, here.config);
  if (mode == nullptr) return engine.name + " does not run it";
  std::string text = engine.name;
  const std::string mode_flags =
      launch_flags(*mode, problem.workload.traffic.phase, threshold_at(problem, here, thresholds));
  for (const std::string& flags : {kernel_flags(engine, problem, here.config.kernel),
                                   mode_flags,
                                   replica_flags(engine, problem, here.config)}) {
    if (!flags.empty()) text += " " + flags;
  }
  return text == engine.name ? "no flags of overlap: " + engine.name + " runs it so" : text;
}

}  // namespace

std::string to_set(const Problem& problem,
                   const ConfigReport& report,
                   const Thresholds& thresholds) {
  const Prediction& here = report.prediction;
  const Overlap overlap = here.config.overlap;
  if (const Engine* const engine = engine_asked(problem)) {
    return set_in(*engine, problem, here, thresholds);
  }
  if (overlap == Overlap::kNone) return "no flags of overlap: " + all_runners(problem, here.config);
  if (overlap == Overlap::kChunk) return chunk_runners(problem, here.config, true);
  if (overlap != Overlap::kDbo) return runs_on(problem, report, thresholds);
  const bool scheduled = problem.space.timing == Timing::kSchedule;
  if (scheduled && !engine_setting(thresholds, here.config.tokens)) {
    return "no DBO: the equal halves of engines do not pay at this batch";
  }
  return runs_on(problem, report, thresholds);
}

std::string runs_on(const Problem& problem,
                    const ConfigReport& report,
                    const Thresholds& thresholds) {
  const Prediction& here = report.prediction;
  const Overlap overlap = here.config.overlap;
  if (overlap == Overlap::kNone) return all_runners(problem, here.config);
  if (overlap == Overlap::kChunk) return chunk_runners(problem, here.config, false);
  const auto from = threshold_at(problem, here, thresholds);
  std::string text;
  bool half_split = true;
  int count = 0;
  for (const Engine& engine : engines()) {
    const EngineMode* const mode = mode_of(engine, problem, here.config);
    if (mode == nullptr) continue;
    std::string flags = launch_flags(*mode, problem.workload.traffic.phase, from);
    if (flags.empty()) flags = kernel_flags(engine, problem, here.config.kernel);
    if (const std::string replicas = replica_flags(engine, problem, here.config);
        !replicas.empty()) {
      flags += " " + replicas;
    }
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", engine.name, flags);
    half_split = half_split && mode->half_split;
    ++count;
  }
  if (text.empty()) return kNobody;
  if (has_equal_halves(here.config) || !report.half_split || !half_split) return text;
  return text + fmt::format(". {} 50/50, which takes {}",
                            count == 1 ? "It splits" : "They split",
                            format(*report.half_split));
}

}  // namespace wideep
