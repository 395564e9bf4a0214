#include "report/fit_parts.h"
#include "report/log_files.h"
#include "report/step_fit_report.h"

namespace wideep {
namespace {

/// An estimate; or the value that it is held at, or has from before, and why.
void add_figure(Json& json,
                const std::string& name,
                const std::string& unit,
                const FittedServing& found,
                double value) {
  if (found.estimate) {
    add_estimate(json, name, unit, *found.estimate);
  } else {
    const std::string suffix = unit.empty() ? "" : "_" + unit;
    json[name + suffix] = value;
    json[name + "_se" + suffix] = nullptr;
    json[name + "_reason"] = found.reason;
  }
  json[name + "_held"] = found.held;
}

Json errors_json(const ErrorSummary& errors) {
  return {{"median_relative_error", errors.median}, {"largest_relative_error", errors.largest}};
}

Json step_points_json(const StepAnswer& answer) {
  Json list = Json::array();
  const StepFit& fit = answer.fit;
  for (std::size_t at = 0; at < fit.points.size(); ++at) {
    const StepPoint& point = fit.points[at];
    list.push_back({{"ep_width", point.config.ep_width},
                    {"kernel", answer.kernels[point.config.kernel].name},
                    {"overlap", name_of(point.config.overlap)},
                    {"requests_per_rank", point.nominal},
                    {"decoding_per_rank", point.requests},
                    {"tokens_per_rank", point.config.tokens},
                    {"context", point.context},
                    {"computed_s", point.computed / unit::s},
                    {"measured_s", point.measured / unit::s},
                    {"fitted_s", fit.time(point) / unit::s},
                    {"outlier", fit.is_outlier(at)},
                    {"file", point.place.file},
                    {"line", point.place.line}});
  }
  return list;
}

}  // namespace

Json step_fit_json(const StepAnswer& answer, const std::vector<LogFile>& files) {
  const StepFit& fit = answer.fit;
  Json step;
  add_figure(step, "serving_efficiency", "", fit.efficiency, fit.serving.efficiency);
  add_figure(step, "step_overhead", "s", fit.overhead, fit.serving.overhead / unit::s);
  step["points"] = fit.used;
  step["outliers"] = fit.outliers.size();
  step.update(errors_json(fit.errors));
  step["residual_spread"] = fit.spread;
  step["efficiency_alone"] = fit.alone ? errors_json(*fit.alone) : Json(nullptr);
  step["before"] = errors_json(fit.before);
  step["before"]["serving_efficiency"] = fit.given.efficiency;
  step["before"]["step_overhead_s"] = fit.given.overhead / unit::s;
  step["without_either"] = errors_json(fit.without);
  step["computed_s"] = {fit.computed.least, fit.computed.most};
  step["held_out"] = fit.held_out ? held_out_json(*fit.held_out) : Json(nullptr);
  step["measured"] = step_points_json(answer);
  Json left_out = Json::array();
  for (const SkippedRows& skipped : answer.rows.skipped) {
    left_out.push_back({{"why", skipped.why},
                        {"rows", skipped.rows},
                        {"file", skipped.first.file},
                        {"first_line", skipped.first.line}});
  }
  Json document{{"step", std::move(step)}, {"left_out", std::move(left_out)}};
  const auto name = [&](const char* key, const std::string& text) {
    document[key] = text.empty() ? Json(nullptr) : Json(text);
  };
  name("model", answer.model);
  name("engine", answer.engine);
  document["gpu"] = {{"name", answer.gpu},
                     {"doubt", answer.doubt.empty() ? Json(nullptr) : Json(answer.doubt)}};
  document["notes"] = answer.notes;
  document["warnings"] = warnings_of(answer);
  add_written(document, answer.written);
  document["files"] = files_json(files);
  return document;
}

}  // namespace wideep
