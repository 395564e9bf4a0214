#include "schema/starting_files.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace wideep {
namespace {

constexpr std::size_t kColumns = 78;

struct Line {
  const char* key;
  const char* value;
  const char* about;
};

constexpr std::array<Line, 6> kAsked = {{
    {"tokens_per_rank", "128", "Tokens that each GPU brings to a step: at decode its requests."},
    {"expert_load", "T*k", "Each GPU computes as many routed tokens as it sends."},
    {"context", "4096", "Tokens of context of each request, on average."},
    {"dispatch_dtype", "fp8", "What the all-to-all sends to the experts, scales included."},
    {"combine_dtype", "bf16", "What it sends back."},
    {"straggler_factor",
     "1.11",
     "The busiest GPU's expert load over the mean. 1.11 is of DeepSeek-R1 with 288 expert slots at "
     "EP 32 "
     "(TensorRT-LLM blog 4); docs/measuring.md says how to measure yours."},
}};

constexpr std::array<Line, 9> kMore = {{
    {"slo", "{tpot: 50ms}", "The longest time between two tokens of a request."},
    {"search",
     "{ep_width: [8, 16, 32, 64], kernel: LL}",
     "What the search may choose from; all by default."},
    {"redundant_experts", "32", "Replicas of busy experts; auto lets the search choose."},
    {"mtp",
     "{draft_tokens: 1, accepted: 0.8}",
     "Multi-token prediction: drafted for each request, and accepted. A request then brings "
     "1 + draft_tokens of tokens_per_rank."},
    {"phase", "prefill", "decode, the default, or prefill."},
    {"serving_efficiency",
     "75%",
     "What is left of a step's speed once it is served; by default the engine's, else 75%."},
    {"step_overhead", "2ms", "What a step takes beside its layers; by default the engine's."},
    {"comm_straggler_factor",
     "1.05",
     "The busiest GPU's bytes on the link over the mean; 1 by default."},
    {"kv_dtype", "bf16", "The type of the KV cache, instead of the model's."},
}};

constexpr std::array<Line, 4> kOfFabric = {{
    {"gpu_hour", "2.5USD", "The price of a GPU for an hour, for plan."},
    {"serving_efficiency", "75%", "Of steps as served on these machines, by fit step."},
    {"step_overhead", "2ms", "What a step takes beside its layers, by fit step."},
    {"straggler_factor", "{8: 1.05, 32: 1.11}", "By EP width, for workloads that state none."},
}};

/// Comment lines that hold a sentence.
std::string comment(std::string_view sentence) {
  std::string text;
  while (!sentence.empty()) {
    constexpr std::string_view kMark = "# ";
    std::size_t end = sentence.size();
    if (kMark.size() + end > kColumns) {
      end = sentence.rfind(' ', kColumns - kMark.size());
      if (end == std::string_view::npos) end = std::min(sentence.find(' '), sentence.size());
    }
    text += fmt::format("{}{}\n", kMark, sentence.substr(0, end));
    sentence.remove_prefix(std::min(end + 1, sentence.size()));
  }
  return text;
}

/// What a key is, and the key: set, or behind a mark that can be taken away.
std::string key_lines(const Line& line, bool set) {
  return fmt::format("{}{}{}: {}\n", comment(line.about), set ? "" : "# ", line.key, line.value);
}

std::string all_lines(std::span<const Line> lines, bool set) {
  std::string text;
  for (const Line& line : lines) text += fmt::format("\n{}", key_lines(line, set));
  return text;
}

std::string indented(std::string_view text, std::size_t by) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end + 1);
    if (line != "\n") result.append(by, ' ');
    result += line;
    text.remove_prefix(end + 1);
  }
  return result;
}

const Preset* find(PresetKind kind, std::string_view name) {
  for (const Preset& preset : presets()) {
    if (preset.kind == kind && preset.name == name) return &preset;
  }
  return nullptr;
}

/// The preset that a line names alone, "gpu: h100-sxm" or "  LL: deepep-ll-h100-cx7".
const Preset* named_alone(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return nullptr;
  const std::string_view name = line.substr(colon + 2);
  const Preset* const gpu = line.starts_with("gpu: ") ? find(PresetKind::kGpu, name) : nullptr;
  return gpu != nullptr ? gpu : line.starts_with("  ") ? find(PresetKind::kKernel, name) : nullptr;
}

}  // namespace

std::string starting_workload(const StartingPoint& from) {
  std::string text =
      comment(fmt::format("{} on {}, decode. In this folder:", from.model, from.fabric));
  text += comment("  wideep-opt optimize -w workload.yaml");
  text += comment("plan takes the length of requests instead (docs/planning.md#plan).");
  text += comment(
      "Every key: docs/input.md; for editors: wideep-opt schema workload (docs/schemas.md).");
  text += fmt::format("\nmodel: {}\nfabric: fabric.yaml\n", from.model);
  if (from.engine) {
    const Line engine{"engine", from.engine->c_str(), "Search only what it runs."};
    text += fmt::format("\n{}", key_lines(engine, true));
  }
  text += all_lines(kAsked, true);
  text += "\n";
  text += comment("Not set. Remove the # in front of a key to set it.");
  return text + all_lines(kMore, false);
}

std::string starting_fabric(const StartingPoint& from) {
  const Preset& preset = *find(PresetKind::kFabric, from.fabric);
  std::string text = comment(fmt::format("{}: {}.", from.fabric, about(preset)));
  text += comment("Its figures and their sources:");
  text += comment(fmt::format("  wideep-opt presets show {} --as-file", from.fabric));
  text += comment("With your own benchmark logs: wideep-opt fit comm (docs/measuring.md).");
  text += fmt::format("\npreset: {}\n\n", from.fabric);
  text += comment("Not set. Remove the # in front of a key to change the preset.");
  return text + all_lines(kOfFabric, false);
}

std::string written_out(const Preset& preset) {
  constexpr std::array kFiles = {
      PresetKind::kFabric, PresetKind::kGpu, PresetKind::kKernel, PresetKind::kModel};
  if (std::find(kFiles.begin(), kFiles.end(), preset.kind) == kFiles.end()) {
    throw InputError(
        fmt::format("wideep-opt: '{}' is of an engine, and no file starts from it\n", preset.name));
  }
  std::string text = comment(fmt::format("The {} preset {}.", name_of(preset.kind), preset.name));
  std::string_view rest = preset.text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const Preset* const named = preset.kind == PresetKind::kFabric ? named_alone(line) : nullptr;
    if (named == nullptr) {
      text += fmt::format("{}\n", line);
      continue;
    }
    const std::size_t indent = line.find_first_not_of(' ') + 2;
    text += fmt::format("{}:  # {}\n", line.substr(0, line.find(": ")), named->name);
    text += indented(named->text, indent);
  }
  return text;
}

}  // namespace wideep
