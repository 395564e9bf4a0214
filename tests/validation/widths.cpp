// EP widths that people tuned, by load, beside those of the model.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "outcome.h"
#include "published.h"
#include "search/optimize.h"

namespace wideep::validation {
namespace {

/// A recipe's decode side on NVL72.
struct Recipe {
  const char* fabric;
  std::string model;
  bool four_bits = false;
  int ep_width = 1;
  int context = 1;
  int drafted = 0;
  double requests = 1.0;  ///< per GPU
};

std::optional<std::string> preset_of(const std::string& model) {
  const std::vector<std::pair<std::string, std::string>> names = {
      {"DeepSeek-R1", "deepseek-r1"},
      {"deepseek-r1", "deepseek-r1"},
      {"Kimi-K2.5", "kimi-k2.5"},
      {"GLM-5", "glm-5"},
      {"Qwen3.5-397B", "qwen3.5-397b-a17b"}};
  for (const auto& [part, preset] : names) {
    if (model.find(part) != std::string::npos) return preset;
  }
  return std::nullopt;  // attention of the others cannot be said
}

std::vector<Recipe> recipes() {
  std::vector<Recipe> all;
  for (const Row& row : published("outcomes/tuned_widths.csv")) {
    const std::string& runner = row.at("runner");
    const auto model = preset_of(row.at("model"));
    const bool nvl = runner.starts_with("gb200") || runner.starts_with("gb300");
    // Attention data parallel over all ranks is what this program's width means.
    if (!nvl || !model || row.at("d_dpattn") != "True" || row.at("conc").empty()) continue;
    const int width = whole(row, "d_ep");
    const int workers = whole(row, "d_workers");
    if (width < 4 || workers < 1) continue;
    for (const double load : loads_of(row.at("conc"))) {
      all.push_back({.fabric = runner.starts_with("gb200") ? "gb200-nvl72" : "gb300-nvl72",
                     .model = *model,
                     .four_bits = row.at("precision") == "fp4",
                     .ep_width = width,
                     .context = whole(row, "isl") + whole(row, "osl") / 2,
                     .drafted = row.at("spec") == "mtp" ? 1 : 0,
                     .requests = std::max(1.0, load / (workers * width))});
    }
  }
  return all;
}

/// The shortest layer at every width at that load per GPU.
std::map<int, Seconds> layer_by_width(const Recipe& recipe) {
  std::vector<std::string> set = {
      "model=" + recipe.model,
      fmt::format("model.weight_dtype={}", recipe.four_bits ? "nvfp4" : "fp8"),
      "model.dense_weight_dtype=fp8",
      fmt::format("dispatch_dtype={}", recipe.four_bits ? "nvfp4" : "fp8"),
      fmt::format("context={}", recipe.context),
      fmt::format("tokens_per_rank={}", static_cast<int>(recipe.requests) * (1 + recipe.drafted)),
      // What imbalance is left with replicas for EP 32 and 36, and less skew below; see
      // `Straggler`.
      "straggler_factor={zipf: 0.3, placement: balanced}",
      "search.overlap=[none]",
      "kernels.LL=null",
      "kernels.HT=null",
      "kernels.NVL=trtllm-two-sided-gb200",
      "search.ep_width=[4,8,16,32,64]"};
  if (recipe.drafted > 0) set.emplace_back("mtp={draft_tokens: 1, accepted: 0.8}");
  Problem problem = problem_on(recipe.fabric, set);
  std::map<int, Seconds> layers;
  for (const int width : std::vector<int>(problem.space.ep_widths)) {
    problem.space.ep_widths = {width};
    const SearchResult found = optimize(problem, Solver::kExhaustive);
    if (found.optimum) layers[width] = found.optimum->layer;
  }
  return layers;
}

struct Verdict {
  double requests = 1.0;
  int chosen = 1;
  int fastest = 1;
  int narrowest = 1;
  double excess = 0.0;
};

/// The width of the model that is nearest to one that people chose.
int nearest(const std::map<int, Seconds>& layers, int width) {
  int found = layers.begin()->first;
  for (const auto& [candidate, layer] : layers) {
    if (std::abs(candidate - width) < std::abs(found - width)) found = candidate;
  }
  return found;
}

std::optional<Verdict> verdict_of(const Recipe& recipe) {
  constexpr double kNear = 1.1;
  const std::map<int, Seconds> layers = layer_by_width(recipe);
  if (layers.empty()) return std::nullopt;
  const auto best =
      std::min_element(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
      });
  Verdict verdict{.requests = recipe.requests, .chosen = recipe.ep_width, .fastest = best->first};
  for (const auto& [width, layer] : layers) {
    if (layer > kNear * best->second) continue;
    verdict.narrowest = width;
    break;
  }
  verdict.excess = layers.at(nearest(layers, recipe.ep_width)) / best->second - 1.0;
  return verdict;
}

template <class T, class Of>
T median_of(const std::vector<Verdict>& verdicts, const Of& of) {
  std::vector<T> values;
  values.reserve(verdicts.size());
  for (const Verdict& verdict : verdicts) values.push_back(of(verdict));
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

std::vector<WidthsAtLoad> tuned_widths() {
  struct Load {
    const char* name;
    double up_to;
    std::vector<Verdict> verdicts;
  };
  std::array<Load, 5> loads = {{{"up to 8", 8.0, {}},
                                {"to 32", 32.0, {}},
                                {"to 128", 128.0, {}},
                                {"to 512", 512.0, {}},
                                {"above", 1e9, {}}}};
  for (const Recipe& recipe : recipes()) {
    const auto verdict = verdict_of(recipe);
    if (!verdict) continue;
    for (Load& load : loads) {
      if (recipe.requests > load.up_to) continue;
      load.verdicts.push_back(*verdict);
      break;
    }
  }
  std::vector<WidthsAtLoad> found;
  for (const Load& load : loads) {
    const auto& verdicts = load.verdicts;
    if (verdicts.empty()) continue;
    const auto [low, high] = std::minmax_element(
        verdicts.begin(), verdicts.end(), [](const Verdict& a, const Verdict& b) {
          return a.chosen < b.chosen;
        });
    found.push_back(
        {.load = load.name,
         .recipes = static_cast<int>(verdicts.size()),
         .chosen_low = low->chosen,
         .chosen_median = median_of<int>(verdicts, [](const Verdict& v) { return v.chosen; }),
         .chosen_high = high->chosen,
         .fastest_median = median_of<int>(verdicts, [](const Verdict& v) { return v.fastest; }),
         .narrowest_median = median_of<int>(verdicts, [](const Verdict& v) { return v.narrowest; }),
         .excess_median = median_of<double>(verdicts, [](const Verdict& v) { return v.excess; })});
  }
  return found;
}

}  // namespace wideep::validation
