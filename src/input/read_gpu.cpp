#include "input/read_gpu.h"

#include "input/presets.h"
#include "input/ranges.h"
#include "input/section.h"

namespace wideep {
namespace {

void read_rates(Section& parent, Gpu& gpu) {
  Section rates = parent.section("flop_rate");
  gpu.bf16_rate = rates.quantity("bf16", range::kFlopRate).value_or(FlopPerSecond(0.0));
  gpu.fp8_rate = rates.quantity("fp8", range::kFlopRate);
  gpu.fp4_rate = rates.quantity("fp4", range::kFlopRate);
  if (rates.exists() && !rates.has("bf16")) rates.miss("bf16");
  rates.finish();
}

std::optional<PrefillExperts> read_prefill_experts(Section& parent) {
  Section section = parent.section("prefill_experts");
  if (!section.exists()) return std::nullopt;
  PrefillExperts figures;
  figures.launch = section.quantity("launch", range::kLatency).value_or(Seconds(0.0));
  figures.flop_efficiency = section.share("flop_efficiency", range::kEfficiency).value_or(1.0);
  section.finish();
  return figures;
}

/// With what the section does not say as in `figures`.
ContextFigures read_context_figures(Section& section, ContextFigures figures) {
  const auto read = [&](std::string_view key, std::optional<double>& share) {
    if (const auto given = section.share(key, range::kEfficiency)) share = given;
  };
  figures.efficiency =
      section.share("context_efficiency", range::kEfficiency).value_or(figures.efficiency);
  read("fp8_context_efficiency", figures.fp8_efficiency);
  read("cache_efficiency", figures.cache_efficiency);
  read("fp8_cache_efficiency", figures.fp8_cache_efficiency);
  read("index_efficiency", figures.index_efficiency);
  return figures;
}

/// Of a kind of attention, where the GPU has its own: in fp8 only where it says so itself, since
/// not every kernel computes in the type of its cache.
std::optional<ContextFigures> read_group(Section& parent,
                                         std::string_view key,
                                         ContextFigures others) {
  Section section = parent.section(key);
  std::optional<ContextFigures> figures;
  if (section.exists()) {
    others.fp8_efficiency = std::nullopt;
    figures = read_context_figures(section, others);
    figures->launch = section.quantity("launch", range::kLatency);
    figures->index_launch =
        section.quantity("index_launch", range::kLatency).value_or(Seconds(0.0));
  }
  section.finish();
  return figures;
}

DenseFigures read_dense_figures(Section& parent, std::string_view key) {
  Section section = parent.section(key);
  DenseFigures figures;
  figures.launch = section.quantity("launch", range::kLatency).value_or(Seconds(0.0));
  figures.projection_efficiency =
      section.share("projection_efficiency", range::kEfficiency).value_or(1.0);
  figures.activation_passes =
      section.number("activation_passes", range::kActivationPasses).value_or(0.0);
  figures.context = read_context_figures(section, {});
  figures.gqa = read_group(section, "gqa", figures.context);
  figures.sparse = read_group(section, "sparse", figures.context);
  figures.compressed = read_group(section, "compressed", figures.context);
  section.finish();
  return figures;
}

}  // namespace

Gpu read_gpu(const Node& value, Findings& findings) {
  Node laid;
  const Node& whole = laid_under(PresetKind::kGpu, value, laid, findings);
  const bool absent = whole.kind == Node::Kind::kNull && value.kind != Node::Kind::kNull;
  Section section(absent ? nullptr : &whole, "gpu", findings);
  section.text("about");

  Gpu gpu;
  gpu.name = preset_name(value);
  gpu.architecture = section.choice<Architecture>("architecture", kArchitectureWords);
  gpu.sms = section.whole("sms", range::kSms);
  gpu.hbm_bandwidth = section.quantity("hbm_bandwidth", range::kBandwidth);
  gpu.hbm_efficiency = section.share("hbm_efficiency", range::kEfficiency).value_or(1.0);
  read_rates(section, gpu);
  gpu.flop_efficiency = section.share("flop_efficiency", range::kEfficiency).value_or(1.0);
  gpu.padding_tokens = section.number("padding_tokens", range::kPaddingTokens).value_or(0.0);
  gpu.tile_tokens = section.number("tile_tokens", range::kPaddingTokens).value_or(0.0);
  gpu.expert_launch = section.quantity("expert_launch", range::kLatency).value_or(Seconds(0.0));
  gpu.prefill_experts = read_prefill_experts(section);
  gpu.memory = section.quantity("memory", range::kMemory);
  gpu.memory_reserved = section.quantity("memory_reserved", range::kMemory).value_or(Bytes(0.0));
  if (gpu.memory && *gpu.memory < gpu.memory_reserved) {
    section.report("memory_reserved", "'gpu.memory_reserved' is more than 'gpu.memory'");
  }
  Section attention = section.section("attention");
  gpu.decode = read_dense_figures(attention, "decode");
  gpu.prefill = read_dense_figures(attention, "prefill");
  attention.finish();
  if (!section.has("sms")) section.miss("sms");
  if (section.has("hbm_bandwidth") && !section.has("flop_rate")) section.miss("flop_rate");
  if (!section.has("hbm_bandwidth") && section.has("flop_rate")) section.miss("hbm_bandwidth");
  section.finish();
  return gpu;
}

}  // namespace wideep
