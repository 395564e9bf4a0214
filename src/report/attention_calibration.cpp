// What `fit attention` writes: figures of the base's GPU, and where they come from.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "model/hardware.h"
#include "model/words.h"
#include "report/attention_fit_report.h"
#include "report/fit_parts.h"

namespace wideep {
namespace {

using Fits = std::vector<const AttentionFit*>;

/// Of a phase and scope, with estimates.
Fits fits_of(const AttentionAnswer& answer, Phase phase, AttentionScope scope) {
  Fits found;
  for (const AttentionFit& fit : answer.fits) {
    if (fit.estimates && fit.phase == phase && fit.scope == scope) found.push_back(&fit);
  }
  return found;
}

/// What the measurements do not tell stays as the base has it.
bool is_told(const FittedShare& share) {
  return share.estimate || share.exceeded;
}

/// The figures that the fits tell, each once: of several fits the first.
std::string shares_yaml(const Fits& fits,
                        const std::string& margin,
                        std::vector<std::string>& told) {
  std::string text;
  for (const AttentionFit* fit : fits) {
    for (const auto& [key, share] : shares_of(*fit)) {
      if (!is_told(*share) || std::find(told.begin(), told.end(), key) != told.end()) continue;
      told.emplace_back(key);
      text += fmt::format("{}{}: {}\n", margin, key, share_yaml(share->value));
    }
  }
  return text;
}

/// `launch: ` and the rest of a phase. A kernel timed alone tells more of attention proper than a
/// layer does, and of grouped queries stands apart.
std::string figures_yaml(const AttentionAnswer& answer, Phase phase) {
  const Fits layers = fits_of(answer, phase, AttentionScope::kLayer);
  const Fits kernels = fits_of(answer, phase, AttentionScope::kKernel);
  std::vector<std::string> told;
  std::string figures;
  const bool grouped = !kernels.empty() && !kernels.front()->setting.shape.mla;
  if (!kernels.empty() && !grouped) figures += shares_yaml(kernels, "      ", told);
  if (!layers.empty()) {
    figures += fmt::format("      launch: {:.5g}us\n      activation_passes: {}\n",
                           layers.front()->estimates->launch.value / unit::us.base(),
                           dense_figures(layers.front()->setting.gpu, phase).activation_passes);
    figures += shares_yaml(layers, "      ", told);
  }
  if (grouped) {
    std::vector<std::string> told_of_groups;
    const std::string shares = shares_yaml(kernels, "        ", told_of_groups);
    if (!shares.empty()) figures += "      gqa:\n" + shares;
  }
  return figures;
}

/// "decode", or "decode_kernel_fp8_bf16": cache and arithmetic.
std::string key_of(const AttentionFit& fit) {
  if (fit.scope == AttentionScope::kLayer) return std::string(name_of(fit.phase));
  return fmt::format("{}_kernel_{}_{}",
                     name_of(fit.phase),
                     word_of(kCacheTypeWords, fit.setting.shape.kv_element),
                     word_of(kAttentionTypeWords, is_in_fp8(fit)));
}

/// Where a fit comes from, and within what its figures lie.
std::string fit_yaml(const AttentionFit& fit,
                     const std::string& model,
                     const Provenance& provenance) {
  std::string text = fmt::format("    {}:\n", key_of(fit)) + sources_yaml(provenance, "      ") +
                     fmt::format(
                         "      model: {}\n      points: {}\n      median_error: {}\n"
                         "      largest_error: {}\n      parameters:\n",
                         quoted_yaml(model),
                         fit.points,
                         fmt::format("{:.1f}%", kPercent * fit.median_error),
                         fmt::format("{:.1f}%", kPercent * fit.largest_error));
  text += parameter_yaml({"launch", false, fit.estimates->launch}, "        ");
  for (const auto& [key, share] : shares_of(fit)) {
    if (share->estimate) text += parameter_yaml(key, *share->estimate, "        ", share_yaml);
  }
  return text;
}

}  // namespace

Calibration calibrate(const AttentionAnswer& answer, const Provenance& provenance) {
  Calibration calibration;
  std::string figures;
  std::string provenances;
  for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
    const std::string yaml = figures_yaml(answer, phase);
    if (!yaml.empty()) figures += fmt::format("    {}:\n{}", name_of(phase), yaml);
  }
  for (const AttentionFit& fit : answer.fits) {
    if (!fit.estimates) continue;
    calibration.replaced.push_back("calibration.attention." + key_of(fit));
    provenances += fit_yaml(fit, answer.model, provenance);
  }
  calibration.yaml =
      fmt::format("gpu:\n  attention:\n{}calibration:\n  attention:\n{}", figures, provenances);
  return calibration;
}

}  // namespace wideep
