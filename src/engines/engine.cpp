#include "engines/engine.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/ranges.h"
#include "input/section.h"
#include "model/schedule.h"

namespace wideep {
namespace {

/// Their presets.
constexpr std::array<std::string_view, 3> kEngines = {"vllm", "sglang", "trtllm"};

constexpr std::array<Word<Graphs>, 3> kGraphsWords = {
    {{"full", Graphs::kFull}, {"piecewise", Graphs::kPiecewise}, {"none", Graphs::kNone}}};

/// Layouts of attention, of which data-parallel is the one where none are named.
AttentionUse read_attention(Section& kernel) {
  using Use = bool AttentionUse::*;
  constexpr std::array<Word<Use>, 4> kUses = {{{"dp", &AttentionUse::alone},
                                               {"groups", &AttentionUse::groups},
                                               {"tp", &AttentionUse::all},
                                               {"dcp", &AttentionUse::cut_cache}}};
  const auto listed = kernel.choice_list<Use>("attention", kUses);
  if (!listed) return {};
  AttentionUse use{.alone = false};
  for (const Use layout : *listed) use.*layout = true;
  return use;
}

EngineKernel read_entry(Section& kernels, const Word<Library>& word) {
  Section section = kernels.section(word.first);
  EngineKernel entry{.library = word.second};
  for (const char* key : {"schedule", "overlap", "graphs"}) {
    if (!section.has(key)) section.miss(key);
  }
  entry.schedule = section.choice<Schedule>("schedule", kScheduleWords).value_or(entry.schedule);
  entry.with_replicas = section.choice<Schedule>("replicas", kScheduleWords);
  entry.up_to = section.whole("up_to", range::kTokens);
  if (entry.up_to && !section.has("beyond")) section.miss("beyond");
  entry.beyond = section.choice<Schedule>("beyond", kScheduleWords).value_or(entry.beyond);
  entry.overlaps =
      section.choice_list<Overlap>("overlap", kOverlapWords).value_or(std::vector<Overlap>{});
  for (const Overlap overlap : entry.overlaps) {
    // Single-batch overlap has an order of its own, by the GPU.
    if (overlap == Overlap::kSbo || runs(entry.schedule, overlap)) continue;
    section.report("overlap",
                   fmt::format("schedule {} has no {}", name_of(entry.schedule), name_of(overlap)));
  }
  entry.graphs = section.choice<Graphs>("graphs", kGraphsWords).value_or(entry.graphs);
  entry.dbo_graphs = section.choice<Graphs>("dbo_graphs", kGraphsWords).value_or(entry.graphs);
  entry.attention = read_attention(section);
  section.finish();
  return entry;
}

std::vector<EngineKernel> read_phase(Section& kernels, Phase phase) {
  std::vector<EngineKernel> entries;
  const std::string_view word = name_of(phase);
  if (!kernels.has(word)) kernels.miss(word);
  Section section = kernels.section(word);
  for (const Word<Library>& library : kLibraryWords) {
    if (section.has(library.first)) entries.push_back(read_entry(section, library));
  }
  section.finish();
  return entries;
}

/// The mode with what switches it on; nothing is set where the section has no such key.
EngineMode read_mode(Section& overlaps, const Word<Overlap>& word) {
  Section section = overlaps.section(word.first);
  EngineMode mode{.overlap = word.second};
  mode.flags = section.text("flags").value_or("");
  mode.runs_as = section.text("runs_as").value_or("");
  Section threshold = section.section("token_threshold");
  mode.decode_threshold = threshold.text("decode").value_or("");
  mode.prefill_threshold = threshold.text("prefill").value_or("");
  threshold.finish();
  mode.half_split = section.choice<bool>("split", kSplitWords).value_or(false);
  mode.architectures = section.choice_list<Architecture>("architectures", kArchitectureWords)
                           .value_or(std::vector<Architecture>{});
  section.finish();
  return mode;
}

/// Those that some kernel of the engine has.
std::vector<EngineMode> read_modes(Section& overlaps, const Engine& engine) {
  const auto has = [&](const std::vector<EngineKernel>& entries, Overlap overlap) {
    return std::any_of(entries.begin(), entries.end(), [overlap](const EngineKernel& entry) {
      const auto& modes = entry.overlaps;
      return std::find(modes.begin(), modes.end(), overlap) != modes.end();
    });
  };
  std::vector<EngineMode> modes;
  for (const Word<Overlap>& word : kOverlapWords) {
    if (has(engine.decode, word.second) || has(engine.prefill, word.second)) {
      modes.push_back(read_mode(overlaps, word));
    } else if (overlaps.has(word.first)) {
      overlaps.find(word.first);
      overlaps.report(word.first, fmt::format("no kernel of the engine has '{}'", word.first));
    }
  }
  return modes;
}

EngineFlags read_flags(Section& engine) {
  Section section = engine.section("flags");
  EngineFlags flags;
  flags.expert_parallel = section.text("expert_parallel").value_or("");
  flags.ep_width = section.text("ep_width").value_or("");
  flags.batch = section.text("batch").value_or("");
  flags.dispatch_capacity = section.text("dispatch_capacity").value_or("");
  flags.redundant_experts = section.text("redundant_experts").value_or("");
  Section kernels = section.section("all_to_all");
  for (const auto& [word, library] : kLibraryWords) {
    if (is_all_reduce(library)) continue;
    if (auto text = kernels.text(word)) flags.all_to_all.emplace_back(library, std::move(*text));
  }
  kernels.finish();
  section.finish();
  return flags;
}

std::vector<Engine> read_presets() {
  std::vector<Engine> engines;
  Findings findings;
  for (const std::string_view name : kEngines) {
    const Node word = make_node(Node::Kind::kScalar, {}, std::string(name));
    const Node* const root = find_preset(PresetKind::kEngine, word, findings);
    findings.throw_if_any();
    engines.push_back(read_engine(*root, findings));
    engines.back().id = name;
  }
  findings.throw_if_any();
  return engines;
}

}  // namespace

bool EngineMode::runs_on(const Fabric& fabric) const {
  if (architectures.empty() || !fabric.gpu || !fabric.gpu->architecture) return true;
  const Architecture here = *fabric.gpu->architecture;
  return std::find(architectures.begin(), architectures.end(), here) != architectures.end();
}

Seconds Engine::launch_time(Phase phase, Graphs graphs) const {
  // Of prompts kernels are long enough for the host to be ahead.
  if (phase == Phase::kPrefill || graphs == Graphs::kFull) return Seconds(0.0);
  return graphs == Graphs::kPiecewise ? piecewise_launches : launches;
}

const EngineMode* Engine::mode(Overlap overlap) const {
  const auto found = std::find_if(
      modes.begin(), modes.end(), [&](const EngineMode& mode) { return mode.overlap == overlap; });
  return found == modes.end() ? nullptr : &*found;
}

std::span<const Engine> engines() {
  static const std::vector<Engine> known = read_presets();
  return known;
}

const Engine* engine_named(std::string_view text) {
  const auto letters = [](std::string_view from) {
    std::string kept;
    for (const char one : from) {
      if (std::isalnum(static_cast<unsigned char>(one)) == 0) continue;
      kept += static_cast<char>(std::tolower(static_cast<unsigned char>(one)));
    }
    return kept;
  };
  const std::string words = letters(text);
  for (const Engine& engine : engines()) {
    for (const std::string& name : {engine.id, engine.name, engine.called}) {
      if (!name.empty() && words.find(letters(name)) != std::string::npos) return &engine;
    }
  }
  return nullptr;
}

const Engine* engine_of_id(std::string_view id) {
  for (const Engine& engine : engines()) {
    if (engine.id == id) return &engine;
  }
  return nullptr;
}

const Engine* engine_asked(const Problem& problem) {
  const auto& engine = problem.workload.engine;
  return engine ? engine_of_id(*engine) : nullptr;
}

Engine read_engine(const Node& root, Findings& findings) {
  Section section(&root, "", findings);
  Engine engine;
  section.text("about");
  engine.name = section.text("name").value_or("");
  engine.called = section.text("called").value_or("");
  engine.version = section.text("version").value_or("");
  for (const char* key : {"name", "kernels"}) {
    if (!section.has(key)) section.miss(key);
  }
  Section kernels = section.section("kernels");
  engine.decode = read_phase(kernels, Phase::kDecode);
  engine.prefill = read_phase(kernels, Phase::kPrefill);
  kernels.finish();
  Section overlaps = section.section("overlap");
  engine.modes = read_modes(overlaps, engine);
  overlaps.finish();
  engine.flags = read_flags(section);
  Section launches = section.section("launch_time");
  engine.piecewise_launches =
      launches.quantity("piecewise", range::kLatency).value_or(Seconds(0.0));
  engine.launches = launches.quantity("none", range::kLatency).value_or(Seconds(0.0));
  launches.finish();
  engine.serving_efficiency = section.share("serving_efficiency", range::kServingEfficiency);
  engine.step_overhead = section.quantity("step_overhead", range::kOtherStepTime);
  section.finish();
  return engine;
}

std::string launch_flags(const EngineMode& mode, Phase phase, std::optional<double> threshold) {
  const std::string& flag =
      phase == Phase::kDecode ? mode.decode_threshold : mode.prefill_threshold;
  if (flag.empty() || !threshold) return mode.flags;
  return fmt::format("{} {} {}", mode.flags, flag, *threshold);
}

}  // namespace wideep
