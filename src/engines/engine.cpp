#include "engines/engine.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "input/presets.h"
#include "input/section.h"
#include "model/schedule.h"

namespace wideep {
namespace {

/// Their presets.
constexpr std::array<std::string_view, 3> kEngines = {"vllm", "sglang", "trtllm"};

EngineMode read_mode(Section& overlaps, const Word<Overlap>& word) {
  Section section = overlaps.section(word.first);
  EngineMode mode{.overlap = word.second};
  mode.flags = section.text("flags").value_or("");
  mode.runs_as = section.text("runs_as").value_or("");
  Section threshold = section.section("token_threshold");
  mode.decode_threshold = threshold.text("decode").value_or("");
  mode.prefill_threshold = threshold.text("prefill").value_or("");
  threshold.finish();
  mode.schedules =
      section.choice_list<Schedule>("schedule", kScheduleWords).value_or(std::vector<Schedule>{});
  mode.half_split = section.choice<bool>("split", kSplitWords).value_or(false);
  section.finish();
  return mode;
}

std::vector<Engine> read_presets() {
  std::vector<Engine> engines;
  Findings findings;
  for (const std::string_view name : kEngines) {
    const Node word = make_node(Node::Kind::kScalar, {}, std::string(name));
    const Node* const root = find_preset(PresetKind::kEngine, word, findings);
    findings.throw_if_any();
    engines.push_back(read_engine(*root, findings));
  }
  findings.throw_if_any();
  return engines;
}

}  // namespace

const EngineMode* Engine::mode(Overlap overlap) const {
  const auto found = std::find_if(
      modes.begin(), modes.end(), [&](const EngineMode& mode) { return mode.overlap == overlap; });
  return found == modes.end() ? nullptr : &*found;
}

const EngineMode* mode_of(const Engine& engine, const Problem& problem, const Config& config) {
  const EngineMode* const mode = engine.mode(config.overlap);
  if (mode == nullptr || mode->schedules.empty()) return mode;
  const bool runs =
      std::any_of(mode->schedules.begin(), mode->schedules.end(), [&](Schedule schedule) {
        return are_equal(schedule, config.schedule, config.overlap, problem.workload.figures.dense);
      });
  return runs ? mode : nullptr;
}

std::span<const Engine> engines() {
  static const std::vector<Engine> known = read_presets();
  return known;
}

Engine read_engine(const Node& root, Findings& findings) {
  Section section(&root, "", findings);
  Engine engine;
  section.text("about");
  engine.name = section.text("name").value_or("");
  if (!section.has("name")) section.miss("name");
  Section overlaps = section.section("overlap");
  for (const Word<Overlap>& word : kOverlapWords) {
    if (overlaps.has(word.first)) engine.modes.push_back(read_mode(overlaps, word));
  }
  overlaps.finish();
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
