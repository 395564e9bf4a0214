#include "fit/attention_fit.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "fit/attention_estimates.h"
#include "fit/attention_parts.h"
#include "fit/extent.h"
#include "fit/gpu_figures.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// Three parameters and an error need four, and one may be an outlier.
constexpr std::size_t kLeastAttentionPoints = 5;

std::string why_too_few(const AttentionFit& fit) {
  const bool decode = fit.phase == Phase::kDecode;
  const std::vector<AttentionSample>& samples = fit.samples;
  if (samples.empty() && fit.other_types > 0 && fit.left_out == 0) {
    return "measured with other types of weights or cache than the model's";
  }
  if (samples.empty()) {
    return decode ? fmt::format("nothing was measured with {} sequences or more", kLeastSequences)
                  : fmt::format("no prompts of {} tokens or more, {} in all, were measured",
                                kLeastPrompt,
                                format_count(kLeastPrefillTokens));
  }
  if (samples.size() < kLeastAttentionPoints) {
    return fmt::format("{} measurement{}; three parameters and their errors need {}",
                       samples.size(),
                       samples.size() == 1 ? "" : "s",
                       kLeastAttentionPoints);
  }
  const auto near = [](const Extent& span) { return span.most < kLeastRatio * span.least; };
  const auto too_near = [](const Extent& span, const char* what) {
    return fmt::format("{} to {} {} are too near to tell what each costs",
                       format_number(span.least),
                       format_number(span.most),
                       what);
  };
  const Extent tokens = extent_of(
      samples, [&](const AttentionSample& sample) { return tokens_of(sample, fit.phase); });
  if (near(tokens)) return too_near(tokens, decode ? "sequences" : "tokens in all");
  const Extent context = extent_of(samples, &AttentionSample::context);
  if (near(context)) return too_near(context, decode ? "tokens of context" : "tokens a prompt");
  return "";
}

void fit_samples(AttentionFit& fit) {
  fit.reason = why_too_few(fit);
  if (fit.reason.empty()) estimate(fit);
}

HeldOutErrors predict(const AttentionFit& fit, const std::vector<AttentionSample>& held) {
  if (!fit.estimates) return {.reason = "nothing was fitted to what is left"};
  std::vector<double> errors;
  errors.reserve(held.size());
  for (const AttentionSample& sample : held) {
    errors.push_back(std::abs(fit.time(sample) / sample.time - 1.0));
  }
  return held_out_errors(errors);
}

/// Samples of a layer count in the model's own types.
bool has_types_of(const LayerShape& shape, const AttentionSeries& series) {
  if (series.scope == AttentionScope::kKernel) return true;
  const auto weights = weight_type(series.dtype);
  const auto cache = weight_type(series.cache_dtype);
  return (series.dtype.empty() || weights == shape.dense_weights) &&
         (series.cache_dtype.empty() || (cache && bytes_of(*cache) == shape.kv_element));
}

/// The fit that takes samples of the series: of its phase and scope and, of a kernel, of its types.
struct FitKey {
  AttentionScope scope = AttentionScope::kLayer;
  std::string cache;
  std::string arithmetic;
  Phase phase = Phase::kDecode;

  explicit FitKey(const AttentionSeries& series) : scope(series.scope), phase(series.phase) {
    if (scope == AttentionScope::kLayer) return;
    cache = series.cache_dtype;
    arithmetic = series.arithmetic;
  }

  friend auto operator<=>(const FitKey&, const FitKey&) = default;
};

/// Of a latent attention's kernels those with the model's own heads, whose arithmetic counts, and
/// with the fewest, where reading the cache is all that does. Between them engines' kernels for
/// Blackwell are up to 1.5 times as slow (32 heads, TensorRT-LLM 1.3.0rc20 and SGLang 0.5.14).
std::vector<AttentionSample> with_telling_heads(const std::vector<AttentionSample>& samples,
                                                const LayerShape& shape) {
  if (!shape.mla) return samples;
  int fewest = shape.mla->heads;
  for (const AttentionSample& sample : samples) {
    if (sample.heads > 0) fewest = std::min(fewest, sample.heads);
  }
  std::vector<AttentionSample> telling;
  for (const AttentionSample& sample : samples) {
    const bool own = sample.heads == 0 || sample.heads == shape.mla->heads;
    if (own || sample.heads == fewest) telling.push_back(sample);
  }
  return telling;
}

AttentionFit fit_for(const FitKey& key, const AttentionSetting& setting) {
  AttentionFit fit;
  fit.phase = key.phase;
  fit.scope = key.scope;
  fit.setting = setting;
  LayerShape& shape = fit.setting.shape;
  if (key.scope == AttentionScope::kKernel) {
    if (const auto cache = weight_type(key.cache)) shape.kv_element = bytes_of(*cache);
    shape.attends_in_fp8 = key.arithmetic == "fp8";
  } else {
    shape.attends_in_fp8 = attends_in_fp8(shape, setting.gpu, key.phase);
  }
  return fit;
}

bool is_small(const AttentionSample& sample, const AttentionSeries& series) {
  const Phase phase = series.phase;
  const bool of_kernel = series.scope == AttentionScope::kKernel;
  if (of_kernel && sample.context < kLeastKernelContext) return true;
  if (phase == Phase::kDecode) return sample.sequences < kLeastSequences;
  return sample.context < kLeastPrompt || tokens_of(sample, phase) < kLeastPrefillTokens;
}

/// What was timed at: sequences, context and heads.
using Point = std::tuple<int, int, int, int, int>;

Point point_of(const AttentionSample& sample) {
  return {sample.sequences, sample.context, sample.heads, sample.kv_heads, sample.head_dim};
}

/// Of several kernels at one point those of the fastest, with all their repetitions.
std::vector<AttentionSample> fastest(const std::vector<AttentionSample>& samples,
                                     const std::vector<AttentionSeries>& series) {
  std::map<Point, const AttentionSample*> best;
  for (const AttentionSample& sample : samples) {
    const AttentionSample*& least = best[point_of(sample)];
    if (least == nullptr || sample.time < least->time) least = &sample;
  }
  std::vector<AttentionSample> kept;
  for (const AttentionSample& sample : samples) {
    const AttentionSample& least = *best[point_of(sample)];
    if (series[sample.series].kernel == series[least.series].kernel) kept.push_back(sample);
  }
  return kept;
}

/// A of that shape, or what attention proper has of it.
DenseParts work_of(const AttentionFit& fit, const LayerShape& shape, int context) {
  DenseParts parts = dense_work(shape, fit.setting.gpu, {fit.phase, context});
  if (fit.scope == AttentionScope::kLayer) return parts;
  const Seconds token = fit.estimates->token * (heads_of(shape) / heads_of(fit.setting.shape));
  DenseWork core;
  core.fixed = parts.core.fixed;
  core.per_token = token + parts.core.per_token;
  parts = {};
  parts.core = core;
  return parts;
}

}  // namespace

std::vector<NamedShare> shares_of(const AttentionFit& fit) {
  const auto named = [&](const char* key, FittedShare AttentionEstimates::*share) {
    return NamedShare{key, fit.estimates ? &((*fit.estimates).*share) : nullptr};
  };
  const NamedShare context = named(is_in_fp8(fit) ? "fp8_context_efficiency" : "context_efficiency",
                                   &AttentionEstimates::context);
  if (fit.scope == AttentionScope::kKernel) {
    const bool fp8 = has_fp8_cache(fit.setting.shape);
    return {context,
            named(fp8 ? "fp8_cache_efficiency" : "cache_efficiency", &AttentionEstimates::cache)};
  }
  return {named("projection_efficiency", &AttentionEstimates::projection), context};
}

bool is_in_fp8(const AttentionFit& fit) {
  return attends_in_fp8(fit.setting.shape, fit.setting.gpu, fit.phase);
}

double tokens_of(const AttentionSample& sample, Phase phase) {
  const double each = phase == Phase::kDecode ? 1.0 : sample.context;
  return each * sample.sequences;
}

DenseParts AttentionFit::work(int context_tokens) const {
  return work_of(*this, setting.shape, context_tokens);
}

Seconds AttentionFit::time(const AttentionSample& sample) const {
  const LayerShape shape = shape_of(sample, setting.shape);
  return work_of(*this, shape, sample.context).time(tokens_of(sample, phase));
}

bool AttentionFit::is_outlier(std::size_t sample) const {
  return std::find(outliers.begin(), outliers.end(), sample) != outliers.end();
}

std::vector<AttentionFit> fit_attention(const Measurements& measurements,
                                        const AttentionSetting& setting,
                                        double holdout) {
  const std::vector<AttentionSeries>& series = measurements.attention_series;
  struct Group {
    AttentionFit fit;
    std::vector<AttentionSample> samples;
  };
  std::map<FitKey, Group> groups;
  for (const AttentionSample& sample : measurements.attention) {
    const AttentionSeries& of = series[sample.series];
    const FitKey key(of);
    auto found = groups.find(key);
    if (found == groups.end()) found = groups.emplace(key, Group{fit_for(key, setting), {}}).first;
    auto& [fit, samples] = found->second;
    if (fit.device.empty()) fit.device = of.device;
    if (!has_types_of(setting.shape, of)) {
      ++fit.other_types;
    } else if (is_small(sample, of)) {
      ++fit.left_out;
    } else {
      samples.push_back(sample);
    }
  }
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform;
  std::vector<AttentionFit> fits;
  for (auto& [key, group] : groups) {
    AttentionFit& fit = group.fit;
    const std::vector<AttentionSample> telling = with_telling_heads(group.samples, setting.shape);
    fit.other_heads = static_cast<int>(group.samples.size() - telling.size());
    std::vector<AttentionSample> held;
    for (const AttentionSample& sample : fastest(telling, series)) {
      (uniform(random) < holdout ? held : fit.samples).push_back(sample);
    }
    fit.slower = static_cast<int>(telling.size() - fit.samples.size() - held.size());
    fit_samples(fit);
    if (!held.empty()) fit.held_out = predict(fit, held);
    fits.push_back(std::move(fit));
  }
  return fits;
}

}  // namespace wideep
