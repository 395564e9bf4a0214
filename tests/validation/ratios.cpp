// Prefill against decode of published deployments, beside what is planned for the same requests.
#include "ratios.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "input/read_plan.h"
#include "plan/relax.h"
#include "units/format_quantity.h"

namespace wideep::validation {
namespace {

/// Below this share of its time a request mostly waits: the load is beyond the deployment.
constexpr double kMostlyDecodes = 0.7;

const char* fabric_of(const std::string& system) {
  static const std::map<std::string, const char*> known = {{"h100_sxm", "h100-ib400"},
                                                           {"h200_sxm", "h200-ib400"},
                                                           {"b200_sxm", "b200-ib400"},
                                                           {"b300_sxm", "b300-ib800"},
                                                           {"gb200", "gb200-nvl72"},
                                                           {"gb300", "gb300-nvl72"}};
  return known.at(system);
}

/// 1 where the table has no number.
int stated_or_one(const Row& row, const std::string& column) {
  return row.at(column).empty() ? 1 : whole(row, column);
}

int gpus_of(const Row& row, const std::string& role) {
  return stated_or_one(row, role + "_tp_size") * stated_or_one(row, role + "_attention_dp_size") *
         stated_or_one(row, role + "_pp_size");
}

Split split_of(const Row& row) {
  return {.prefills = stated_or_one(row, "prefill_num_workers"),
          .prefill_gpus = gpus_of(row, "prefill"),
          .decodes = stated_or_one(row, "decode_num_workers"),
          .decode_gpus = gpus_of(row, "decode")};
}

struct Asked {
  std::string model;  ///< "deepseek-r1", a preset
  std::string system;
  std::string engine;
  std::string precision;
  int prompt = 0;
  int answer = 0;
};

Asked asked_of(const Row& row) {
  const bool kimi = row.at("model").find("Kimi") != std::string::npos;
  return {.model = kimi ? "kimi-k2.5" : "deepseek-r1",
          .system = row.at("system"),
          .engine = row.at("backend"),
          .precision = row.at("precision"),
          .prompt = whole(row, "isl"),
          .answer = whole(row, "osl")};
}

PlanQuestion question(const Asked& asked, const std::vector<std::string>& more) {
  const bool four_bits = asked.precision == "fp4";
  std::vector<std::string> set = {
      "model=" + asked.model,
      "engine=" + asked.engine,
      "straggler_factor={zipf: 0.614}",
      fmt::format("dispatch_dtype={}", four_bits ? "nvfp4" : "fp8"),
      fmt::format("traffic={{input_tokens: {}, output_tokens: {}}}", asked.prompt, asked.answer),
      "slo=null",
      "search=null",
      "roles=disaggregated"};
  if (four_bits && asked.model == "deepseek-r1") {
    set.insert(set.end(), {"model.weight_dtype=nvfp4", "model.dense_weight_dtype=fp8"});
  }
  set.insert(set.end(), more.begin(), more.end());
  return read_plan({.workload = WIDEEP_SOURCE_DIR "/configs/deepseek-r1-plan-gb200-nvl72.yaml",
                    .fabric = fabric_of(asked.system),
                    .search = {},
                    .set = set});
}

std::optional<Split> split_of(const PlanResult& result) {
  if (!result.best) return std::nullopt;
  const Plan& plan = *result.best;
  return Split{.prefills = plan.prefill->count,
               .prefill_gpus = plan.prefill->instance->gpus(),
               .decodes = plan.decode.count,
               .decode_gpus = plan.decode.instance->gpus()};
}

std::string name_of(const Asked& asked) {
  return fmt::format("{} {}, {}, {}, {} to {}",
                     asked.model,
                     asked.precision,
                     asked.system.substr(0, asked.system.find('_')),
                     asked.engine,
                     format_count(asked.prompt),
                     format_count(asked.answer));
}

double decoding_share(const Row& row) {
  const double decoding = number(row, "tpot_ms") * number(row, "osl");
  return decoding / (decoding + number(row, "ttft_ms"));
}

bool is_told(const Row& row) {
  const bool known = row.at("model").find("DeepSeek-R1") != std::string::npos ||
                     row.at("model").find("DeepSeek-V3") != std::string::npos ||
                     row.at("model").find("Kimi-K2.5") != std::string::npos;
  return known && row.at("mode") == "disagg" && !row.at("config_id").empty() &&
         !row.at("prefill_num_workers").empty() &&
         row.at("flags").find("incomplete") == std::string::npos;
}

/// Of each deployment and lengths the busiest row that is not overloaded; else the least busy.
std::vector<Row> busiest() {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Row> best;
  const auto better = [](const Row& a, const Row& b) {
    const bool a_decodes = decoding_share(a) >= kMostlyDecodes;
    const bool b_decodes = decoding_share(b) >= kMostlyDecodes;
    if (a_decodes != b_decodes) return a_decodes;
    const int a_load = whole(a, "concurrency");
    const int b_load = whole(b, "concurrency");
    return a_decodes ? a_load > b_load : a_load < b_load;
  };
  for (const Row& row : published("outcomes/whole_deployments.csv")) {
    if (!is_told(row)) continue;
    const std::tuple key{row.at("system"), row.at("config_id"), row.at("isl"), row.at("osl")};
    const auto [there, is_new] = best.emplace(key, row);
    if (!is_new && better(row, there->second)) there->second = row;
  }
  std::vector<Row> rows;
  rows.reserve(best.size());
  for (const auto& [key, row] : best) rows.push_back(row);
  return rows;
}

RatioRow planned_row(const Row& row) {
  const Asked asked = asked_of(row);
  const int concurrency = whole(row, "concurrency");
  const double tpot = number(row, "tpot_ms") * (1.0 + kServedError);
  const PlanQuestion plan = question(asked,
                                     {fmt::format("traffic.concurrency={}", concurrency),
                                      fmt::format("slo={{tpot: {}ms}}", tpot)});
  const PlanResult result = best_plan(plan);
  return {.name = name_of(asked),
          .concurrency = concurrency,
          .published = split_of(row),
          .planned = split_of(result),
          .why_not = result.best ? "" : "no decode step is that short by the model"};
}

/// Prefill workers of four GPUs for one decode worker.
struct LoadedRecipe {
  const char* model;
  const char* system;
  const char* engine;
  const char* precision;
  int concurrency;
  int prefills;
  int decode_width;
};
constexpr int kPrefillGpus = 4;
constexpr int kRecipePrompt = 8'192;
constexpr int kRecipeAnswer = 1'024;

constexpr std::array kRecipes = {
    LoadedRecipe{"deepseek-r1", "gb200", "trtllm", "fp4", 333, 2, 32},
    LoadedRecipe{"deepseek-r1", "gb200", "trtllm", "fp4", 1'229, 7, 32},
    LoadedRecipe{"deepseek-r1", "gb200", "trtllm", "fp4", 2'253, 8, 16},
    LoadedRecipe{"deepseek-r1", "gb200", "trtllm", "fp4", 4'096, 10, 16},
    LoadedRecipe{"deepseek-v4-pro", "gb300", "sglang", "fp8", 2'500, 10, 32},
    LoadedRecipe{"deepseek-v4-pro", "gb300", "sglang", "fp8", 3'000, 12, 24},
    LoadedRecipe{"deepseek-v4-pro", "gb300", "sglang", "fp8", 8'192, 14, 16},
    LoadedRecipe{"deepseek-v4-pro", "gb300", "sglang", "fp8", 12'000, 15, 12}};

RatioRow recipe_row(const LoadedRecipe& recipe) {
  const Asked asked{.model = recipe.model,
                    .system = recipe.system,
                    .engine = recipe.engine,
                    .precision = recipe.precision,
                    .prompt = kRecipePrompt,
                    .answer = kRecipeAnswer};
  const PlanQuestion plan =
      question(asked,
               {fmt::format("decode={{tokens_per_rank: {}, search: {{ep_width: {}}}}}",
                            recipe.concurrency / recipe.decode_width,
                            recipe.decode_width)});
  return {.name = name_of(asked),
          .concurrency = recipe.concurrency,
          .published = {recipe.prefills, kPrefillGpus, 1, recipe.decode_width},
          .planned = split_of(best_plan(plan)),
          .why_not = {}};
}

/// Its attention and experts as the search's keys have them.
std::string layout_of(const Row& row, const std::string& role) {
  const int ranks = stated_or_one(row, role + "_tp_size");
  const bool spread = stated_or_one(row, role + "_moe_tp_size") == 1;
  const char* const experts = ranks == 1 ? "ep" : spread ? "tep" : "tp";
  return fmt::format("{{search: {{ep_width: {}, attention: {}, experts: {}}}}}",
                     gpus_of(row, role),
                     ranks == 1 ? std::string("dp") : fmt::format("tp{}", ranks),
                     experts);
}

}  // namespace

std::string Split::name() const {
  return fmt::format("{} x {} : {} x {}", prefills, prefill_gpus, decodes, decode_gpus);
}

const std::vector<RatioRow>& served_ratios() {
  static const std::vector<RatioRow> rows = [] {
    std::vector<RatioRow> all;
    for (const Row& row : busiest()) all.push_back(planned_row(row));
    return all;
  }();
  return rows;
}

const std::vector<RatioRow>& recipe_ratios() {
  static const std::vector<RatioRow> rows = [] {
    std::vector<RatioRow> all;
    all.reserve(kRecipes.size());
    for (const LoadedRecipe& recipe : kRecipes) all.push_back(recipe_row(recipe));
    return all;
  }();
  return rows;
}

Beaten beaten_deployments() {
  Beaten beaten;
  for (const Row& row : busiest()) {
    const std::vector<std::string> given = {fmt::format("gpus={}", split_of(row).gpus())};
    std::vector<std::string> theirs = given;
    theirs.push_back("prefill=" + layout_of(row, "prefill"));
    theirs.push_back("decode=" + layout_of(row, "decode"));
    const PlanResult kept = best_plan(question(asked_of(row), theirs));
    if (!kept.best) continue;
    const PlanResult free = best_plan(question(asked_of(row), given));
    const double gain = free.best ? free.best->rate / kept.best->rate : 0.0;
    constexpr double kMore = 1.01;
    beaten.least = beaten.asked == 0 ? gain : std::min(beaten.least, gain);
    ++beaten.asked;
    if (gain > kMore) ++beaten.beaten;
  }
  return beaten;
}

}  // namespace wideep::validation
