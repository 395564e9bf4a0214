#include <array>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "input/read_problem.h"
#include "model/step.h"
#include "search/optimize.h"
#include "support/folder.h"
#include "support/skip.h"

namespace wideep::published_configs_test {
namespace {

using doctest::Approx;

/// A published config.json and what it must be read as.
struct Published {
  const char* file = "";
  double expert_bytes = 0.0;     ///< of all layers
  double cache_per_token = 0.0;  ///< at a context of 4096, states left out
  double parameters = 0.0;       ///< as the name says; 0: it does not
  int experts = 0;
  int top_k = 0;
};

/// 23 x 128 x 2 x 2688 x 1856 x 2 B; 58 x 256 x 3 x 7168 x 2048 x 0.5625 B; 60 x 384 of those.
constexpr std::array<Published, 9> kPublished = {
    {{"nvfp4_as_bf16/config.json", 367.9e9, 0.0, 671e9, 256, 8},
     {"int4_as_bf16/config.json", 570.8e9, 0.0, 1026e9, 384, 8},
     {"hybrid_pattern_nemotron_nano/config.json", 58.75e9, 6'144, 0.0, 128, 6},
     {"linear_layers_full_cache/granite-4.0-h-small-32b.json", 54.36e9, 16'384, 32e9, 72, 10},
     {"linear_layers_full_cache/mimo-v2-flash.json", 302.8e9, 26'160, 309e9, 256, 8},
     {"linear_layers_full_cache/minimax-m1-456b.json", 869.7e9, 40'960, 456e9, 32, 2},
     {"keys_not_known/ernie-4.5-21b-a3b.json", 40.77e9, 57'344, 21e9, 64, 6},
     {"keys_not_known/gemma-4-26b-a4b.json", 45.67e9, 0.0, 26e9, 128, 8},
     {"keys_not_known/dbrx-132b.json", 253.7e9, 163'840, 132e9, 16, 4}}};

std::string cases() {
  return std::string(WIDEEP_PUBLISHED_DIR) + "/../cases/";
}

/// Whether the published files lie beside the project, which does not hold them.
bool cases_there() {
  if (std::filesystem::exists(cases() + "README.md")) return true;
  skip_case("there is no " + cases());
  return false;
}

Workload read_config(const std::string& file, const std::vector<std::string>& set) {
  const Folder folder;
  const std::string path =
      folder.write("workload.yaml",
                   "model: " + std::filesystem::absolute(cases() + file).string() +
                       "\ntokens_per_rank: 64\nexpert_load: T*k\ncontext: 4096\n"
                       "dispatch_dtype: fp8\ncombine_dtype: bf16\nstraggler_factor: 1.1\n");
  return read_problem(ProblemFiles{path, "b200-ib400", std::nullopt, set}).workload;
}

TEST_SUITE("input/published_configs") {
  TEST_CASE("published configs are read as their models are") {
    if (!cases_there()) return;
    for (const Published& published : kPublished) {
      CAPTURE(published.file);
      const Workload w = read_config(published.file, {});
      CHECK(w.figures.read.experts == published.experts);
      CHECK(w.model.top_k == published.top_k);
      REQUIRE(w.figures.footprint);
      CHECK(published.experts * w.figures.footprint->slot / Bytes(1.0) ==
            Approx(published.expert_bytes).epsilon(1e-3));
      if (published.cache_per_token > 0.0) {
        CHECK(*w.figures.read.cache_per_token == Bytes(published.cache_per_token));
      }
      CHECK_FALSE(w.figures.read.mismatch);
      if (published.parameters == 0.0) continue;
      CHECK(*w.figures.read.parameters == Approx(published.parameters).epsilon(0.05));
    }
  }

  TEST_CASE("granite's shared expert and the state of its Mamba layers are counted") {
    if (!cases_there()) return;
    const Workload w = read_config("linear_layers_full_cache/granite-4.0-h-small-32b.json", {});
    // 36 layers of 8192 x 128 in 32 bits and 3 inputs of 8192 + 256 channels in bf16.
    CHECK(*w.figures.read.state == 36.0 * Bytes(8192 * 128 * 4.0 + 3 * 8448 * 2.0));
    // Shared experts 40 x 3 x 4096 x 1536 are 1.5 GB of it; 36 Mamba layers and 4 of attention.
    const Workload without = read_config("linear_layers_full_cache/granite-4.0-h-small-32b.json",
                                         {"shared_intermediate_size=0"});
    CHECK(w.figures.footprint->replicated - without.figures.footprint->replicated ==
          Bytes(40 * 3 * 4096.0 * 1536 * 2));
  }

  TEST_CASE("H20 decode on nodes with four NICs, as measured") {
    if (!cases_there()) return;
    const std::string path = cases() + "h20_decode/r1_ep16.yaml";
    const auto tpot = [&](const char* fabric) {
      const SearchResult result =
          optimize(read_problem(ProblemFiles{path, fabric, std::nullopt, {}}), Solver::kBounds);
      REQUIRE(result.optimum);
      return result.optimum->step.tpot / unit::ms;
    };
    // 72.4 ms between tokens (../shared/cases/README.md); eight NICs were taken for 96 ms before.
    constexpr double kMeasured = 72.4;
    CHECK(tpot("h20-4x-ib400") == Approx(kMeasured).epsilon(0.12));
    CHECK(tpot("h20-ib400") < tpot("h20-4x-ib400"));
  }

  TEST_CASE("a release in NVFP4 is fastest at EP 8 of B200") {
    if (!cases_there()) return;
    const Folder folder;
    const std::string path =
        folder.write("workload.yaml",
                     "model: " + std::filesystem::absolute(cases()).string() +
                         "nvfp4_as_bf16/config.json\ntokens_per_rank: 64\nexpert_load: T*k\n"
                         "context: 4096\ndispatch_dtype: fp8\ncombine_dtype: bf16\n"
                         "straggler_factor: 1.1\n");
    const Problem problem =
        read_problem(ProblemFiles{path,
                                  "b200-ib400",
                                  std::nullopt,
                                  {"search.kernel=LL", "search.overlap=[none, chunk, dbo]"}});
    const SearchResult result = optimize(problem, Solver::kBounds);
    REQUIRE(result.optimum);
    CHECK(result.optimum->config.ep_width == 8);
    CHECK(result.optimum->step.tpot / unit::ms == Approx(21.29 / kServingEfficiency).epsilon(2e-3));
  }
}

}  // namespace
}  // namespace wideep::published_configs_test
