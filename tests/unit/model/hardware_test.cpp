#include "model/hardware.h"

#include <doctest/doctest.h>

#include "model/attention.h"
#include "support/deepseek_layer.h"
#include "support/round_gpu.h"

namespace wideep::hardware_test {
namespace {

using doctest::Approx;

LayerShape shape() {
  LayerShape s;
  s.hidden_size = s.model_hidden_size = 1000;
  s.expert_size = 500;
  s.weights = s.dense_weights = WeightType::kFp8;
  return s;
}

TEST_SUITE("model/hardware") {
  TEST_CASE("experts: three matrices read and multiplied") {
    // 3 * 1000 * 500 = 1.5 M weights: 1.5 MB at 0.5 TB/s = 3 us; 3 MFLOP at 50 TFLOP/s = 60 ns.
    const ExpertFigures figures = expert_figures(shape(), round_gpu());
    CHECK(figures.launch / unit::us == Approx(7.0));
    CHECK(figures.weight_read / unit::us == Approx(3.0));
    CHECK(figures.per_token / unit::us == Approx(0.06));
    CHECK(figures.fixed / unit::us == Approx(0.6));  // as 10 tokens more
    // bf16 is twice the bytes at half the rate; 4-bit weights compute at bf16 where there is no
    // fp4.
    LayerShape s = shape();
    s.weights = WeightType::kBf16;
    CHECK(expert_figures(s, round_gpu()).weight_read / unit::us == Approx(6.0));
    CHECK(expert_figures(s, round_gpu()).per_token / unit::us == Approx(0.12));
    s.weights = WeightType::kNvfp4;
    CHECK(expert_figures(s, round_gpu()).weight_read / unit::us == Approx(3.0 * 0.5625));
    CHECK(expert_figures(s, round_gpu()).per_token / unit::us == Approx(0.12));
  }

  TEST_CASE("experts compute at the rate of their type, or in bf16 where the GPU has none") {
    Gpu gpu = round_gpu();
    gpu.fp4_rate = FlopPerSecond(400e12);
    const auto per_token = [&](WeightType weights) {
      LayerShape s = shape();
      s.weights = weights;
      return expert_figures(s, gpu).per_token / unit::us;
    };
    // 3 MFLOP at a quarter of 400 TFLOP/s; int4 is unpacked to bf16, a quarter of 100 TFLOP/s.
    CHECK(per_token(WeightType::kNvfp4) == Approx(0.03));
    // MXFP4 beside activations in FP8.
    CHECK(per_token(WeightType::kMxfp4) == Approx(0.06));
    CHECK(per_token(WeightType::kInt4) == Approx(0.12));
    gpu.fp8_rate.reset();
    CHECK(per_token(WeightType::kFp8) == Approx(0.12));
  }

  TEST_CASE("latent attention with and without a compressed query") {
    LayerShape s = shape();
    s.mla = MlaShape{.heads = 8,
                     .q_lora_rank = 0,
                     .kv_lora_rank = 100,
                     .rope_dim = 20,
                     .nope_dim = 30,
                     .v_dim = 40};
    // Query 1000 * 8 * 50, keys and values 1000 * 120 and 100 * 8 * 70, output 1000 * 8 * 40.
    CHECK(attention_weights(s) == Approx(400e3 + 120e3 + 56e3 + 320e3));
    s.mla->q_lora_rank = 50;  // query (1000 + 8 * 50) * 50
    CHECK(attention_weights(s) == Approx(70e3 + 120e3 + 56e3 + 320e3));
  }

  TEST_CASE("grouped-query attention at decode reads its cache and weights") {
    LayerShape s = shape();
    s.gqa = GqaShape{.heads = 8, .kv_heads = 2, .head_dim = 100};
    // Q and O 1000 x 800, K and V 1000 x 200: 2 M weights, 4 us; 4 MFLOP at 100 TFLOP/s = 0.04 us.
    CHECK(attention_weights(s) == Approx(2e6));
    const DenseWork decode = dense_work(s, round_gpu(), {Phase::kDecode, 1000}).sum();
    CHECK(decode.fixed / unit::us == Approx(3.0));
    CHECK(decode.weight_read / unit::us == Approx(4.0));
    CHECK(decode.compute_per_token / unit::us == Approx(0.04));
    // 1000 positions of 2 * 2 * 100 * 2 B = 0.8 MB at 0.5 TB/s = 1.6 us; 3.2 MFLOP at 10 TFLOP/s =
    // 0.32 us: the cache is slower.
    CHECK(decode.per_token / unit::us == Approx(1.6));
    CHECK(decode.time(200) / unit::us == Approx(3.0 + 8.0 + 320.0));
    CHECK(decode.time(10) / unit::us == Approx(3.0 + 4.0 + 16.0));
    // Prefill: half the context on average, arithmetic only: 1.6 MFLOP at 40 TFLOP/s.
    const DenseWork prefill = dense_work(s, round_gpu(), {Phase::kPrefill, 1000}).sum();
    CHECK(prefill.fixed / unit::us == Approx(9.0));
    CHECK(prefill.per_token / unit::us == Approx(0.04));
  }

  TEST_CASE("latent attention: the weights of DeepSeek-V3 and its small cache") {
    const LayerShape s = deepseek_layer();
    // q 7168*1536 + 1536*128*192, kv 7168*576, up 512*128*256, o 128*128*7168 = 187.1 M.
    CHECK(attention_weights(s) == Approx(187.1e6).epsilon(1e-3));
    // 128 heads * (2 * 512 + 64) * 2 = 278,528 FLOP a position at 10 TFLOP/s; 576 B are faster.
    const DenseWork decode = dense_work(s, round_gpu(), {Phase::kDecode, 1000}).sum();
    CHECK(decode.per_token / unit::us == Approx(27.8528));
    // Prefill multiplies keys and values out: 128 * (128 + 64 + 128) * 2 = 81,920 FLOP, half of it.
    const DenseWork prefill = dense_work(s, round_gpu(), {Phase::kPrefill, 1000}).sum();
    CHECK(prefill.per_token / unit::us == Approx(0.5 * 81.92 / 40.0));
  }

  TEST_CASE("shared experts are dense work, what nobody described costs nothing") {
    LayerShape s = shape();
    CHECK(dense_work(s, round_gpu(), {Phase::kDecode, 100}).sum().weight_read == Seconds(0.0));
    s.shared_size = 500;
    CHECK(dense_work(s, round_gpu(), {Phase::kDecode, 100}).sum().weight_read / unit::us ==
          Approx(3.0));
    CHECK(dense_work(s, round_gpu(), {Phase::kDecode, 100}).sum().per_token == Seconds(0.0));
  }

  TEST_CASE("more context, larger experts and slower memory are never faster") {
    LayerShape s = shape();
    s.gqa = GqaShape{.heads = 8, .kv_heads = 8, .head_dim = 64};
    Gpu slow = round_gpu();
    slow.hbm_efficiency = 0.4;
    for (const Phase phase : {Phase::kDecode, Phase::kPrefill}) {
      const Seconds now = dense_work(s, round_gpu(), {phase, 1000}).sum().time(50);
      CHECK(dense_work(s, round_gpu(), {phase, 2000}).sum().time(50) > now);
      CHECK(dense_work(s, slow, {phase, 1000}).sum().time(50) >= now);
    }
    LayerShape larger = s;
    larger.expert_size = 1000;
    CHECK(expert_figures(larger, round_gpu()).weight_read >
          expert_figures(s, round_gpu()).weight_read);
  }
}

}  // namespace
}  // namespace wideep::hardware_test
