// Load generators that see an endpoint, and not what is behind it: EP width, ranks and kernel are
// the user's to say. Keys: vllm-project/vllm vllm/benchmarks/serve.py, sgl-project/sglang
// bench_serving.py, ai-dynamo/aiperf docs/reference/json-export-schema.md.
#include <algorithm>

#include <fmt/format.h>

#include "logs/characters.h"
#include "logs/node_values.h"
#include "logs/serving_rows.h"
#include "units/parse_quantity.h"

namespace wideep {
namespace {

constexpr std::string_view kSharedRanks =
    "the tool does not say whether prefill ran on the same ranks: if it did, its time is in TPOT";

/// The engine whose endpoint a backend is for; empty where any may have one.
std::string engine_of_backend(std::string_view backend) {
  for (const std::string_view engine : {"vllm", "sglang", "trt", "lmdeploy"}) {
    if (backend.starts_with(engine)) return std::string(engine);
  }
  return "";
}

/// How many requests were served at a time; nothing where that is not known.
std::optional<double> concurrency_of(const Node& row) {
  const auto most = number_at(row, {"max_concurrency"});
  const auto seen = number_at(row, {"concurrency"});  // SGLang: the mean of the run
  // "inf": as fast as the concurrency lets them.
  const bool rationed = number_at(row, {"request_rate"}).has_value();
  return most && !rationed ? most : seen;
}

/// The mean of a metric of AIPerf, in s or as it is.
std::optional<double> mean_of(const Node& root, std::string_view metric) {
  const auto mean = number_at(root, {metric, "avg"});
  const std::string_view unit = text_at(root, {metric, "unit"});
  if (!mean || unit.empty()) return mean;
  const auto one = parse_quantity<Seconds>(fmt::format("1 {}", unit));
  return one ? *mean * (*one / unit::s) : *mean;
}

/// Of the phase that is measured: in `loadgen` of older versions, else in one of `phases`.
std::optional<double> aiperf_concurrency(const Node& root) {
  if (const auto old = number_at(root, {"input_config", "loadgen", "concurrency"})) return old;
  const Node* const phases = node_at(root, {"input_config", "phases"});
  if (phases == nullptr) return std::nullopt;
  for (const Node& phase : phases->items) {
    if (text_at(phase, {"name"}) == "profiling") return number_at(phase, {"concurrency"});
  }
  return std::nullopt;
}

std::string aiperf_model(const Node& root) {
  const Node* const names = node_at(root, {"input_config", "endpoint", "model_names"});
  if (names != nullptr && !names->items.empty()) return name_of_value(names->items.front().text);
  const Node* const models = node_at(root, {"input_config", "models", "items"});
  if (models == nullptr || models->items.empty()) return "";
  return name_of_value(text_at(models->items.front(), {"name"}));
}

}  // namespace

std::string name_of_value(std::string_view text) {
  std::string name(text.substr(0, kLongestName));
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

bool take_bench_serve(const Node& row, LogSink& sink) {
  const auto mean = number_at(row, {"mean_tpot_ms"});
  const auto tpot = mean ? mean : number_at(row, {"median_tpot_ms"});
  if (!tpot) return false;
  const auto completed = number_at(row, {"completed"});
  const auto input = number_at(row, {"total_input_tokens"});
  const auto output = number_at(row, {"total_output_tokens"});
  if (!completed || *completed < 1.0 || !input || !output) {
    sink.reject("a result without requests that were completed, or their tokens");
    return true;
  }
  const auto concurrency = concurrency_of(row);
  if (!concurrency) {
    sink.skip(
        "requests that came at a rate or all at once: how many were served at a time is not "
        "known");
    return true;
  }
  if (*completed < *concurrency) {
    sink.reject("fewer requests than its concurrency");
    return true;
  }
  StepSeries series;
  series.engine = engine_of_backend(name_of_value(text_at(row, {"backend"})));
  series.model = name_of_value(text_at(row, {"model_id"}));
  // vLLM's, then SGLang's; without either a run may have been speculative all the same.
  const auto of_vllm = number_at(row, {"spec_decode_acceptance_length"});
  const auto kept = of_vllm ? of_vllm : number_at(row, {"accept_length"});
  if (kept) series.speculative = *kept > 1.0;
  if (!mean) sink.note("TPOT is the median of the requests, where there is no mean");
  sink.note(std::string(kSharedRanks));
  const auto ttft = number_at(row, {mean ? "mean_ttft_ms" : "median_ttft_ms"});
  sink.add(series,
           {.concurrency = *concurrency,
            .input_tokens = *input / *completed,
            .output_tokens = *output / *completed,
            .tpot = *tpot * unit::ms,
            .ttft = ttft.value_or(0.0) * unit::ms,
            .place = {}});
  return true;
}

bool take_aiperf(const Node& row, LogSink& sink) {
  const bool ours = node_at(row, {"inter_token_latency", "avg"}) != nullptr &&
                    node_at(row, {"input_config"}) != nullptr;
  if (!ours) return false;
  const auto concurrency = aiperf_concurrency(row);
  const auto tpot = mean_of(row, "inter_token_latency");
  if (truth_at(row, {"was_cancelled"}).value_or(false)) {
    sink.skip("a run that was cancelled");
  } else if (!tpot) {
    sink.reject("a result whose inter_token_latency is no number");
  } else if (!concurrency) {
    sink.skip("requests that came at a rate: how many were served at a time is not known");
  } else {
    StepSeries series;
    series.model = aiperf_model(row);
    sink.note(std::string(kSharedRanks));
    sink.add(series,
             {.concurrency = *concurrency,
              .input_tokens = mean_of(row, "input_sequence_length").value_or(0.0),
              .output_tokens = mean_of(row, "output_sequence_length").value_or(0.0),
              .tpot = *tpot * unit::s,
              .ttft = mean_of(row, "time_to_first_token").value_or(0.0) * unit::s,
              .place = {}});
  }
  return true;
}

std::string_view take_serving_row(const Node& row, LogSink& sink) {
  if (take_inferencex_row(row, sink)) return "InferenceX rows";
  if (take_aiperf(row, sink)) return "AIPerf results";
  if (take_bench_serve(row, sink)) return "vLLM or SGLang serving benchmark";
  return "";
}

}  // namespace wideep
