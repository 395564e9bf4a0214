#include "report/describe.h"

#include <fmt/format.h>

#include "units/format_quantity.h"

namespace wideep {
namespace {

/// "EP 64, HT on 20 SMs"
std::string where(const Problem& problem, const Config& config) {
  const bool chosen = problem.workload.serving.chooses_redundant && config.redundant_experts > 0;
  return fmt::format("{}, {}{}{}",
                     layout_text(config),
                     problem.fabric.kernels[config.kernel].name,
                     config.sms == 0 ? "" : fmt::format(" on {} SMs", config.sms),
                     chosen ? fmt::format(", {} redundant experts", config.redundant_experts) : "");
}

/// "no overlap", "dbo as in SGLang": where nothing is known of attention all engines' are the same.
std::string mode_of(const Problem& problem, const Config& config) {
  if (config.overlap == Overlap::kNone) return "no overlap";
  if (config.overlap == Overlap::kFused) return "one fused kernel";
  const DenseParts& dense = problem.workload.figures.dense;
  const bool alike = dense.sum() == DenseWork{};
  if (config.overlap == Overlap::kChunk || alike) return std::string(name_of(config.overlap));
  return fmt::format("{} as in {}", name_of(config.overlap), engine_of(config.schedule));
}

}  // namespace

std::string_view layout_word(Experts experts) {
  switch (experts) {
    case Experts::kTep:
      return "TEP";
    case Experts::kTp:
      return "TP";
    case Experts::kEp:
      break;
  }
  return "EP";
}

std::string layout_text(const Config& config) {
  const Experts spread = config.experts == Experts::kTep ? Experts::kTep : Experts::kEp;
  std::string text = fmt::format("{} {}", layout_word(spread), config.ep_width);
  if (config.experts == Experts::kTp) {
    const std::string cut = fmt::format("TP {}", config.expert_ranks);
    text = config.ep_width == 1 ? cut : cut + " x " + text;
  }
  const bool usual = config.copies_tokens() ? config.attention == Attention{.ranks = config.gpus()}
                                            : config.attention == Attention{};
  return usual ? text : fmt::format("{} with attention {}", text, name_of(config.attention));
}

std::string_view engine_of(Schedule schedule) {
  switch (schedule) {
    case Schedule::kVllmLl:
    case Schedule::kVllmHt:
      return "vLLM";
    case Schedule::kSglangDecode:
    case Schedule::kSglangPrefill:
    case Schedule::kSglangSboSm90:
    case Schedule::kSglangSboSm100:
      return "SGLang";
    case Schedule::kTrtllmDecode:
      return "TensorRT-LLM";
    case Schedule::kInOrder:
      break;
  }
  return "no engine";
}

std::string describe_choice(const Problem& problem, const Config& config) {
  return fmt::format("{}, {}", where(problem, config), mode_of(problem, config));
}

std::string describe(const Problem& problem, const Prediction& prediction) {
  const Config& config = prediction.config;
  const std::string place = where(problem, config);
  const std::string chunks =
      config.chunks == 1
          ? ""
          : fmt::format(", {} chunks of {}", config.chunks, format(prediction.chunk));
  switch (config.overlap) {
    case Overlap::kNone:
    case Overlap::kSbo:
    case Overlap::kFused:
      return describe_choice(problem, config);
    case Overlap::kChunk:
      return fmt::format("{}, {} chunks of {}", place, config.chunks, format(prediction.chunk));
    case Overlap::kDbo:
      break;
  }
  return fmt::format("{} with {} + {} tokens per {}{}",
                     describe_choice(problem, config),
                     format_number(config.first_tokens),
                     format_number(config.tokens - config.first_tokens),
                     config.attention.ranks > 1 ? "attention group" : "rank",
                     chunks);
}

}  // namespace wideep
