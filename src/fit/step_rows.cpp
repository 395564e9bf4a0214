#include "fit/step_rows.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model/fastest_sms.h"
#include "model/figures.h"
#include "model/limits.h"
#include "model/prediction.h"
#include "model/ways.h"
#include "model/words.h"

namespace wideep {
namespace {

/// On a rank; with 64 drafted tokens each it is the largest batch that a workload takes.
constexpr double kMostRequests = 1 << 18;

/// Whether weights of that type go by that name in benchmarks.
bool is_precision(const std::string& precision, WeightType type) {
  const std::string_view word = name_of(type);
  if (precision == word) return true;
  if (type == WeightType::kBf16) return precision == "fp16" || precision == "bfloat16";
  if (type == WeightType::kNvfp4 || type == WeightType::kMxfp4) return precision == "fp4";
  return word.starts_with("int4") && precision == "int4";
}

/// Why rows of the series are not of the workload; empty where they may be.
std::string why_other(const StepSeries& series, const Workload& workload, bool model_is_given) {
  const std::string& model = workload.model.name;
  const bool named = !model.empty() && !model_is_given;
  if (named && !series.model.empty() && !is_same_model(series.model, model)) {
    return fmt::format("of another model, {}", series.model);
  }
  const auto weights = workload.model.shape.weights;
  if (!series.precision.empty() && weights && !is_precision(series.precision, *weights)) {
    return fmt::format(
        "served in {}, and the workload's weights are {}", series.precision, name_of(*weights));
  }
  const bool drafts = workload.traffic.drafting.tokens > 0;
  if (series.speculative && *series.speculative != drafts) {
    return drafts ? "served without drafted tokens, which the workload's mtp has"
                  : "served with drafted tokens, of which the workload's mtp says nothing";
  }
  return "";
}

/// Why the configuration is not priced; empty where it is.
std::string why_unpriced(const Problem& problem, const Config& config) {
  const std::string& kernel = problem.fabric.kernels[config.kernel].name;
  if (const auto limit = width_limit(problem, config)) {
    if (limit->kind == LimitKind::kExpertsDivide) {
      return fmt::format("EP {} does not divide the experts: give redundant_experts",
                         config.ep_width);
    }
    return fmt::format("{} does not run at EP {}, or not this model", kernel, config.ep_width);
  }
  if (config.overlap == Overlap::kDbo && config.tokens < 2) {
    return "too few requests for two micro-batches";
  }
  return "";
}

/// Prices rows one after the other with one workload, of which each sets what it says.
class RowPricer {
 public:
  RowPricer(const Measurements& measurements,
            const Problem& problem,
            const StepDefaults& defaults,
            bool model_is_given)
      : measurements_(measurements),
        problem_(problem),
        defaults_(defaults),
        model_is_given_(model_is_given) {
    problem_.workload.stated.serving_efficiency = 1.0;
    problem_.workload.stated.step_overhead = Seconds(0.0);
    problem_.space.max_gpus.reset();
    const auto* const given = std::get_if<TokensPerRank>(&problem.workload.traffic.tokens);
    // Of a global batch each rank computes T k.
    tokens_ = given != nullptr ? *given : TokensPerRank{1, ExpertLoad::kPerRank, true};
  }

  void take(const StepSample& sample) {
    const StepSeries& series = measurements_.step_series[sample.series];
    if (std::string why = why_other(series, problem_.workload, model_is_given_); !why.empty()) {
      return skip(sample, std::move(why));
    }
    StepPoint point;
    point.series = sample.series;
    point.place = sample.place;
    point.config = {.ep_width = series.ep_width > 0 ? series.ep_width : *defaults_.ep_width,
                    .kernel = kernel_of(series),
                    .overlap = series.overlap.value_or(defaults_.overlap)};
    const bool spreads = sample.batch <= 0.0 && series.ranks == 0 && !defaults_.ranks;
    point.nominal = nominal_of(sample, series, point.config.ep_width);
    point.requests = live_requests(point.nominal, sample);
    if (point.requests > kMostRequests) return skip(sample, "a batch that no rank serves");
    set_batch(sample, point);
    if (std::string why = why_unpriced(problem_, point.config); !why.empty()) {
      return skip(sample, std::move(why));
    }
    if (!first_way(problem_, point.config)) {
      return skip(sample, "its kernel and overlap are not run by the engine, or not searched");
    }
    point.config = with_way(problem_, point.config);
    point.config.sms = fastest_sms(problem_, point.config);
    point.computed = predict(problem_, point.config).step.total;
    point.measured = (1.0 + problem_.workload.traffic.drafting.accepted) * sample.tpot;
    rows_.points.push_back(point);
    const bool whole = sample.ttft <= Seconds(0.0) || sample.output_tokens <= 0.0;
    rows_.without_ttft += whole ? 1 : 0;
    rows_.ranks_taken += spreads ? 1 : 0;
    rows_.overlap_taken += series.overlap ? 0 : 1;
    const bool unknown = problem_.workload.model.name.empty() && !series.model.empty();
    rows_.unknown_models += unknown && !model_is_given_ ? 1 : 0;
  }

  StepRows rows() { return std::move(rows_); }

 private:
  [[nodiscard]] std::size_t kernel_of(const StepSeries& series) const {
    const std::string& name = series.kernel.empty() ? *defaults_.kernel : series.kernel;
    const std::vector<Kernel>& kernels = problem_.fabric.kernels;
    const auto at = std::find_if(
        kernels.begin(), kernels.end(), [&](const Kernel& kernel) { return kernel.name == name; });
    return static_cast<std::size_t>(at - kernels.begin());
  }

  [[nodiscard]] double nominal_of(const StepSample& sample,
                                  const StepSeries& series,
                                  int ep_width) const {
    if (sample.batch > 0.0) return sample.batch;
    const int ranks = series.ranks > 0 ? series.ranks : defaults_.ranks.value_or(ep_width);
    return sample.concurrency / ranks;
  }

  /// Batch and context of the row, for the workload and the configuration.
  void set_batch(const StepSample& sample, StepPoint& point) {
    Workload& workload = problem_.workload;
    point.context = context_of(sample);
    const double whole = std::max(1.0, std::round(point.requests));
    tokens_.tokens = static_cast<int>(whole) * (1 + workload.traffic.drafting.tokens);
    workload.traffic.tokens = tokens_;
    workload.traffic.context = point.context;
    workload.figures = figures_of(workload, problem_.fabric);
    point.config.tokens = tokens_.tokens;
    if (point.config.overlap == Overlap::kDbo) {
      point.config.first_tokens = equal_half(tokens_.tokens, problem_.space.timing);
    }
  }

  void skip(const StepSample& sample, std::string why) {
    std::vector<SkippedRows>& all = rows_.skipped;
    const auto known = std::find_if(
        all.begin(), all.end(), [&](const SkippedRows& skipped) { return skipped.why == why; });
    if (known != all.end()) {
      ++known->rows;
    } else {
      all.push_back({.why = std::move(why), .rows = 1, .first = sample.place});
    }
  }

  const Measurements& measurements_;
  Problem problem_;
  const StepDefaults& defaults_;
  bool model_is_given_;
  TokensPerRank tokens_;
  StepRows rows_;
};

}  // namespace

double live_requests(double nominal, const StepSample& sample) {
  const Seconds decoding = sample.output_tokens * sample.tpot;
  if (sample.ttft <= Seconds(0.0) || decoding <= Seconds(0.0)) return nominal;
  return nominal * (decoding / (sample.ttft + decoding));
}

int context_of(const StepSample& sample) {
  if (sample.context > 0) return sample.context;
  constexpr double kMost = 1 << 24;  // as workloads take it
  const double mean = sample.input_tokens + 0.5 * sample.output_tokens;
  return static_cast<int>(std::min(kMost, std::max(1.0, std::round(mean))));
}

StepRows step_rows(const Measurements& measurements,
                   const Problem& problem,
                   const StepDefaults& defaults,
                   const std::vector<SeriesFilter>& only) {
  const bool model_is_given = std::any_of(
      only.begin(), only.end(), [](const SeriesFilter& filter) { return filter.key == "model"; });
  RowPricer pricer(measurements, problem, defaults, model_is_given);
  for (const StepSample& sample : measurements.steps) {
    if (matches_all(measurements.step_series[sample.series], only)) pricer.take(sample);
  }
  return pricer.rows();
}

}  // namespace wideep
