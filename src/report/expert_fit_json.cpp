#include "report/expert_fit_report.h"
#include "report/fit_parts.h"
#include "report/log_files.h"

namespace wideep {
namespace {

Json fit_json(const ExpertFit& fit) {
  Json json{{"device", fit.series.device.empty() ? Json(nullptr) : Json(fit.series.device)},
            {"dtype", fit.series.dtype},
            {"phase", name_of(fit.series.phase)},
            {"hidden_size", fit.series.hidden_size},
            {"expert_size", fit.series.expert_size},
            {"form", nullptr},
            {"points", fit.points},
            {"left_out", fit.left_out}};
  if (!fit.estimates) {
    json["form_reason"] = fit.reason;
    return json;
  }
  json["form"] = fit.form;
  const auto add = [&](const std::string& name, const std::optional<Estimate>& estimate) {
    if (estimate) {
      add_estimate(json, name, "s", *estimate);
    } else {
      json[name + "_s"] = nullptr;
      json[name + "_s_reason"] = "the form has none";
    }
  };
  add("launch", fit.estimates->launch);
  add("weight_read", fit.estimates->weight_read);
  add("fixed", fit.estimates->fixed);
  add("per_token", fit.estimates->per_token);
  add_estimate(json, "expert_time_per_token", "s", fit.c_tok->per_token);
  json["expert_time_per_token_median_relative_error"] = fit.c_tok->median_error;
  json["median_relative_error"] = fit.median_error;
  json["largest_relative_error"] = fit.largest_error;
  json["outliers"] = fit.outliers.size();
  json["local_experts"] = {fit.local_experts.least, fit.local_experts.most};
  json["tokens_per_expert"] = {fit.tokens_per_expert.least, fit.tokens_per_expert.most};
  json["candidates"] = Json::array();
  for (const LawCandidate& candidate : fit.candidates) {
    json["candidates"].push_back({{"form", candidate.form}, {"cv_error", candidate.cv_error}});
  }
  json["held_out"] = nullptr;
  if (fit.held_out) json["held_out"] = held_out_json(*fit.held_out);
  json["measured"] = Json::array();
  for (std::size_t at = 0; at < fit.samples.size(); ++at) {
    const ExpertSample& sample = fit.samples[at];
    json["measured"].push_back(
        {{"local_experts", sample.local_experts},
         {"routed_tokens", sample.routed_tokens},
         {"measured_s", sample.time / unit::s},
         {"fitted_s", fit.time(sample.local_experts, sample.routed_tokens) / unit::s},
         {"outlier", fit.is_outlier(at)},
         {"file", sample.place.file},
         {"line", sample.place.line}});
  }
  return json;
}

void add_figure(Json& gpu, const std::string& name, const GpuFigure& figure) {
  gpu[name] = figure.value ? Json(*figure.value) : Json(nullptr);
  if (!figure.value) gpu[name + "_reason"] = figure.reason;
}

}  // namespace

Json expert_fit_json(const ExpertAnswer& answer, const std::vector<LogFile>& files) {
  Json document{{"fits", Json::array()}, {"calibrated", answer.chosen}, {"gpu", nullptr}};
  for (const ExpertFit& fit : answer.fits) document["fits"].push_back(fit_json(fit));
  if (const auto& figures = answer.figures) {
    document["gpu"] = {{"name", answer.gpu},
                       {"doubt", answer.doubt.empty() ? Json(nullptr) : Json(answer.doubt)}};
    add_figure(document["gpu"], "hbm_efficiency", figures->hbm_efficiency);
    add_figure(document["gpu"], "flop_efficiency", figures->flop_efficiency);
    add_figure(document["gpu"], "padding_tokens", figures->padding_tokens);
    add_figure(document["gpu"], "expert_launch_s", figures->expert_launch);
  } else {
    document["gpu_reason"] = "no --base with a GPU's data sheet";
  }
  document["warnings"] = warnings_of(answer);
  add_written(document, answer.written);
  document["files"] = files_json(files);
  return document;
}

}  // namespace wideep
