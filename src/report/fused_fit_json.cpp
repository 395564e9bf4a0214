// What `fit fused` says to programs, and what it writes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/words.h"
#include "report/fit_parts.h"
#include "report/fused_fit_report.h"
#include "report/log_files.h"

namespace wideep {
namespace {

/// A figure that is told as an estimate; of another the value that the law goes by, where it has
/// one, and why it has no errors.
void add_figure(Json& json, const NamedFigure& named) {
  const FusedFigure& figure = *named.figure;
  const std::string key = named.key;
  if (figure.estimate) return add_estimate(json, key, named.unit, *figure.estimate);
  const std::string suffix = *named.unit == '\0' ? "" : fmt::format("_{}", named.unit);
  const bool stands = figure.value > 0.0 || figure.given;
  json[key + suffix] = stands ? Json(figure.value) : Json(nullptr);
  json[key + "_se" + suffix] = nullptr;
  json[key + "_low" + suffix] = figure.at_least ? Json(*figure.at_least) : Json(nullptr);
  json[key + "_high" + suffix] = nullptr;
  json[(stands ? key : key + suffix) + "_reason"] = figure.reason;
}

Json shape_json(const FusedSeries& shape) {
  return {{"hidden_size", shape.hidden_size},
          {"expert_size", shape.expert_size},
          {"top_k", shape.top_k},
          {"experts", shape.experts}};
}

Json imbalance_json(const FusedImbalance& one) {
  Json json = shape_json(one.series);
  json["distribution"] = one.series.distribution;
  json["ep_width"] = one.ep_width;
  json["points"] = one.points;
  if (!one.gamma) {
    json["gamma"] = nullptr;
    json["gamma_reason"] = one.reason;
    return json;
  }
  add_estimate(json, "gamma", "", *one.gamma);
  if (one.points == 1) {
    for (const char* key : {"gamma_se", "gamma_low", "gamma_high"}) json[key] = nullptr;
    json["gamma_se_reason"] = "one point";
  }
  json["median_relative_error"] = one.median_error;
  json["median_relative_error_at_1"] = one.even_error;
  return json;
}

Json measured_json(const FusedFit& fit) {
  Json points = Json::array();
  for (const FusedSample& sample : fit.samples) {
    points.push_back({{"shape", sample.series},
                      {"ep_width", sample.ep_width},
                      {"tokens", sample.tokens},
                      {"measured_s", sample.time / unit::s},
                      {"fitted_s", fit.time(sample) / unit::s},
                      {"file", sample.place.file},
                      {"line", sample.place.line}});
  }
  return points;
}

Json fused_json(const FusedFit& fit) {
  Json json{{"device", fit.device.empty() ? Json(nullptr) : Json(fit.device)},
            {"dtype", fit.dtype},
            {"weight_dtype", name_of(fit.weights)},
            {"points", fit.samples.size()},
            {"ep_widths", fit.ep_widths},
            {"shapes", Json::array()}};
  for (const FusedSeries& shape : fit.shapes) json["shapes"].push_back(shape_json(shape));
  if (!fit.estimates) {
    json["launch_s"] = nullptr;
    json["reason"] = fit.reason;
    return json;
  }
  json["tokens"] = {fit.tokens.least, fit.tokens.most};
  for (const NamedFigure& named : figures_of(*fit.estimates)) add_figure(json, named);
  json["launch_per_rank_given"] = fit.estimates->launch_per_rank.given;
  json["rate_and_bandwidth_tied"] = fit.estimates->tied;
  json["rate_and_bandwidth_correlation"] =
      fit.estimates->tied ? Json(nullptr) : Json(fit.estimates->rate_with_bandwidth);
  json["residual_spread"] = fit.spread;
  json["median_relative_error"] = fit.median_error;
  json["largest_relative_error"] = fit.largest_error;
  json["held_out"] = nullptr;
  if (fit.held_out) json["held_out"] = held_out_json(*fit.held_out);
  json["imbalances"] = Json::array();
  for (const FusedImbalance& one : fit.imbalances) {
    json["imbalances"].push_back(imbalance_json(one));
  }
  json["measured"] = measured_json(fit);
  return json;
}

constexpr double kTera = 1e12;

/// As a fabric has it: in the units of its presets.
std::string figure_yaml(const NamedFigure& named, double value) {
  const std::string_view unit = named.unit;
  if (unit == "s") return yaml_of(Seconds(value));
  if (unit == "B_per_s") return yaml_of(BytesPerSecond(value));
  if (unit == "FLOP_per_s") return number_yaml(value / kTera) + "TFLOP/s";
  return number_yaml(value);
}

/// Where the figures come from, and within what they lie.
std::string fused_provenance(const FusedFit& fit, const Provenance& provenance) {
  std::string text = sources_yaml(provenance, "      ");
  if (!fit.device.empty()) text += fmt::format("      device: {}\n", quoted_yaml(fit.device));
  text += fmt::format(
      "      dtype: {}\n      points: {}\n      median_error: {:.1f}%\n"
      "      largest_error: {:.1f}%\n      parameters:\n",
      quoted_yaml(fit.dtype),
      fit.samples.size(),
      kPercent * fit.median_error,
      kPercent * fit.largest_error);
  std::string untold;
  for (const NamedFigure& named : figures_of(*fit.estimates)) {
    if (named.figure->estimate) {
      text += parameter_yaml(named.key, *named.figure->estimate, "        ", [&](double value) {
        return figure_yaml(named, value);
      });
    } else {
      untold += fmt::format(
          "        - {{what: {}, reason: {}}}\n", named.key, quoted_yaml(named.figure->reason));
    }
  }
  return untold.empty() ? text : text + "      not_fitted:\n" + untold;
}

}  // namespace

Json fused_fit_json(const FusedAnswer& answer, const std::vector<LogFile>& files) {
  Json document{{"fits", Json::array()},
                {"calibrated", answer.chosen},
                {"kernel", answer.kernel ? Json(*answer.kernel) : Json(nullptr)}};
  if (!answer.kernel) document["kernel_reason"] = "no --base";
  for (const FusedFit& fit : answer.fits) document["fits"].push_back(fused_json(fit));
  document["warnings"] = warnings_of(answer);
  add_written(document, answer.written);
  document["files"] = files_json(files);
  return document;
}

Calibration calibrate(const FusedAnswer& answer, const Provenance& provenance) {
  const FusedFit& fit = answer.fits[answer.chosen];
  const std::string name = quoted_yaml(*answer.kernel);
  Calibration calibration;
  std::string figures;
  for (const NamedFigure& named : figures_of(*fit.estimates)) {
    calibration.replaced.push_back(fmt::format("kernels.{}.{}", *answer.kernel, named.key));
    if (named.figure->value > 0.0) {
      figures += fmt::format("    {}: {}\n", named.key, figure_yaml(named, named.figure->value));
    }
  }
  calibration.replaced.push_back(fmt::format("kernels.{}.fitted", *answer.kernel));
  calibration.replaced.push_back("calibration.fused." + *answer.kernel);
  calibration.yaml = fmt::format(
      "kernels:\n  {}:\n{}    fitted: {{ep_width: [{}, {}], tokens: [{:.0f}, {:.0f}], "
      "weight_dtype: "
      "{}}}\n",
      name,
      figures,
      fit.ep_widths.front(),
      fit.ep_widths.back(),
      fit.tokens.least,
      fit.tokens.most,
      name_of(fit.weights));
  calibration.yaml +=
      fmt::format("calibration:\n  fused:\n    {}:\n", name) + fused_provenance(fit, provenance);
  return calibration;
}

}  // namespace wideep
