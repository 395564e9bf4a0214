#include <doctest/doctest.h>

#include "model/attention.h"
#include "model/projections.h"

namespace wideep::compressed_test {
namespace {

using doctest::Approx;

/// DeepSeek-V4-Pro's, of which all layers are of one kind.
LayerShape shape_of(double picked_share, double pooled_share) {
  LayerShape shape;
  shape.hidden_size = shape.model_hidden_size = 7168;
  shape.kv_element = Bytes(1.0);
  CompressedShape& kind = shape.compressed.emplace();
  kind = {.heads = 128,
          .head_dim = 512,
          .rope_dim = 64,
          .q_lora_rank = 1536,
          .output_groups = 16,
          .output_rank = 1024,
          .window = 128};
  kind.picked_ratio = 4;
  kind.picked = 1024;
  kind.index_heads = 64;
  kind.index_dim = 128;
  kind.pooled_ratio = 128;
  kind.picked_share = picked_share;
  kind.pooled_share = pooled_share;
  return shape;
}

/// 1 PFLOP/s, all of which is reached, and 1 TB/s.
Gpu gpu() {
  Gpu gpu;
  gpu.hbm_bandwidth = BytesPerSecond(1e12);
  gpu.bf16_rate = FlopPerSecond(1e15);
  return gpu;
}

double context_us(const LayerShape& shape, const Gpu& gpu, const Attending& attending) {
  return context_time(shape, gpu, attending) / unit::us;
}

TEST_SUITE("model/compressed attention") {
  TEST_CASE("weights, by hand") {
    // q_a 11.010 M, q_b 100.663 M, kv 3.670 M, o_a 67.109 M, o_b 117.441 M: 299.893 M with the
    // window alone; a compressor of 7.340 M, or one of 14.680 M with an indexer of 12.583 + 3.670 +
    // 0.459 M.
    const double window =
        7168 * 1536.0 + 1536 * 65536.0 + 7168 * 512.0 + 65536 * 1024.0 + 16384 * 7168.0;
    CHECK(attention_weights(shape_of(0, 0)) == window);
    CHECK(attention_weights(shape_of(0, 1)) == window + 2 * 7168 * 512.0);
    CHECK(attention_weights(shape_of(1, 0)) ==
          window + 4 * 7168 * 512.0 + 1536 * 8192.0 + 4 * 7168 * 128.0 + 7168 * 64.0);
  }

  TEST_CASE("a token attends to the window and the entries of its kind of layer") {
    const Attending decode{Phase::kDecode, 65'536};
    Gpu fast = gpu();
    fast.hbm_bandwidth = BytesPerSecond(1e18);
    // 2 * 2 * 128 * 512 = 262,144 FLOP an entry: 128 of the window, 512 pooled ones, 1,024 picked
    // ones, for which 16,384 keys are looked at with 2 * 64 * 128 = 16,384 FLOP each.
    CHECK(context_us(shape_of(0, 0), fast, decode) == Approx(1e-3 * 128 * 0.262144));
    CHECK(context_us(shape_of(0, 1), fast, decode) == Approx(1e-3 * (128 + 512) * 0.262144));
    const double picked = (128 + 1024) * 0.262144 + 16'384 * 0.016384;
    CHECK(context_us(shape_of(1, 0), fast, decode) == Approx(1e-3 * picked));
    CHECK(context_us(shape_of(0.5, 0.25), fast, decode) ==
          Approx(1e-3 * (128 * 0.262144 + 0.5 * (1024 * 0.262144 + 16'384 * 0.016384) +
                         0.25 * 512 * 0.262144)));
    // As long as there are no more entries than are picked, all are.
    CHECK(context_us(shape_of(1, 0), fast, {Phase::kDecode, 2'048}) ==
          Approx(1e-3 * ((128 + 512) * 0.262144 + 512 * 0.016384)));
    // Within the window nothing reaches further back.
    CHECK(context_us(shape_of(0, 0), fast, {Phase::kDecode, 64}) == Approx(1e-3 * 64 * 0.262144));
  }

  TEST_CASE("a prompt's tokens have half of it before them") {
    // Windows: 128 - 128^2 / (2 * 4096) = 126; entries: half of 4,096 / 128.
    const Attending prefill{Phase::kPrefill, 4'096};
    CHECK(context_us(shape_of(0, 1), gpu(), prefill) == Approx(1e-3 * (126 + 16) * 0.262144));
  }

  TEST_CASE("entries in fp8 take 584 B, and keys 132 B") {
    Gpu slow = gpu();
    slow.bf16_rate = FlopPerSecond(1e20);
    const Attending decode{Phase::kDecode, 65'536};
    CHECK(context_us(shape_of(0, 1), slow, decode) == Approx(1e-6 * (128 + 512) * 584));
    CHECK(context_us(shape_of(1, 0), slow, decode) ==
          Approx(1e-6 * ((128 + 1024) * 584 + 16'384 * 132)));
    LayerShape wide = shape_of(0, 1);
    wide.kv_element = Bytes(2.0);
    CHECK(context_us(wide, slow, decode) == Approx(1e-6 * (128 + 512) * 1024));
  }

  TEST_CASE("what a sequence keeps, by hand") {
    // 584 B an entry and 132 B a key for 4 tokens, 584 B for 128; the window; 8 * 2 * 1,024 and
    // 8 * 2 * 256, or 128 * 2 * 512, sums of 4 B.
    const double context = 65'536;
    const auto kept = [&](const LayerShape& shape) {
      return cached_bytes(shape, context) / Bytes(1.0);
    };
    CHECK(kept(shape_of(0, 0)) == 128 * 584.0);
    CHECK(kept(shape_of(0, 1)) == 128 * 584.0 + 512 * 584.0 + 524'288);
    CHECK(kept(shape_of(1, 0)) == 128 * 584.0 + 16'384 * 716.0 + 65'536 + 16'384);
    // As published: 5,511 B a token of DeepSeek-V4-Pro, of 30 and 31 layers.
    const LayerShape pro = shape_of(30.0 / 61, 31.0 / 61);
    const double each = 61 * (cached_bytes(pro, 2e6) - cached_bytes(pro, 1e6)) / Bytes(1.0) / 1e6;
    CHECK(each == Approx(5'511).epsilon(1e-3));
  }

  TEST_CASE("figures of their own: rate, indexer, launches") {
    const Attending decode{Phase::kDecode, 65'536};
    Gpu own = gpu();
    own.hbm_bandwidth = BytesPerSecond(1e18);
    own.fp8_rate = FlopPerSecond(2e15);
    own.decode.launch = 50.0 * unit::us;
    own.decode.context.fp8_efficiency = 0.5;
    CHECK_FALSE(attends_in_fp8(shape_of(1, 0), own, Phase::kDecode));
    ContextFigures& figures = own.decode.compressed.emplace();
    figures.efficiency = 0.5;
    figures.index_efficiency = 0.25;
    figures.launch = 60.0 * unit::us;
    figures.index_launch = 8.0 * unit::us;
    CHECK(context_us(shape_of(1, 0), own, decode) ==
          Approx(1e-3 * ((128 + 1024) * 0.262144 / 0.5 + 16'384 * 0.016384 / (2 * 0.25))));
    const LayerShape half = shape_of(0.5, 0.5);
    CHECK(dense_work(half, own, decode).core.fixed / unit::us == Approx(64.0));
    figures.fp8_efficiency = 1.0;
    CHECK(attends_in_fp8(shape_of(1, 0), own, Phase::kDecode));
  }
}

}  // namespace
}  // namespace wideep::compressed_test
