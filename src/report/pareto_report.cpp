#include "report/pareto_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "model/placed.h"
#include "model/words.h"
#include "report/config_report.h"
#include "report/csv.h"
#include "report/limit_sentences.h"
#include "report/model_section.h"
#include "report/pareto_table.h"
#include "report/sections.h"
#include "units/format_quantity.h"

namespace wideep {
namespace {

/// What is to be known of points, the first message of each rule, with how many points it is of.
Text known_of(const Problem& problem, const Front& front) {
  struct Known {
    Warning first;
    std::size_t points = 0;
  };
  std::vector<Known> all;
  for (const Prediction& point : front.points) {
    for (const Warning& warning : warnings_of(problem, point)) {
      const auto same = [&](const Known& known) { return known.first.rule == warning.rule; };
      auto known = std::find_if(all.begin(), all.end(), same);
      if (known == all.end()) known = all.insert(known, {warning, 0});
      ++known->points;
    }
  }
  Text text;
  for (const Known& known : all) {
    text += labelled("Beware",
                     fmt::format("{} ({} of the points).", known.first.message, known.points));
  }
  return text;
}

}  // namespace

Text pareto_text(const Problem& problem, const Front& front, const Display& display) {
  if (front.points.empty()) {
    return plain_line("No configuration of the search space is feasible.", Row::Tone::kAnswer) +
           because(texts_of(problem, front.reasons));
  }
  const Prediction& slowest = front.points.front();
  const Prediction& fastest = front.points.back();
  Text text =
      plain_line(fmt::format("From {} tokens/s per GPU at {} for a user to {} at {}.",
                             format_count(std::round(slowest.step.tokens_per_gpu_per_second)),
                             format_number(per_user(slowest)),
                             format_count(std::round(fastest.step.tokens_per_gpu_per_second)),
                             format_number(per_user(fastest))),
                 Row::Tone::kAnswer);
  if (!front.knees.empty()) {
    const Prediction& knee = front.points[front.knees.front()];
    text += plain_line(fmt::format("Knee at {} for a user: {} tokens/s per GPU with {}.",
                                   format_number(per_user(knee)),
                                   format_count(std::round(knee.step.tokens_per_gpu_per_second)),
                                   choice_text(problem, knee.config)));
  }
  text += plain_line(fmt::format("{} points, each proved: the most per GPU at its TPOT or less.",
                                 front.points.size()));
  text += known_of(problem, front) + "\n" + asked(problem, slowest) + "\n";
  text += pareto_table(problem, front, display);
  return text;
}

std::string pareto_csv(const Problem& problem, const Front& front) {
  std::string text =
      "tokens_per_user_per_s,tokens_per_gpu_per_s,tpot_s,tokens_per_rank,gpus,ep_width,attention,"
      "experts,kernel,overlap,chunks,split,sms,knee,engines,warnings\n";
  for (std::size_t at = 0; at < front.points.size(); ++at) {
    const Prediction& point = front.points[at];
    const Config& config = point.config;
    const bool split = config.overlap == Overlap::kDbo;
    const ConfigReport report = report_on(problem, point);
    std::vector<std::string> warnings;
    for (const Warning& warning : report.warnings) warnings.push_back(warning.message);
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                        per_user(point),
                        point.step.tokens_per_gpu_per_second,
                        point.step.tpot / unit::s,
                        config.tokens_per_gpu(),
                        config.gpus(),
                        config.ep_width,
                        name_of(config.attention),
                        name_of(config.experts),
                        csv_field(problem.fabric.kernels[config.kernel].name),
                        name_of(config.overlap),
                        config.chunks,
                        split ? fmt::format("{}", config.first_tokens / config.tokens) : "",
                        config.sms > 0 ? fmt::format("{}", config.sms) : "",
                        is_knee(front, at) ? "yes" : "",
                        csv_list(report.engines),
                        csv_list(warnings));
  }
  return text;
}

Json pareto_json(const Problem& problem, const Front& front) {
  Json points = Json::array();
  for (const Prediction& point : front.points) {
    const Json result = result_json(problem, report_on(problem, point));
    points.push_back({{"tokens_per_gpu_per_s", point.step.tokens_per_gpu_per_second},
                      {"tokens_per_user_per_s", per_user(point)},
                      {"tpot_s", point.step.tpot / unit::s},
                      {"tokens_per_rank", result.at("tokens_per_rank")},
                      {"config", result.at("config")},
                      {"engines", result.at("engines")},
                      {"warnings", result.at("warnings")}});
  }
  Json json{{"model", model_json(problem.workload.figures.read)},
            {"fabric", problem.fabric.name},
            {"points", std::move(points)},
            {"knees", front.knees}};
  if (front.points.empty()) json["reasons"] = limits_json(texts_of(problem, front.reasons));
  return json;
}

}  // namespace wideep
