#include "page/charts.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "model/placed.h"
#include "model/widths.h"
#include "model/words.h"
#include "report/timeline.h"
#include "search/optimize.h"

namespace wideep {
namespace {

constexpr std::size_t kCurvePoints = 33;
constexpr std::size_t kMapPoints = 17;

/// The batch that an answer is of, as the workload counts it.
int batch_of(const Problem& problem, const Config& answer) {
  if (const auto* const all = std::get_if<GlobalTokens>(&problem.workload.traffic.tokens)) {
    return all->tokens;
  }
  return answer.tokens;
}

/// The problem with that batch, of which every choice is kept however slow.
Problem at_batch(Problem problem, int tokens, const std::vector<int>& widths) {
  constexpr double kAnySlower = 1e9;
  Traffic& traffic = problem.workload.traffic;
  if (auto* const all = std::get_if<GlobalTokens>(&traffic.tokens)) {
    all->tokens = tokens;
  } else {
    std::get<TokensPerRank>(traffic.tokens).tokens = tokens;
  }
  traffic.choice.reset();
  problem.space.ep_widths = widths;
  problem.space.tolerance = kAnySlower;
  problem.space.objective = kLayerTime;
  problem.workload.slo = {};
  return problem;
}

/// Batches at equal ratios, to some times the one that is asked for; that one is among them.
std::vector<int> batches(int asked, std::size_t count) {
  constexpr double kTimes = 16.0;
  constexpr double kLeast = 1'024.0;
  const double most = std::max(kLeast, kTimes * asked);
  std::vector<int> found = {asked};
  for (std::size_t at = 0; at < count; ++at) {
    const double share = static_cast<double>(at) / static_cast<double>(count - 1);
    found.push_back(static_cast<int>(std::lround(std::pow(most, share))));
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<int> widths_of(const Problem& problem) {
  return problem.space.ep_widths.empty() ? candidate_widths(problem) : problem.space.ep_widths;
}

/// The best of those for which `counts` holds; null: none.
const Prediction* best_of(const SearchResult& result,
                          const std::function<bool(const Config&)>& counts) {
  const Prediction* best = nullptr;
  for (const Prediction& one : result.within_tolerance) {
    if (counts(one.config) && (best == nullptr || one.layer < best->layer)) best = &one;
  }
  return best;
}

Json seconds_or_null(const Prediction* found) {
  return found == nullptr ? Json(nullptr) : Json(found->layer.base());
}

Json choice_json(const Problem& problem, const Config& config) {
  return {{"kernel", problem.fabric.kernels[config.kernel].name},
          {"overlap", name_of(config.overlap)}};
}

}  // namespace

Json curves_json(const Problem& problem, const Config& answer) {
  const std::vector<int> tokens = batches(batch_of(problem, answer), kCurvePoints);
  std::vector<SearchResult> found;
  found.reserve(tokens.size());
  for (const int each : tokens) {
    found.push_back(optimize(at_batch(problem, each, {answer.ep_width}), Solver::kBounds));
  }
  Json series = Json::array();
  Json messages = Json::array();
  for (const std::size_t kernel : problem.space.kernels) {
    Json bytes = Json::array();
    Json seconds = Json::array();
    for (const Overlap overlap : problem.space.overlaps) {
      Json layer = Json::array();
      bool any = false;
      for (const SearchResult& result : found) {
        const Prediction* const best = best_of(result, [&](const Config& config) {
          return config.kernel == kernel && config.overlap == overlap;
        });
        any = any || best != nullptr;
        layer.push_back(seconds_or_null(best));
        if (best == nullptr || overlap != Overlap::kNone) continue;
        bytes.push_back(best->dispatch_volume.base());
        seconds.push_back(best->comm.base());
      }
      Config of{.kernel = kernel, .overlap = overlap};
      Json one = choice_json(problem, of);
      one["layer_s"] = std::move(layer);
      if (any) series.push_back(std::move(one));
    }
    if (bytes.empty()) continue;
    messages.push_back({{"kernel", problem.fabric.kernels[kernel].name},
                        {"shot_bytes", std::move(bytes)},
                        {"comm_s", std::move(seconds)}});
  }
  return {{"ep_width", answer.ep_width},
          {"tokens", tokens},
          {"series", std::move(series)},
          {"messages", std::move(messages)}};
}

Json widths_json(const Problem& problem, const Config& answer) {
  const std::vector<int> widths = widths_of(problem);
  const Problem asked = at_batch(problem, batch_of(problem, answer), widths);
  const SearchResult result = optimize(asked, Solver::kBounds);
  Json points = Json::array();
  for (const int width : widths) {
    const Prediction* const best =
        best_of(result, [width](const Config& config) { return config.ep_width == width; });
    if (best == nullptr) {
      points.push_back({{"ep_width", width}, {"layer_s", nullptr}});
      continue;
    }
    Json point = {{"ep_width", width}};
    point.update(choice_json(problem, best->config));
    point["layer_s"] = best->layer.base();
    point["attention_s"] = (best->attention + best->launches).base();
    point["dispatch_s"] = best->dispatch.base();
    point["experts_s"] = best->expert.base();
    point["combine_s"] = best->combine.base();
    point["hidden_s"] = std::max(0.0, (best->no_overlap - best->layer).base());
    points.push_back(std::move(point));
  }
  return points;
}

Json map_json(const Problem& problem, const Config& answer) {
  const std::vector<int> tokens = batches(batch_of(problem, answer), kMapPoints);
  const std::vector<int> widths = widths_of(problem);
  Json rows = Json::array();
  for (const int each : tokens) {
    const SearchResult result = optimize(at_batch(problem, each, widths), Solver::kBounds);
    Json row = Json::array();
    for (const int width : widths) {
      const Prediction* const best =
          best_of(result, [width](const Config& config) { return config.ep_width == width; });
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

}  // namespace wideep
