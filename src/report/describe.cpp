#include "report/describe.h"

#include <fmt/format.h>

#include "units/format_quantity.h"

namespace wideep {
namespace {

/// "EP 64, HT on 20 SMs"
std::string where(const Problem& problem, const Config& config) {
  return fmt::format("EP {}, {}{}",
                     config.ep_width,
                     problem.fabric.kernels[config.kernel].name,
                     config.sms == 0 ? "" : fmt::format(" on {} SMs", config.sms));
}

}  // namespace
std::string describe_choice(const Problem& problem, const Config& config) {
  return fmt::format("{}, {}",
                     where(problem, config),
                     config.overlap == Overlap::kNone ? "no overlap" : name_of(config.overlap));
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
      return place + ", no overlap";
    case Overlap::kChunk:
      return fmt::format("{}, {} chunks of {}", place, config.chunks, format(prediction.chunk));
    case Overlap::kDbo:
      break;
  }
  return fmt::format("{}, dbo with {} + {} tokens per rank{}",
                     place,
                     format_number(config.first_tokens),
                     format_number(prediction.tokens - config.first_tokens),
                     chunks);
}

}  // namespace wideep
