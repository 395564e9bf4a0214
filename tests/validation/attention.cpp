// Attention of a layer with its projections, by published tables.
#include <array>
#include <map>
#include <string>

#include <fmt/format.h>

#include "outcome.h"
#include "published.h"

namespace wideep::validation {
namespace {

struct TimedGpu {
  const char* name;
  const char* table;
  const char* fabric;
};
constexpr std::array<TimedGpu, 4> kLatent = {{{"H100", "h100_sxm", "h100-ib400"},
                                              {"H200", "h200_sxm", "h200-ib400"},
                                              {"B200", "b200_sxm", "b200-ib400"},
                                              {"GB200", "gb200", "gb200-nvl72"}}};
constexpr std::array<TimedGpu, 4> kSparse = {{{"H200", "h200_sxm", "h200-ib400"},
                                              {"B200", "b200_sxm", "b200-ib400"},
                                              {"GB200", "gb200", "gb200-nvl72"},
                                              {"GB300", "gb300", "gb300-nvl72"}}};

/// DeepSeek-V3's, as `fit attention` chooses its rows.
void latent_tables(Chapter& chapter) {
  for (const TimedGpu& gpu : kLatent) {
    for (const bool prefill : {false, true}) {
      const char* const phase = prefill ? "prefill" : "decode";
      Outcome outcome{.source = "AIConfigurator 095f58a, SGLang 0.5.10",
                      .settings = fmt::format("{}, {}", gpu.name, phase),
                      .fitted = true};
      std::map<std::string, Seconds> fastest;  // of the engines' kernels, as fit takes them
      std::map<std::string, Row> points;
      for (const Row& row : published(fmt::format("attention/mla_{}.{}.csv", phase, gpu.table))) {
        const int prompts = whole(row, "isl");
        // As `fit attention` chooses: below, launches decide (docs/measuring.md#attention).
        const bool small = prefill ? prompts < 128 || prompts * whole(row, "batch_size") < 1'024
                                   : whole(row, "batch_size") < 8;
        if (whole(row, "num_heads") != 128 || small) continue;
        const std::string key = row.at("batch_size") + " " + row.at("isl");
        const auto [at, is_new] = points.try_emplace(key, row);
        if (!is_new && number(row, "latency") < number(at->second, "latency")) at->second = row;
      }
      for (const auto& [key, row] : points) {
        const Problem problem = problem_on(gpu.fabric,
                                           {"model.shared_intermediate_size=0",
                                            "model.attention_dtype=bf16",  // as its kernels did
                                            "context=" + row.at("isl"),
                                            fmt::format("phase={}", phase)});
        const double batch = number(row, "batch_size");
        const double tokens = prefill ? batch * number(row, "isl") : batch;
        outcome.errors.add(problem.workload.figures.dense.time(tokens) / unit::ms,
                           number(row, "latency"));
      }
      chapter.outcomes.push_back(outcome);
    }
  }
}

/// Kinds of layers that are timed alone: what a mean layer is made of then.
struct SparseTable {
  const char* table;
  const char* model;   ///< preset
  const char* timed;   ///< part of the table's name for it
  const char* layers;  ///< all of this kind; empty: as the preset has them
};
constexpr std::array<SparseTable, 6> kSparseTables = {
    {{"dsa_decode", "deepseek-v3.2", "DeepSeek-V3.2", ""},
     {"dsa_decode", "glm-5", "GLM-5-FP8", ""},
     {"dsv4_csa_decode", "deepseek-v4-pro", "DeepSeek-V4-Pro", "picked"},
     {"dsv4_hca_decode", "deepseek-v4-pro", "DeepSeek-V4-Pro", "pooled"},
     {"dsv4_csa_decode", "deepseek-v4-flash", "DeepSeek-V4-Flash", "picked"},
     {"dsv4_hca_decode", "deepseek-v4-flash", "DeepSeek-V4-Flash", "pooled"}}};

/// Whether a row counts: with CUDA graphs, enough sequences, and not where dummy weights give all
/// positions one score, between which the table's kernel picks up to 90 us longer than between
/// others.
bool counts(const Row& row, const SparseTable& table) {
  constexpr int kLeast = 8;
  constexpr int kInGraphs = 256;
  constexpr int kLongRows = 65'536;
  const int batch = whole(row, "batch");
  const int context = whole(row, "kv_len");
  if (whole(row, "tp") != 1 || batch < kLeast || batch > kInGraphs) return false;
  if (row.at("model").find(table.timed) != 0) return false;
  if (row.count("skip_indexer") > 0 && row.at("skip_indexer") != "0") return false;
  if (row.at("kv_cache_dtype").find("fp8") != 0) return false;
  if (std::string(table.layers) != "picked") return true;
  const int entries = std::string(table.model) == "deepseek-v4-pro" ? 4'096 : 2'048;
  return context <= entries || context > kLongRows + 1;
}

std::vector<std::string> settings_of(const SparseTable& table, int context) {
  std::vector<std::string> set = {fmt::format("model={}", table.model),
                                  "model.shared_intermediate_size=0",
                                  "model.dense_weight_dtype=fp8",
                                  "model.kv_dtype=fp8",
                                  "gpu.memory=null",
                                  fmt::format("context={}", context)};
  if (*table.layers == '\0') return set;
  const bool picked = std::string(table.layers) == "picked";
  const int layers = std::string(table.model) == "deepseek-v4-pro" ? 61 : 43;
  set.push_back(fmt::format("model.attention.picked_layers={}", picked ? layers : 0));
  set.push_back(fmt::format("model.attention.pooled_layers={}", picked ? 0 : layers));
  return set;
}

void sparse_tables(Chapter& chapter) {
  for (const SparseTable& table : kSparseTables) {
    for (const TimedGpu& gpu : kSparse) {
      Outcome outcome{.source = "AIConfigurator 095f58a, SGLang 0.5.14",
                      .settings = fmt::format("{}, {}{}{}, decode",
                                              gpu.name,
                                              table.timed,
                                              *table.layers == '\0' ? "" : ", layers ",
                                              table.layers)};
      std::map<int, DenseParts> by_context;
      for (const Row& row : published(fmt::format("attention/{}.{}.csv", table.table, gpu.table))) {
        if (!counts(row, table)) continue;
        const int context = whole(row, "kv_len");
        auto at = by_context.find(context);
        if (at == by_context.end()) {
          const Problem problem = problem_on(gpu.fabric, settings_of(table, context));
          at = by_context.emplace(context, problem.workload.figures.dense).first;
        }
        outcome.errors.add(at->second.time(whole(row, "batch")) / unit::us,
                           number(row, "latency_us"));
      }
      chapter.outcomes.push_back(outcome);
    }
  }
}

}  // namespace

Chapter attention() {
  constexpr double kTolerance = 0.10;
  Chapter chapter{.title = "Attention",
                  .about =
                      "Attention of a layer with its projections: latent, with 128 heads; and that "
                      "of layers whose positions an indexer picks or whose cache is compressed, "
                      "with CUDA graphs.",
                  .outcomes = {},
                  .tolerance = kTolerance};
  latent_tables(chapter);
  sparse_tables(chapter);
  return chapter;
}

}  // namespace wideep::validation
