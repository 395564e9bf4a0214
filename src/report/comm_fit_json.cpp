#include "report/collective_fit_report.h"
#include "report/comm_fit_report.h"
#include "report/comm_fit_warnings.h"
#include "report/fit_parts.h"
#include "report/log_files.h"

namespace wideep {
namespace {

Json or_null(int value) {
  return value > 0 ? Json(value) : Json(nullptr);
}

Json number_or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// The points of a series beside what its curve and the kernel's law say of them.
Json points_json(const CommFit& fit, const SeriesFit& one) {
  Json points = Json::array();
  for (std::size_t at = 0; at < one.samples.size(); ++at) {
    const CommSample& sample = one.samples[at];
    Json point{{"volume_bytes", sample.volume / unit::B},
               {"tokens", sample.tokens > 0.0 ? Json(sample.tokens) : Json(nullptr)},
               {"measured_s", sample.time / unit::s},
               {"fitted_s", nullptr},
               {"law_s", nullptr},
               {"outlier", false},
               {"file", sample.place.file},
               {"line", sample.place.line}};
    if (one.curve) {
      point["fitted_s"] = one.curve->time(sample.volume) / unit::s;
      if (const auto law = law_time(fit, one, sample)) point["law_s"] = *law / unit::s;
      point["outlier"] = one.curve->is_outlier(at);
    }
    points.push_back(std::move(point));
  }
  return points;
}

Json series_json(const SeriesFit& one) {
  const CommSeries& series = one.series;
  return {{"kernel", series.kernel},
          {"phase", name_of(series.direction)},
          {"ep_width", series.ep_width},
          {"sms", or_null(series.sms)},
          {"hidden_size", or_null(series.hidden_size)},
          {"top_k", or_null(series.gate.top_k)},
          {"experts", or_null(series.gate.experts.value_or(0))},
          {"dtype", series.dtype.empty() ? Json(nullptr) : Json(series.dtype)}};
}

Json fit_json(const CommFit& fit, const SeriesFit& one) {
  const Curve& curve = *one.curve;
  Json json = series_json(one);
  add_estimate(json, "latency", "s", curve.latency);
  add_estimate(json, "bandwidth", "B_per_s", curve.bandwidth);
  if (curve.floor) {
    add_estimate(json, "floor", "s", *curve.floor);
  } else {
    json["floor_s"] = nullptr;
    json["floor_s_reason"] = curve.given ? "sizes too alike to tell one"
                                         : "left-out points are predicted as well without a floor";
  }
  json["form"] = name_of(curve.form);
  json["points"] = curve.points;
  json["outliers"] = curve.outliers.size();
  json["median_relative_error"] = curve.median_error;
  json["largest_relative_error"] = curve.largest_error;
  json["residual_spread"] = curve.spread;
  json["latency_given_by"] = curve.given ? Json(curve.given->from) : Json(nullptr);
  json["affine_cv_error"] = curve.given ? Json(nullptr) : Json(curve.affine_cv_error);
  json["floor_cv_error"] = curve.floor_cv_error > 0.0 ? Json(curve.floor_cv_error) : Json(nullptr);
  json["least_bytes"] = curve.least / unit::B;
  json["most_bytes"] = curve.most / unit::B;
  json["reaches_bytes"] = curve.reaches / unit::B;
  json["in_calibration"] = one.in_law;
  json["inconsistent"] = one.inconsistent.empty() ? Json(nullptr) : Json(one.inconsistent);
  json["measured"] = points_json(fit, one);
  return json;
}

Json law_json(const KernelLaw& law) {
  Json parameters = Json::array();
  for (const LawParameter& parameter : law.parameters) {
    Json json{{"what", parameter.what},
              {"given_by", parameter.from.empty() ? Json(nullptr) : Json(parameter.from)}};
    add_estimate(json, "value", parameter.rate ? "B_per_s" : "s", parameter.estimate);
    parameters.push_back(std::move(json));
  }
  Json candidates = Json::array();
  for (const LawCandidate& candidate : law.candidates) {
    candidates.push_back({{"form", candidate.form},
                          {"parameters", candidate.parameters},
                          {"cv_error", candidate.cv_error}});
  }
  const bool no_error = law.freedom < 1;
  Json json{
      {"kernel", law.series.kernel},
      {"phase", name_of(law.series.direction)},
      {"form", law.form},
      {"ramp_tokens", law.phase.law == nullptr ? Json(nullptr) : Json(law.phase.law_tokens.at(1))},
      {"ep_widths", law.ep_widths},
      {"sms", law.sms},
      {"points", law.points},
      {"median_relative_error", no_error ? Json(nullptr) : Json(law.median_error)},
      {"largest_relative_error", no_error ? Json(nullptr) : Json(law.largest_error)},
      {"scale_up_is_bound", !law.scale_up_unbound.empty()},
      {"scale_up_bound_ep_widths", law.scale_up_unbound},
      {"scale_out_is_bound", !law.scale_out_unbound.empty()},
      {"scale_out_bound_ep_widths", law.scale_out_unbound},
      {"parameters", std::move(parameters)},
      {"candidates", std::move(candidates)}};
  if (no_error) json["relative_error_reason"] = "as many points as figures";
  return json;
}

Json crossover_json(const MeasuredCrossover& found) {
  Json json{{"ep_width", found.ep_width},
            {"below", found.below},
            {"above", found.above},
            {"sms", or_null(found.sms)},
            {"kernel_crossover_tokens", number_or_null(found.tokens)},
            {"kernel_crossover_tokens_low", number_or_null(found.low)},
            {"kernel_crossover_tokens_high", number_or_null(found.high)},
            {"kernel_crossover_bytes", found.tokens ? Json(found.volume / unit::B) : Json(nullptr)},
            {"measured_tokens", number_or_null(found.measured)}};
  if (!found.tokens) json["kernel_crossover_tokens_reason"] = found.reason;
  if (!found.measured) json["measured_tokens_reason"] = found.measured_reason;
  return json;
}

Json held_out_json(const HeldOut& held) {
  Json json{{"kernel", held.kernel},
            {"phase", name_of(held.direction)},
            {"points", held.points},
            {"median_relative_error", nullptr},
            {"largest_relative_error", nullptr}};
  if (held.reason.empty()) {
    json["median_relative_error"] = held.median_error;
    json["largest_relative_error"] = held.largest_error;
  } else {
    json["reason"] = held.reason;
  }
  return json;
}

}  // namespace

Json comm_fit_json(const CommFit& fit,
                   const std::vector<LogFile>& files,
                   const std::vector<std::string>& notes,
                   const FitReportOptions& options) {
  Json document{{"fits", Json::array()},
                {"unfitted", Json::array()},
                {"laws", Json::array()},
                {"crossovers", Json::array()},
                {"held_out", Json::array()},
                {"collectives", collectives_json(fit.collectives)},
                {"gpus_per_domain", fit.gpus_per_domain},
                {"warnings", comm_fit_warnings(fit, files, notes)},
                {"notes", fit.notes},
                {"files", files_json(files)}};
  add_written(document, options.written);
  for (const SeriesFit& one : fit.series) {
    if (one.curve) {
      document["fits"].push_back(fit_json(fit, one));
    } else {
      Json json = series_json(one);
      json["points"] = one.samples.size();
      json["reason"] = one.reason;
      document["unfitted"].push_back(std::move(json));
    }
  }
  for (const KernelLaw& law : fit.laws) document["laws"].push_back(law_json(law));
  for (const MeasuredCrossover& found : fit.crossovers) {
    document["crossovers"].push_back(crossover_json(found));
  }
  for (const HeldOut& held : fit.held_out) document["held_out"].push_back(held_out_json(held));
  return document;
}

}  // namespace wideep
