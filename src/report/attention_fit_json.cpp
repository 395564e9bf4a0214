#include "model/words.h"
#include "report/attention_fit_report.h"
#include "report/fit_parts.h"
#include "report/log_files.h"

namespace wideep {
namespace {

void add_share(Json& json, const std::string& name, const FittedShare& share) {
  if (share.estimate) {
    add_estimate(json, name, "", *share.estimate);
    return;
  }
  json[name] = share.value;
  json[name + "_se"] = nullptr;
  json[name + "_reason"] = share.reason;
}

Json samples_json(const AttentionFit& fit) {
  Json list = Json::array();
  for (std::size_t at = 0; at < fit.samples.size(); ++at) {
    const AttentionSample& sample = fit.samples[at];
    list.push_back({{"sequences", sample.sequences},
                    {"context", sample.context},
                    {"measured_s", sample.time / unit::s},
                    {"fitted_s", fit.time(sample) / unit::s},
                    {"outlier", fit.is_outlier(at)},
                    {"file", sample.place.file},
                    {"line", sample.place.line}});
  }
  return list;
}

Json fit_json(const AttentionFit& fit) {
  Json json{{"phase", name_of(fit.phase)},
            {"timed", fit.scope == AttentionScope::kKernel ? "kernel" : "layer"},
            {"device", fit.device.empty() ? Json(nullptr) : Json(fit.device)},
            {"points", fit.points},
            {"left_out", fit.left_out},
            {"other_types", fit.other_types},
            {"other_heads", fit.other_heads},
            {"slower_kernels", fit.slower}};
  if (fit.scope == AttentionScope::kKernel) {
    json["cache_dtype"] = word_of(kCacheTypeWords, fit.setting.shape.kv_element);
  }
  json["attention_dtype"] = word_of(kAttentionTypeWords, is_in_fp8(fit));
  if (!fit.estimates) {
    json["launch_s"] = nullptr;
    for (const NamedShare& named : shares_of(fit)) json[named.key] = nullptr;
    json["reason"] = fit.reason;
    return json;
  }
  add_estimate(json, "launch", "s", fit.estimates->launch);
  for (const auto& [key, share] : shares_of(fit)) add_share(json, key, *share);
  json["median_relative_error"] = fit.median_error;
  json["largest_relative_error"] = fit.largest_error;
  json["outliers"] = fit.outliers.size();
  json["sequences"] = {fit.sequences.least, fit.sequences.most};
  json["context"] = {fit.context.least, fit.context.most};
  json["held_out"] = nullptr;
  if (fit.held_out) json["held_out"] = held_out_json(*fit.held_out);
  json["measured"] = samples_json(fit);
  return json;
}

}  // namespace

Json attention_fit_json(const AttentionAnswer& answer, const std::vector<LogFile>& files) {
  Json document{{"attention", Json::array()}};
  for (const AttentionFit& fit : answer.fits) document["attention"].push_back(fit_json(fit));
  document["model"] = answer.model;
  document["gpu"] = {{"name", answer.gpu},
                     {"doubt", answer.doubt.empty() ? Json(nullptr) : Json(answer.doubt)}};
  document["warnings"] = warnings_of(answer);
  add_written(document, answer.written);
  document["files"] = files_json(files);
  return document;
}

}  // namespace wideep
