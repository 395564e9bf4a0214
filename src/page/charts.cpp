#include "page/charts.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/placed.h"
#include "model/thresholds.h"
#include "page/around.h"
#include "report/timeline.h"

namespace wideep {
namespace {

constexpr std::size_t kCurvePoints = 33;
constexpr std::size_t kFewPoints = 17;

Json seconds_or_null(const Prediction* found) {
  return found == nullptr ? Json(nullptr) : Json(found->layer.base());
}

/// The width nearest to the answer's of those at which most kernels run.
int width_of_most_kernels(const Problem& problem, const Config& answer) {
  const std::vector<int> widths = widths_of(problem);
  const Problem asked = around(problem, answer, widths);
  std::map<int, std::set<std::size_t>> kernels = {{answer.gpus(), {}}};
  for (const Prediction& one : optimize(asked, Solver::kBounds).within_tolerance) {
    kernels[one.config.gpus()].insert(one.config.kernel);
  }
  const auto rank = [&](const auto& of) {
    const double away = std::abs(std::log(1.0 * of.first / answer.gpus()));
    return std::pair(-static_cast<double>(of.second.size()), away);
  };
  return std::min_element(
             kernels.begin(),
             kernels.end(),
             [&](const auto& one, const auto& other) { return rank(one) < rank(other); })
      ->first;
}

}  // namespace

Json curves_json(const Problem& problem, const Config& answer) {
  const std::vector<int> tokens = batches(batch_of(problem, answer), kCurvePoints);
  std::vector<SearchResult> found;
  found.reserve(tokens.size());
  Problem asked = around(problem, answer, {answer.gpus()});
  for (const int each : tokens) {
    set_batch(asked, each);
    found.push_back(optimize(asked, Solver::kBounds));
  }
  Json series = Json::array();
  for (const std::size_t kernel : problem.space.kernels) {
    for (const Overlap overlap : problem.space.overlaps) {
      Json layer = Json::array();
      bool any = false;
      for (const SearchResult& result : found) {
        const Prediction* const best = best_of(result, [&](const Config& config) {
          return config.kernel == kernel && config.overlap == overlap;
        });
        any = any || best != nullptr;
        layer.push_back(seconds_or_null(best));
      }
      Config of{.kernel = kernel, .overlap = overlap};
      Json one = choice_json(problem, of);
      one["layer_s"] = std::move(layer);
      if (any) series.push_back(std::move(one));
    }
  }
  return {{"ep_width", answer.gpus()}, {"tokens", tokens}, {"series", std::move(series)}};
}

Json messages_json(const Problem& problem, const Config& answer) {
  const int width = width_of_most_kernels(problem, answer);
  Json series = Json::array();
  Json crossover = nullptr;
  Problem asked = around(problem, answer, {width});
  asked.space.overlaps = {Overlap::kNone};
  for (const std::size_t kernel : problem.space.kernels) {
    asked.space.kernels = {kernel};
    Json bytes = Json::array();
    Json seconds = Json::array();
    for (const int tokens : batches(batch_of(problem, answer), kFewPoints)) {
      set_batch(asked, tokens);
      const auto best = optimize(asked, Solver::kBounds).optimum;
      if (!best) continue;
      bytes.push_back(best->dispatch_volume.base());
      seconds.push_back(best->comm.base());
      if (tokens != batch_of(problem, answer)) continue;
      const KernelCrossover found = thresholds(problem, best->config).kernel_crossover;
      if (found.tokens.value) crossover = found.dispatch_bytes.base();
    }
    if (bytes.empty()) continue;
    series.push_back({{"kernel", problem.fabric.kernels[kernel].name},
                      {"shot_bytes", std::move(bytes)},
                      {"comm_s", std::move(seconds)}});
  }
  return {{"ep_width", width}, {"series", std::move(series)}, {"crossover_bytes", crossover}};
}

Json widths_json(const Problem& problem, const Config& answer) {
  const std::vector<int> widths = widths_of(problem);
  const Problem asked = around(problem, answer, widths);
  const SearchResult result = optimize(asked, Solver::kBounds);
  Json points = Json::array();
  for (const int width : widths) {
    const Prediction* const best =
        best_of(result, [width](const Config& config) { return config.gpus() == width; });
    if (best == nullptr) {
      points.push_back({{"ep_width", width}, {"layer_s", nullptr}});
      continue;
    }
    Json point = {{"ep_width", width}};
    point.update(choice_json(problem, best->config));
    point["layer_s"] = best->layer.base();
    point["stages"] = stages_json(*best);
    points.push_back(std::move(point));
  }
  return points;
}

Json map_json(const Problem& problem, const Config& answer) {
  const std::vector<int> tokens = batches(batch_of(problem, answer), kFewPoints);
  const std::vector<int> widths = widths_of(problem);
  Json rows = Json::array();
  Problem asked = around(problem, answer, widths);
  for (const int each : tokens) {
    set_batch(asked, each);
    const SearchResult result = optimize(asked, Solver::kBounds);
    Json row = Json::array();
    for (const int width : widths) {
      const Prediction* const best =
          best_of(result, [width](const Config& config) { return config.gpus() == width; });
      if (best == nullptr) {
        row.push_back(nullptr);
        continue;
      }
      Json cell = choice_json(problem, best->config);
      cell["layer_s"] = best->layer.base();
      row.push_back(std::move(cell));
    }
    rows.push_back(std::move(row));
  }
  return {{"tokens", tokens}, {"ep_widths", widths}, {"cells", std::move(rows)}};
}

Json schedule_json(const Problem& problem, const Config& answer) {
  constexpr int kLayers = 2;  // how one runs into the next
  const Problem laid = placed(problem, answer);
  Timeline timeline;
  timeline.layers = std::min(kLayers, problem.workload.model.moe_layers);
  timeline.tasks = tasks_of(laid, answer, timeline.layers);
  timeline.spans = simulate(timeline.tasks.tasks);
  return trace_json(laid, predict(laid, answer), timeline);
}

Json charts_json(const Problem& problem, const Config& answer) {
  return {{"curves", curves_json(problem, answer)},
          {"messages", messages_json(problem, answer)},
          {"widths", widths_json(problem, answer)},
          {"schedule", schedule_json(problem, answer)}};
}

}  // namespace wideep
