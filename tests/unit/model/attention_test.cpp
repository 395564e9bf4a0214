#include "model/attention.h"

#include <doctest/doctest.h>

#include "model/projections.h"
#include "support/deepseek_layer.h"

namespace wideep::attention_test {
namespace {

/// Qwen3-235B's.
LayerShape qwen() {
  LayerShape shape;
  shape.hidden_size = shape.model_hidden_size = 4096;
  shape.gqa = GqaShape{.heads = 64, .kv_heads = 4, .head_dim = 128};
  return shape;
}

/// 4 TB/s of 5 are reached, 1 and 2 PFLOP/s.
Gpu gpu() {
  Gpu gpu;
  gpu.hbm_bandwidth = BytesPerSecond(5e12);
  gpu.hbm_efficiency = 0.8;
  gpu.bf16_rate = FlopPerSecond(1e15);
  gpu.fp8_rate = FlopPerSecond(2e15);
  return gpu;
}

double per_token(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  return dense_work(shape, gpu, attending).sum().per_token.base() * 1e9;
}

TEST_SUITE("model/attention") {
  TEST_CASE("activations of a token, by hand") {
    // MLA at decode: 2 D + 2 r_q + r_kv + rope + h (nope + rope) + h (r_kv + rope) before, and
    // h r_kv + h v + 3 D after attention proper, in elements.
    const Projections decode = mean_projections(deepseek_layer(), Phase::kDecode);
    CHECK(decode.before.activations == 2 * 7168 + 2 * 1536 + 576 + 128 * 192 + 128 * 576);
    CHECK(decode.after.activations == 128 * 512 + 128 * 128 + 3 * 7168);
    // At prefill keys and values are multiplied out instead.
    const Projections prefill = mean_projections(deepseek_layer(), Phase::kPrefill);
    CHECK(prefill.before.activations ==
          2 * 7168 + 2 * 1536 + 576 + 128 * 192 + 128 * 192 + 128 * 128);
    CHECK(prefill.after.activations == 128 * 128 + 3 * 7168);
    const Projections grouped = mean_projections(qwen(), Phase::kDecode);
    CHECK(grouped.before.activations == 2 * 4096 + 64 * 128 + 2 * 4 * 128);
    CHECK(grouped.after.activations == 64 * 128 + 3 * 4096);
  }

  TEST_CASE("activations go through memory as often as the GPU says, and not at 0") {
    Gpu once = gpu();
    once.decode.activation_passes = 1.0;
    const Attending attending{Phase::kDecode, 1};
    const auto projections = [&](const LayerShape& shape, const Gpu& gpu) {
      return dense_work(shape, gpu, attending).sum().compute_per_token.base() * 1e9;
    };
    const double none = projections(deepseek_layer(), gpu());
    // 2 FLOP for each of 187,105,280 weights at 2 PFLOP/s; 878,848 B at 4 TB/s are 219.7 ns.
    CHECK(none == doctest::Approx(187.10528));
    CHECK(projections(deepseek_layer(), once) - none == doctest::Approx(219.712));
    once.decode.activation_passes = 3.0;
    CHECK(projections(deepseek_layer(), once) - none == doctest::Approx(3 * 219.712));
    CHECK(dense_work(deepseek_layer(), once, {Phase::kPrefill, 1}).sum() ==
          dense_work(deepseek_layer(), gpu(), {Phase::kPrefill, 1}).sum());
    // The MLP of a layer has its own: three times its size.
    LayerShape shared = deepseek_layer();
    shared.shared_size = 2048;
    once.decode.activation_passes = 1.0;
    const Seconds mlp = dense_work(shared, once, attending).shared.compute_per_token -
                        dense_work(shared, gpu(), attending).shared.compute_per_token;
    CHECK(mlp.base() * 1e9 == doctest::Approx(4 * 3 * 2048 / 4e3));
  }

  TEST_CASE("attention proper computes in the type of the cache where the GPU has a figure") {
    const Attending attending{Phase::kDecode, 1000};
    Gpu both = gpu();
    both.decode.context.efficiency = 0.5;
    CHECK_FALSE(attends_in_fp8(deepseek_layer(), both, Phase::kDecode));
    // 278.528 MFLOP at 0.5 PFLOP/s
    CHECK(per_token(deepseek_layer(), both, attending) == doctest::Approx(557.056));
    both.decode.context.fp8_efficiency = 0.4;
    CHECK(attends_in_fp8(deepseek_layer(), both, Phase::kDecode));
    CHECK_FALSE(attends_in_fp8(deepseek_layer(), both, Phase::kPrefill));
    // at 0.8 PFLOP/s
    CHECK(per_token(deepseek_layer(), both, attending) == doctest::Approx(348.16));
    LayerShape stated = deepseek_layer();
    stated.attends_in_fp8 = false;
    CHECK(per_token(stated, both, attending) == doctest::Approx(557.056));
    LayerShape wide = deepseek_layer();
    wide.kv_element = Bytes(2.0);
    CHECK_FALSE(attends_in_fp8(wide, both, Phase::kDecode));
    wide.attends_in_fp8 = true;
    CHECK(per_token(wide, both, attending) == doctest::Approx(348.16));
    // Picked positions are dequantized.
    LayerShape sparse = deepseek_layer();
    sparse.reach.sparse_tokens = 2048;
    CHECK_FALSE(attends_in_fp8(sparse, both, Phase::kDecode));
    both.fp8_rate = std::nullopt;
    CHECK_FALSE(attends_in_fp8(deepseek_layer(), both, Phase::kDecode));
  }

  TEST_CASE("caches are read at a share of their own, by type and kind of attention") {
    const Attending attending{Phase::kDecode, 1000};
    Gpu fast = gpu();
    fast.bf16_rate = fast.fp8_rate.emplace() = FlopPerSecond(1e18);
    // 576 kB at 4 TB/s; 2,048 kB of four heads in bf16
    CHECK(per_token(deepseek_layer(), fast, attending) == doctest::Approx(144.0));
    CHECK(per_token(qwen(), fast, attending) == doctest::Approx(512.0));
    fast.decode.context.cache_efficiency = 0.4;
    CHECK(per_token(deepseek_layer(), fast, attending) == doctest::Approx(288.0));
    fast.decode.context.fp8_cache_efficiency = 0.2;
    CHECK(per_token(deepseek_layer(), fast, attending) == doctest::Approx(576.0));
    CHECK(per_token(qwen(), fast, attending) == doctest::Approx(1024.0));
    fast.decode.gqa = ContextFigures{.cache_efficiency = 0.8};
    CHECK(per_token(deepseek_layer(), fast, attending) == doctest::Approx(576.0));
    CHECK(per_token(qwen(), fast, attending) == doctest::Approx(512.0));
    // Tokens of one sequence share one reading.
    CHECK(per_token(deepseek_layer(), fast, {Phase::kDecode, 1000, 4}) == doctest::Approx(144.0));
  }
}

}  // namespace
}  // namespace wideep::attention_test
