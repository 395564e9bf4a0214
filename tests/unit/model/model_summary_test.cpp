#include "model/model_summary.h"

#include <doctest/doctest.h>

namespace wideep::model_summary_test {
namespace {

ModelSummary deepseek() {
  ModelSummary s;
  s.experts = 256;
  s.top_k = 8;
  s.moe_layers = 58;
  s.layers = 61;
  s.attention = ModelSummary::Attention::kMla;
  s.attention_layers = 61;
  s.weights = WeightType::kFp8;
  s.parameters = 671e9;
  return s;
}

TEST_SUITE("model/model_summary") {
  TEST_CASE("parameters in millions below a billion, whole from a hundred billions on") {
    CHECK(describe_parameters(504.5e6) == "504.5 M");
    CHECK(describe_parameters(999e6) == "999 M");
    CHECK(describe_parameters(1e9) == "1 B");
    CHECK(describe_parameters(30.53e9) == "30.53 B");
    CHECK(describe_parameters(99.54e9) == "99.54 B");
    CHECK(describe_parameters(100e9) == "100 B");
    CHECK(describe_parameters(1041.2e9) == "1,041 B");
  }

  TEST_CASE("what is known of a model, in a line") {
    CHECK(describe(deepseek()) == "8 of 256 experts, 58 of 61 layers MoE, MLA, fp8 weights, 671 B");
    CHECK(describe({}) == "top 1, attention not known");
    ModelSummary s;
    s.attention = ModelSummary::Attention::kGqa;
    s.moe_layers = 3;  // of how many nobody said
    CHECK(describe(s) == "top 1, GQA");
  }

  TEST_CASE("attention that layers share out is counted by kind") {
    ModelSummary s = deepseek();
    const auto attention = [&] { return describe(s).substr(sizeof("8 of 256 experts")); };
    s.moe_layers.reset();
    s.weights.reset();
    s.parameters.reset();
    CHECK(attention() == " MLA");
    s.windowed_layers = 30;
    s.window = 4096;
    CHECK(attention() == " MLA in 61 + 30 with a window of 4,096");
    s.linear_layers = 5;
    CHECK(attention() == " MLA in 61 + 30 with a window of 4,096 + 5 linear");
    s.windowed_layers = 0;
    CHECK(attention() == " MLA in 61 + 5 linear");
    s.attention_layers.reset();
    CHECK(attention() == " MLA + 5 linear");
  }

  TEST_CASE("weights of one type are told once") {
    ModelSummary s;
    const auto weights = [&] { return describe(s).substr(sizeof("top 1, attention not known")); };
    s.weights = WeightType::kNvfp4;
    CHECK(weights() == " nvfp4 weights");
    s.dense_weights = WeightType::kNvfp4;
    s.attention_weights = WeightType::kNvfp4;
    CHECK(weights() == " nvfp4 weights");
    s.attention_weights = WeightType::kBf16;
    CHECK(weights() == " nvfp4 experts, nvfp4 dense weights, bf16 attention");
    s.dense_weights = WeightType::kBf16;
    CHECK(weights() == " nvfp4 experts and bf16 dense weights");
    s.attention_weights.reset();  // as the other dense weights
    CHECK(weights() == " nvfp4 experts and bf16 dense weights");
    s.attention_weights = WeightType::kFp8;
    CHECK(weights() == " nvfp4 experts, bf16 dense weights, fp8 attention");
  }
}

}  // namespace
}  // namespace wideep::model_summary_test
