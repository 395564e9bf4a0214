// SemiAnalysisAI/InferenceX (until 2026 InferenceMAX): utils/process_result.py makes a flat object
// of each run. It strips "_ms" from the names of the benchmark's times and divides them by 1,000,
// so that mean_tpot and mean_ttft are seconds. Rows of December 2025 and later tell prefill from
// decode (decode_tp, decode_ep, decode_dp_attention, decode_num_workers, num_decode_gpu); `tp` is
// the GPUs of a worker that has data-parallel attention. The site's rows (InferenceX-app) have the
// times in `metrics`, and call hw `hardware` and spec_decoding `spec_method`.
#include <fmt/format.h>

#include "logs/node_values.h"
#include "logs/serving_rows.h"

namespace wideep {
namespace {

/// Either name of a text.
std::string either(const Node& row, std::string_view one, std::string_view other) {
  const std::string_view text = text_at(row, {one});
  return name_of_value(text.empty() ? text_at(row, {other}) : text);
}

/// A time, of the row or of its metrics.
std::optional<double> seconds_at(const Node& row, std::string_view key) {
  const auto value = number_at(row, {key});
  return value ? value : number_at(row, {"metrics", key});
}

/// What of the deployment the model does not have; empty where there is nothing.
std::string why_other_parallelism(const Node& row) {
  if (!truth_at(row, {"disagg"}).value_or(false)) {
    return "prefill ran on the same ranks, and its time is in their TPOT";
  }
  const auto gpus = number_at(row, {"decode_tp"});
  const auto width = number_at(row, {"decode_ep"});
  if (!gpus || !width) return "a row that does not say how decode is spread";
  if (number_at(row, {"decode_pp"}).value_or(1.0) > 1.0) return "pipeline parallelism";
  if (*gpus > 1.0 && !truth_at(row, {"decode_dp_attention"}).value_or(false)) {
    return "attention is split by tensor parallelism";
  }
  if (*gpus != *width) return "an EP width other than the GPUs of a worker";
  return "";
}

}  // namespace

bool take_inferencex_row(const Node& row, LogSink& sink) {
  const bool ours = node_at(row, {"framework"}) != nullptr && node_at(row, {"conc"}) != nullptr;
  if (!ours) return false;
  const auto skip = [&](std::string_view why) {
    sink.skip(why);
    return true;
  };
  const std::string_view scenario = text_at(row, {"scenario_type"});
  if (scenario.starts_with("agentic") || text_at(row, {"benchmark_type"}) == "agentic_traces") {
    return skip("a replay of traces, whose requests differ in length");
  }
  if (const std::string why = why_other_parallelism(row); !why.empty()) return skip(why);
  StepSeries series;
  series.engine = name_of_value(text_at(row, {"framework"}));
  series.model = name_of_value(text_at(row, {"model"}));
  series.precision = name_of_value(text_at(row, {"precision"}));
  series.device = either(row, "hw", "hardware");
  const std::string drafting = either(row, "spec_decoding", "spec_method");
  if (!drafting.empty()) series.speculative = drafting != "none";
  constexpr double kMostGpus = 16'384.0;
  const double width = number_at(row, {"decode_ep"}).value_or(0.0);
  const double ranks = width * number_at(row, {"decode_num_workers"}).value_or(1.0);
  const bool sound = width >= 1.0 && ranks >= 1.0 && width <= kMostGpus && ranks <= kMostGpus;
  const auto mean = seconds_at(row, "mean_tpot");
  const auto tpot = mean ? mean : seconds_at(row, "median_tpot");
  if (!sound || !tpot) {
    sink.reject("a row without its TPOT or its GPUs");
    return true;
  }
  if (!mean) sink.note("TPOT is the median of the requests, where there is no mean");
  series.ep_width = static_cast<int>(width);
  series.ranks = static_cast<int>(ranks);
  const auto ttft = seconds_at(row, mean ? "mean_ttft" : "median_ttft");
  sink.add(series,
           {.concurrency = number_at(row, {"conc"}).value_or(0.0),
            .input_tokens = number_at(row, {"isl"}).value_or(0.0),
            .output_tokens = number_at(row, {"osl"}).value_or(0.0),
            .tpot = *tpot * unit::s,
            .ttft = ttft.value_or(0.0) * unit::s,
            .place = {}});
  return true;
}

}  // namespace wideep
