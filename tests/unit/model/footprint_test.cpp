#include "model/footprint.h"

#include <doctest/doctest.h>

#include "support/deepseek_layer.h"

namespace wideep::footprint_test {
namespace {

using doctest::Approx;

constexpr Attending kDecodeOf4096{.phase = Phase::kDecode, .context = 4096};

/// DeepSeek-V3: fp8, its cache in fp8 too.
StackShape deepseek_v3() {
  StackShape model;
  model.layer = deepseek_layer();
  model.layer.expert_size = model.layer.shared_size = 2048;
  model.experts = 256;
  model.moe_layers = 58;
  model.dense_layers = 3;
  model.dense_size = 18'432;
  model.vocabulary = 129'280;
  return model;
}

/// gpt-oss-120b: every second layer attends to 128 tokens only.
StackShape gpt_oss() {
  StackShape model;
  LayerShape& layer = model.layer;
  layer.hidden_size = layer.model_hidden_size = layer.expert_size = 2880;
  layer.weights = WeightType::kMxfp4;
  layer.dense_weights = WeightType::kBf16;
  layer.gqa = GqaShape{.heads = 64, .kv_heads = 8, .head_dim = 64};
  layer.reach.window_share = 0.5;
  layer.reach.window = 128;
  model.experts = 128;
  model.moe_layers = 36;
  model.vocabulary = 201'088;
  return model;
}

/// Round numbers: 10 experts of 50 on 100 values, 2 layers, no attention.
StackShape small() {
  StackShape model;
  model.layer.hidden_size = model.layer.model_hidden_size = 100;
  model.layer.expert_size = 50;
  model.experts = 10;
  model.moe_layers = 2;
  return model;
}

double sequence_of(const StackShape& model, int context) {
  const Attending attending{.phase = Phase::kDecode, .context = context};
  return footprint_of(model, attending).sequence.value() / unit::B;
}

TEST_SUITE("model/footprint") {
  TEST_CASE("the weights of DeepSeek-V3, by hand and as published") {
    const Footprint f = footprint_of(deepseek_v3(), kDecodeOf4096);
    // An expert has 3 * 7168 * 2048 = 44,040,192 weights, in 58 layers, a byte each.
    CHECK(f.slot == Bytes(3.0 * 7168 * 2048 * 58));
    CHECK(f.slot == Bytes(2'554'331'136.0));
    // Attention 187,105,280 in 61 layers, shared experts 44,040,192 in 58, three dense MLPs of
    // 396,361,728, a byte each; 58 gates of 7168 x 256 in bf16.
    CHECK(attention_weights(deepseek_v3().layer) == 187'105'280.0);
    CHECK(f.replicated == Bytes(61 * 187'105'280.0 + 58 * 44'040'192.0 + 3 * 396'361'728.0 +
                                2 * 58 * 7168.0 * 256));
    CHECK(f.replicated == Bytes(15'369'699'328.0));
    CHECK(f.embeddings == Bytes(2 * 2 * 7168.0 * 129'280));
    // 653.909 + 15.370 + 3.707 GB = 672.985 GB: 671.03 G weights, gates and embeddings twice.
    const Bytes whole = 256 * f.slot + f.replicated + f.embeddings;
    CHECK(whole == Bytes(672'985'186'304.0));
    const double published = 671e9;
    CHECK(whole / unit::B == Approx(published).epsilon(0.01));
    const double twice = 58 * 7168.0 * 256 + 2 * 7168.0 * 129'280;
    CHECK(whole / unit::B - twice == 671'025'397'760.0);
  }

  TEST_CASE("latent attention keeps 576 B of a token in each of 61 layers") {
    CHECK(sequence_of(deepseek_v3(), 1) == Approx(61 * (512 + 64)));
    CHECK(sequence_of(deepseek_v3(), 4096) == Approx(143'917'056.0));
    StackShape bf16 = deepseek_v3();
    bf16.layer.kv_element = Bytes(2.0);
    CHECK(sequence_of(bf16, 4096) == Approx(2 * 143'917'056.0));
  }

  TEST_CASE("activations of a token: the residual stream, and attention or the widest MLP") {
    // Decode: 128 heads of 2 * 512 + 64 are 139,264 elements, above 3 * 18,432 of the dense MLP.
    const Footprint decode = footprint_of(deepseek_v3(), kDecodeOf4096);
    CHECK(decode.per_token == Bytes(2 * 7168.0 * 2 + 139'264.0 * 2));
    // Prefill: 128 heads of 2 * 192 + 2 * 128.
    const Footprint prefill = footprint_of(deepseek_v3(), Attending{Phase::kPrefill, 4096});
    CHECK(prefill.per_token == Bytes(2 * 7168.0 * 2 + 81'920.0 * 2));
    // A wider MLP than attention: 3 * 60,000 elements.
    StackShape wide = deepseek_v3();
    wide.dense_size = 60'000;
    CHECK(footprint_of(wide, kDecodeOf4096).per_token == Bytes(2 * 7168.0 * 2 + 180'000.0 * 2));
    // A routed one: 7168 + 2048 received, twice 2048 and 7168 in bf16.
    CHECK(decode.per_routed == Bytes(9'216.0 + 2 * 11'264.0));
    StackShape bf16 = deepseek_v3();
    bf16.wire_element = Bytes(2.0);
    CHECK(footprint_of(bf16, kDecodeOf4096).per_routed == Bytes(2 * 9'216.0 + 2 * 11'264.0));
    CHECK(decode.logits == Bytes(4.0 * 129'280));
  }

  TEST_CASE("grouped queries: both key and value of each key head") {
    StackShape model = gpt_oss();
    model.layer.reach = {};
    // 36 layers * 2 * 8 heads * 64 * 2 B = 73,728 B a token.
    CHECK(sequence_of(model, 1000) == Approx(73'728'000.0));
    // Queries and output 64 heads, keys and values 8 each, of 64: 9,216 elements.
    const Footprint f = footprint_of(model, kDecodeOf4096);
    CHECK(f.per_token == Bytes(2 * 2880.0 * 2 + 9'216.0 * 2));
  }

  TEST_CASE("a layer with a window keeps no more than that") {
    // A position of a layer is 2048 B: 18 layers of 4096 of them, 18 of 128.
    CHECK(sequence_of(gpt_oss(), 4096) == Approx(150'994'944.0 + 4'718'592.0));
    CHECK(sequence_of(gpt_oss(), 128) == Approx(36 * 128 * 2048.0));
    CHECK(sequence_of(gpt_oss(), 100) == Approx(36 * 100 * 2048.0));
    // 4.25 bits a weight: 3 * 2880 * 2880 * 36 * 17/32 B.
    CHECK(footprint_of(gpt_oss(), kDecodeOf4096).slot == Bytes(475'891'200.0));
  }

  TEST_CASE("a linear layer keeps its state, whatever the context") {
    // As Qwen3-Next: 12 of 48 layers with 2 key heads of 256 in bf16, 36 with 2096 KiB.
    StackShape model = small();
    model.moe_layers = 48;
    model.layer.gqa = GqaShape{.heads = 16, .kv_heads = 2, .head_dim = 256};
    model.layer.reach.linear_share = 0.75;
    model.layer.reach.linear_state = Bytes(2096.0 * 1024);
    CHECK(sequence_of(model, 4096) == Approx(100'663'296.0 + 77'266'944.0));
    CHECK(sequence_of(model, 1) == Approx(12 * 2048.0 + 77'266'944.0));
    model.layer.reach.linear_share = 1.0;
    CHECK(sequence_of(model, 4096) == sequence_of(model, 1));
  }

  TEST_CASE("an indexer keeps a key in fp8 and its scale beside the cache") {
    // As DeepSeek-V3.2: 512 + 16 + 128 B (FlashMLA: 656), and 128 + 4 of the key, a token and
    // layer, however few are picked.
    StackShape model = deepseek_v3();
    model.layer.reach.sparse_tokens = 2048;
    model.layer.reach.index_heads = 64;
    model.layer.reach.index_dim = 128;
    CHECK(sequence_of(model, 4096) == Approx(61 * 788 * 4096.0));
    CHECK(sequence_of(model, 100) == Approx(61 * 788 * 100.0));
    model.layer.reach.sparse_tokens = 0;
    CHECK(sequence_of(model, 4096) == sequence_of(deepseek_v3(), 4096));
  }

  TEST_CASE("a drafting layer is one more MoE layer, and no more embeddings") {
    StackShape drafting = deepseek_v3();
    drafting.draft_layers = 1;
    const Footprint without = footprint_of(deepseek_v3(), kDecodeOf4096);
    const Footprint with = footprint_of(drafting, kDecodeOf4096);
    CHECK(with.slot - without.slot == Bytes(44'040'192.0));
    // Attention, shared experts and the gate of a layer.
    CHECK(with.replicated - without.replicated ==
          Bytes(187'105'280.0 + 44'040'192.0 + 2 * 7168.0 * 256));
    CHECK(with.embeddings == without.embeddings);
    CHECK(sequence_of(drafting, 4096) == Approx(62 * 576 * 4096.0));
  }

  TEST_CASE("latent experts need projections to and from them, in bf16") {
    CHECK(footprint_of(small(), {}).slot == Bytes(3.0 * 100 * 50 * 2));
    CHECK(footprint_of(small(), {}).replicated == Bytes(2 * 100.0 * 10 * 2));  // gates
    StackShape latent = small();
    latent.layer.model_hidden_size = 200;
    CHECK(footprint_of(latent, {}).slot == footprint_of(small(), {}).slot);
    // In each of 2 layers a gate of 200 x 10 and two projections of 200 x 100.
    CHECK(footprint_of(latent, {}).replicated == Bytes(2 * (2'000.0 + 40'000.0) * 2));
    CHECK(footprint_of(latent, {}).per_routed == footprint_of(small(), {}).per_routed);
    CHECK(footprint_of(latent, {}).per_token == Bytes(2 * 200.0 * 2));
  }

  TEST_CASE("an expert without a gate has two matrices") {
    StackShape model = small();
    model.layer.expert_matrices = 2;
    CHECK(footprint_of(model, {}).slot == Bytes(2.0 * 100 * 50 * 2));
    CHECK(footprint_of(model, {}).replicated == footprint_of(small(), {}).replicated);
  }

  TEST_CASE("weights of experts and of the rest may be of two types") {
    StackShape model = small();
    model.layer.shared_size = 40;
    model.layer.weights = WeightType::kNvfp4;
    model.layer.dense_weights = WeightType::kBf16;
    CHECK(footprint_of(model, {}).slot == Bytes(30'000.0 * 0.5625));
    // Shared experts of 3 * 100 * 40 in 2 layers and gates, all in bf16.
    CHECK(footprint_of(model, {}).replicated == Bytes((24'000.0 + 2'000.0) * 2));
  }

  TEST_CASE("attention may be of a third type, MLPs without a gate, the head tied") {
    StackShape model = small();
    model.layer.shared_size = 40;
    model.layer.mlp_matrices = 2;
    model.layer.gqa = GqaShape{.heads = 4, .kv_heads = 1, .head_dim = 10};
    model.layer.weights = WeightType::kInt4Group128;
    model.layer.dense_weights = WeightType::kFp8;
    model.layer.attention_weights = WeightType::kBf16;
    model.vocabulary = 7;
    // 2 layers: attention 100 * 10 * (8 + 2), shared experts 2 * 100 * 40, gates of 100 * 10.
    CHECK(footprint_of(model, {}).replicated == Bytes(2 * (10'000.0 * 2 + 8'000.0 + 1'000.0 * 2)));
    CHECK(footprint_of(model, {}).slot == Bytes(30'000.0 * 0.515625));
    CHECK(footprint_of(model, {}).embeddings == Bytes(2 * 700.0 * 2));
    model.tied_embeddings = true;
    CHECK(footprint_of(model, {}).embeddings == Bytes(700.0 * 2));
    CHECK(weights_of(model).total() == 300'000 + 20'000 + 16'000 + 2'000 + 700);
    CHECK(stored_bytes(model) == Bytes(300'000 * 0.515625 + 40'000 + 16'000 + 4'000 + 1'400));
  }

  TEST_CASE("attention in layers of its own counts by its share of the others") {
    StackShape model = small();
    model.layer.gqa = GqaShape{.heads = 4, .kv_heads = 1, .head_dim = 10};
    // Beside 2 layers with experts 1 that attends, 3 with a state and 1 with a window.
    model.layer.reach = {.full_share = 0.5,
                         .window_share = 0.5,
                         .window = 8,
                         .window_gqa = GqaShape{.heads = 2, .kv_heads = 2, .head_dim = 10},
                         .linear_share = 1.5,
                         .linear_state = Bytes(500.0),
                         .linear_weights = 60.0};
    // 100 * 10 * (8 + 2) + 100 * 10 * (4 + 4) + 3 * 60.
    CHECK(weights_of(model).attention == 10'000 + 8'000 + 180);
    // 100 tokens of 2 * 10 * 2 B, 8 of twice that, 3 states.
    CHECK(sequence_of(model, 100) == 100 * 40 + 8 * 80 + 3 * 500);
    model.layer.reach.linear_weights = 0.0;  // as the layer that attends
    CHECK(weights_of(model).attention == 10'000 + 8'000 + 30'000);
  }

  TEST_CASE("without a context or attention no cache is known, and the rest is") {
    CHECK_FALSE(footprint_of(deepseek_v3(), {}).sequence);
    CHECK_FALSE(footprint_of(small(), kDecodeOf4096).sequence);
    CHECK(footprint_of(deepseek_v3(), {}).slot == footprint_of(deepseek_v3(), kDecodeOf4096).slot);
    CHECK(footprint_of(small(), {}).embeddings == Bytes(0.0));  // no vocabulary is known
    CHECK(footprint_of(small(), {}).logits == Bytes(0.0));
  }
}

}  // namespace
}  // namespace wideep::footprint_test
