#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "input/diagnostic.h"
#include "model/context.h"
#include "model/model_summary.h"
#include "support/preset_problem.h"

namespace wideep::read_compressed_test {
namespace {

Problem flash(std::vector<std::string> set) {
  set.insert(set.begin(), "model=deepseek-v4-flash");
  return deepseek_on("h200-ib400", set);
}

/// Whether reading is refused for that reason.
bool refuses(const std::vector<std::string>& set, const std::string& reason) {
  try {
    flash(set);
  } catch (const InputError& error) {
    return std::string(error.what()).find(": error: " + reason + "\n") != std::string::npos;
  }
  return false;
}

TEST_SUITE("input/compressed attention") {
  TEST_CASE("layers that compress are at most all of them") {
    CHECK_NOTHROW(flash({"model.attention.picked_layers=23"}));
    CHECK(refuses({"model.attention.picked_layers=24"},
                  "'picked_layers' and 'pooled_layers' are 44, more than the 43 layers"));
    CHECK(refuses({"model.attention.pooled_layers=23"},
                  "'picked_layers' and 'pooled_layers' are 44, more than the 43 layers"));
  }

  TEST_CASE("of each kind of layers all keys or none") {
    for (const char* key : {"picked_ratio", "picked", "index_heads", "index_dim"}) {
      CHECK(refuses({"model.attention." + std::string(key) + "=null"},
                    "missing key 'model.attention." + std::string(key) + "'"));
    }
    CHECK(refuses({"model.attention.pooled_ratio=null"},
                  "missing key 'model.attention.pooled_ratio'"));
    CHECK(refuses({"model.attention.window=null"}, "missing key 'model.attention.window'"));
    CHECK(refuses({"model.attention.rope_dim=513"},
                  "'attention.rope_dim' is a part of 'attention.head_dim'"));
  }

  TEST_CASE("what was read says which layers compress and which have the window alone") {
    const ModelSummary read = flash({}).workload.figures.read;
    CHECK(read.attention_layers == 41);
    CHECK(read.windowed_layers == 2);
    CHECK(read.window == 128);
    CHECK(describe(read).find("compressed attention in 41 + 2 with a window of 128") !=
          std::string::npos);
    const ModelSummary all = flash({"model.attention.picked_layers=23"}).workload.figures.read;
    CHECK(all.windowed_layers == 0);
    CHECK(describe(all).find("compressed attention, ") != std::string::npos);
  }

  TEST_CASE("a kind of attention is computed in fp8 only where its own figures say so") {
    const auto in_fp8 = [](const std::string& model, const std::vector<std::string>& more) {
      std::vector<std::string> set{"model=" + model, "model.kv_dtype=fp8"};
      set.insert(set.end(), more.begin(), more.end());
      const Problem problem = deepseek_on("h200-ib400", set);
      return attends_in_fp8(
          layer_shape(problem.workload.model.shape), *problem.fabric.gpu, Phase::kDecode);
    };
    CHECK(in_fp8("deepseek-v3", {}));
    CHECK_FALSE(in_fp8("qwen3-235b-a22b", {}));
    CHECK(in_fp8("qwen3-235b-a22b", {"gpu.attention.decode.gqa.fp8_context_efficiency=40%"}));
    CHECK_FALSE(in_fp8("deepseek-v3.2", {}));
    CHECK(in_fp8("deepseek-v3.2", {"gpu.attention.decode.sparse.fp8_context_efficiency=40%"}));
    CHECK_FALSE(in_fp8("deepseek-v4-flash", {}));
    CHECK(in_fp8("deepseek-v4-flash", {"model.attention_dtype=fp8"}));
  }
}

}  // namespace
}  // namespace wideep::read_compressed_test
