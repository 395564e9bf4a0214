#include <string>

#include <doctest/doctest.h>

#include "model/attention.h"
#include "support/model_file.h"

namespace wideep::huggingface_layers_test {
namespace {

using doctest::Approx;

/// A layer's pattern, sizes that are easily multiplied, and more keys.
std::string with(const std::string& keys) {
  return R"({"hidden_size": 1000, "num_experts_per_tok": 2, "num_experts": 8,
    "moe_intermediate_size": 10, "intermediate_size": 100, "num_attention_heads": 8,
    "num_key_value_heads": 2, "head_dim": 128, "vocab_size": 50, )" +
         keys + "}";
}

struct Counts {
  int moe = 0;
  int dense = 0;
  int full = 0;
  int windowed = 0;
  int linear = 0;

  friend bool operator==(const Counts&, const Counts&) = default;
};

Counts counts_of(const ModelShape& shape) {
  const AttentionLayers& layers = shape.attention_layers;
  return {shape.moe_layers.value_or(0),
          shape.dense_layers.value_or(0),
          layers.full.value_or(0),
          layers.windowed,
          layers.linear};
}

Counts counts_with(const std::string& keys) {
  return counts_of(shape_in(with(keys)));
}

/// The first doubt, and the first key that does without it.
std::string doubt_with(const std::string& keys) {
  const ReadShape shape = doubted_shape_in(with(keys));
  if (shape.doubts.empty()) return "none";
  const Doubt& first = shape.doubts.front();
  return first.message + (first.settled_by.empty() ? "" : " | " + std::string(first.settled_by[0]));
}

TEST_SUITE("input/huggingface_layers") {
  TEST_CASE("keys that mean one thing here and another there are doubted") {
    CHECK(doubt_with(R"("num_hidden_layers": 4, "is_moe_layer": [0, 1, 1, 1])") ==
          "'is_moe_layer': which layers have experts is not read of it | moe_layers");
    CHECK(doubt_with(R"("num_hidden_layers": 4, "shared_expert_num": 2)") ==
          "'shared_expert_num' is not read | shared_intermediate_size");
    CHECK(doubt_with(R"("num_hidden_layers": 4, "index_topk": 2048)") ==
          "'index_topk' goes with 'index_n_heads' and 'index_head_dim', which are not there | "
          "attention");
  }

  TEST_CASE("Hugging Face: layers without experts, vocabulary, drafting and the indexer") {
    const ReadShape s = shape_in(R"({"hidden_size": 7168, "num_experts_per_tok": 8,
      "n_routed_experts": 256, "num_hidden_layers": 61, "first_k_dense_replace": 3,
      "moe_layer_freq": 1, "intermediate_size": 18432, "moe_intermediate_size": 2048,
      "n_shared_experts": 1, "vocab_size": 129280, "num_nextn_predict_layers": 1,
      "num_attention_heads": 128, "q_lora_rank": 1536, "kv_lora_rank": 512,
      "qk_rope_head_dim": 64, "qk_nope_head_dim": 128, "v_head_dim": 128,
      "index_topk": 2048, "index_n_heads": 64, "index_head_dim": 128})");
    CHECK(s.moe_layers == 58);
    CHECK(s.dense_layers == 3);
    CHECK(s.dense_size == 18'432);
    CHECK(s.expert_size == 2048);
    CHECK(s.shared_size == 2048);
    CHECK(s.vocabulary == 129'280);
    CHECK(s.draft_layers == 1);
    CHECK(s.attention_layers.sparse_tokens == 2048);
    CHECK(s.attention_layers.index_heads == 64);
    CHECK(s.attention_layers.index_dim == 128);
    // 671.03e9, and indexers of 1536 * 64 * 128 + 7168 * (128 + 64) in each of 61 layers.
    CHECK(parameters(s) == Approx(671.03e9 + 61 * 13'959'168.0).epsilon(1e-4));
    CHECK(shape_in(R"({"hidden_size": 64, "num_experts_per_tok": 2, "num_experts": 8,
      "num_hidden_layers": 4, "mtp_num_hidden_layers": 2})")
              .draft_layers == 2);
  }

  TEST_CASE("Hugging Face: layer_types and sliding_window count the layers with a window") {
    const auto reach = [](const std::string& keys) {
      return shape_in(R"({"hidden_size": 2880, "num_experts_per_tok": 4, "num_local_experts": 128,
        "num_hidden_layers": 4, "intermediate_size": 2880, "num_attention_heads": 64,
        "num_key_value_heads": 8, "head_dim": 64)" +
                      keys + "}")
          .attention_layers;
    };
    const std::string types =
        R"(, "layer_types": ["sliding_attention", "full_attention", "sliding_attention",
        "sliding_attention"])";
    CHECK(reach(types + R"(, "sliding_window": 128)").windowed == 3);
    CHECK(reach(types + R"(, "sliding_window": 128)").window == 128);
    // Qwen gives a size that no layer has.
    CHECK(reach(R"(, "sliding_window": 128, "use_sliding_window": false)").windowed == 0);
    CHECK(reach("").sparse_tokens == 0);
  }

  TEST_CASE("Hugging Face: a model whose layers all have experts has no dense size") {
    const ReadShape s = shape_in(R"({"hidden_size": 4096, "num_experts_per_tok": 2,
      "num_local_experts": 8, "num_hidden_layers": 32, "intermediate_size": 14336,
      "vocab_size": 32000, "num_attention_heads": 32, "num_key_value_heads": 8})");
    CHECK(s.dense_layers.value_or(0) == 0);
    CHECK_FALSE(s.dense_size);
    CHECK_FALSE(s.draft_layers);
    CHECK(parameters(s) == Approx(46.7e9).epsilon(2e-3));  // Mixtral 8x7B
  }

  TEST_CASE("Hugging Face: Llama 4 names the size of its dense layers apart") {
    const ReadShape s = shape_in(R"({"text_config": {"hidden_size": 5120,
      "num_experts_per_tok": 1, "num_local_experts": 128, "num_hidden_layers": 48,
      "interleave_moe_layer_step": 2, "intermediate_size": 8192, "intermediate_size_mlp": 16384,
      "vocab_size": 202048, "num_attention_heads": 40, "num_key_value_heads": 8,
      "head_dim": 128}})");
    CHECK(s.moe_layers == 24);
    CHECK(s.dense_layers == 24);
    CHECK(s.expert_size == 8192);
    CHECK(s.dense_size == 16'384);
  }

  TEST_CASE("which layers have experts, in every spelling") {
    const std::string six = R"("num_hidden_layers": 6, )";
    CHECK(counts_with(six + R"("first_k_dense_replace": 2)") == Counts{4, 2, 6, 0, 0});
    CHECK(counts_with(six + R"("num_dense_layers": 2)") == Counts{4, 2, 6, 0, 0});
    CHECK(counts_with(six + R"("moe_layer_num_skipped": 1)") == Counts{5, 1, 6, 0, 0});
    CHECK(counts_with(six + R"("moe_layer_freq": 2)") == Counts{3, 3, 6, 0, 0});
    CHECK(counts_with(six + R"("moe_layer_freq": [0, 1, 1, 1, 1, 1])") == Counts{5, 1, 6, 0, 0});
    CHECK(counts_with(six + R"("decoder_sparse_step": 3)") == Counts{2, 4, 6, 0, 0});
    CHECK(counts_with(six + R"("mlp_only_layers": [0, 0, 5])") == Counts{4, 2, 6, 0, 0});
    CHECK(counts_with(six + R"("moe_layers": [1, 3, 5], "interleave_moe_layer_step": 1)") ==
          Counts{3, 3, 6, 0, 0});
    CHECK(counts_with(six + R"("moe_layers_enum": "2,3,4,5")") == Counts{4, 2, 6, 0, 0});
    CHECK(
        counts_with(
            six +
            R"("mlp_layer_types": ["dense", "sparse", "sparse", "sparse", "sparse", "sparse"])") ==
        Counts{5, 1, 6, 0, 0});
    // ERNIE: from the second to the fifth layer, every second: 1 and 3.
    CHECK(counts_with(six + R"("moe_layer_start_index": 1, "moe_layer_end_index": 4,
                              "moe_layer_interval": 2)") == Counts{2, 4, 6, 0, 0});
    // Jamba: every second from the second; attention in every third from the first.
    CHECK(counts_with(six + R"("expert_layer_period": 2, "expert_layer_offset": 1,
                              "attn_layer_period": 3, "attn_layer_offset": 0, "mamba_d_state": 16,
                              "mamba_dt_rank": 8, "mamba_d_conv": 4, "mamba_expand": 2)") ==
          Counts{3, 3, 2, 0, 4});
    CHECK(doubt_with(six + R"("moe_layer_freq": [0, 1])") ==
          "'moe_layer_freq' has 2 entries for 6 layers | moe_layers");
    CHECK(doubt_with(six + R"("moe_layers_enum": "2,9")") ==
          "'moe_layers_enum' must hold numbers of layers, from 0 to 5 | moe_layers");
    CHECK(doubt_with(six + R"("first_k_dense_replace": 6)") ==
          "these keys leave no layer with experts of 6 | moe_layers");
    CHECK(doubt_with(R"("first_k_dense_replace": 1)") ==
          "no key here says how many layers there are (num_hidden_layers, n_layers) | moe_layers");
  }

  TEST_CASE("layers that are one thing each: Nemotron-H") {
    const ReadShape s = shape_in(with(R"("hybrid_override_pattern": "MEM*E-ME",
      "mlp_hidden_act": "relu2", "mamba_num_heads": 4, "mamba_head_dim": 64, "ssm_state_size": 128,
      "n_groups": 2, "conv_kernel": 4, "n_shared_experts": 2,
      "moe_shared_expert_intermediate_size": 20)"));
    CHECK(counts_of(s) == Counts{3, 1, 1, 0, 3});
    CHECK(s.layers == 8);
    CHECK(s.expert_matrices == 2);
    CHECK(s.mlp_matrices == 2);
    CHECK(s.shared_size == 40);
    // 4 heads x 64 x 128 in 32 bits, 3 inputs of 256 + 2 x 2 x 128 = 768 channels in bf16.
    CHECK(s.attention_layers.linear_state == Bytes(131'072.0 + 4'608.0));
    // In 256 + 768 + 4 columns, out 256.
    CHECK(s.attention_layers.linear_weights == 1000.0 * (1'028 + 256));
    // Of the 4 blocks in the stack one attends: 2 x 2 x 128 x 2 B a token, and three keep a state.
    const LayerShape layer = layer_shape(s);
    CHECK(4.0 * cached_bytes(layer, 100) == 100.0 * Bytes(1'024.0) + 3.0 * Bytes(135'680.0));
    CHECK(doubt_with(R"("hybrid_override_pattern": "MEX*")") ==
          "'hybrid_override_pattern' has a layer 'X', which is none of M, E, * and - | moe_layers");
    CHECK(doubt_with(R"("hybrid_override_pattern": "ME*E", "num_hidden_layers": 5)") ==
          "the pattern has 4 layers, 'num_hidden_layers' 5 | moe_layers");
    CHECK(counts_with(R"("layers_block_type": ["mamba", "moe", "attention", "mlp"])") ==
          Counts{1, 1, 1, 0, 1});
  }

  TEST_CASE("which layers attend to what, in every spelling") {
    const std::string four = R"("num_hidden_layers": 4, )";
    const std::string delta = R"("linear_num_value_heads": 4, "linear_value_head_dim": 128,
      "linear_num_key_heads": 2, "linear_key_head_dim": 128, "linear_conv_kernel_dim": 4, )";
    CHECK(counts_with(four + delta + R"("full_attention_interval": 4)") == Counts{4, 0, 1, 0, 3});
    CHECK(counts_with(four + delta +
                      R"("layer_types": ["linear_attention", "full_attention", "linear_attention",
                         "full_attention"], "full_attention_interval": 4)") ==
          Counts{4, 0, 2, 0, 2});
    CHECK(counts_with(four + R"("attn_type_list": [0, 0, 0, 1])") == Counts{4, 0, 1, 0, 3});
    CHECK(counts_with(four + R"("hybrid_layer_pattern": [0, 1, 1, 1], "sliding_window": 128)") ==
          Counts{4, 0, 1, 3, 0});
    CHECK(counts_with(four + R"("sliding_window_pattern": 2, "sliding_window": 128)") ==
          Counts{4, 0, 2, 2, 0});
    CHECK(counts_with(four + R"("sliding_window_pattern": "LLLG", "sliding_window": 128)") ==
          Counts{4, 0, 1, 3, 0});
    CHECK(counts_with(four + R"("attention_chunk_size": 8192)") == Counts{4, 0, 1, 3, 0});
    CHECK(counts_with(four + R"("linear_attn_config": {"full_attn_layers": [4],
      "kda_layers": [1, 2, 3], "num_heads": 4, "head_dim": 128, "short_conv_kernel_size": 4})") ==
          Counts{4, 0, 1, 0, 3});
    CHECK(counts_with(four + R"("layer_types": ["conv", "conv", "full_attention", "conv"],
      "conv_L_cache": 3)") == Counts{4, 0, 1, 0, 3});
    CHECK(counts_with(four + R"("model_type": "mixtral", "sliding_window": 4096)") ==
          Counts{4, 0, 0, 4, 0});
    CHECK(counts_with(four + R"("layer_group_size": 3)") == Counts{4, 0, 2, 0, 2});
  }

  TEST_CASE("attention that is not understood is doubted by name") {
    const std::string two = R"("num_hidden_layers": 2, )";
    CHECK(doubt_with(two + R"("layer_types": ["full_attention", "hyena"])") ==
          "'layer_types' has a layer 'hyena', whose attention is not known here | attention");
    CHECK(doubt_with(two + R"("layer_types": ["full_attention"])") ==
          "'layer_types' has 1 entries for 2 layers | attention");
    CHECK(doubt_with(two + R"("sliding_window": 128)")
              .starts_with("'sliding_window' is given, but no key"));
    CHECK(doubt_with(two + R"("layer_types": ["full_attention", "sliding_attention"])") ==
          "1 layers attend to a window, but 'sliding_window' does not say how large | attention");
    CHECK(doubt_with(two + R"("compress_ratios": [4, 128])") ==
          "'compress_ratios': its layers compress the cache, which is not modelled | attention");
    CHECK(doubt_with(two + R"("mamba_d_state": 128)")
              .starts_with("'mamba_d_state' is a size of layers without a cache"));
    CHECK(doubt_with(two + R"("zero_expert_num": 256)").starts_with("'zero_expert_num'"));
    CHECK(doubt_with(two + R"("moe_topk": 3)") ==
          "'moe_topk' is 3, but 'num_experts_per_tok' is 2 | top_k");
    CHECK(doubt_with(two + R"("use_cla": false, "num_kv_shared_layers": 0)") == "none");
  }

  TEST_CASE("DeepSeek-V4: layers that compress their cache, drafting ones left out") {
    const std::string v4 = R"("num_hidden_layers": 6,
      "qk_rope_head_dim": 64, "q_lora_rank": 1024, "o_groups": 8,
      "o_lora_rank": 512, "sliding_window": 128, "num_nextn_predict_layers": 1, )";
    const std::string indexer =
        R"("index_topk": 512, "index_n_heads": 32, "index_head_dim": 128, )";
    const ReadShape shape =
        shape_in(with(v4 + indexer + R"("compress_ratios": [0, 128, 4, 128, 4, 128, 0])"));
    REQUIRE(shape.compressed);
    CHECK(shape.doubts.empty());
    CHECK_FALSE(shape.mla);
    CHECK_FALSE(shape.gqa);
    CHECK(shape.compressed->heads == 8);
    CHECK(shape.compressed->head_dim == 128);
    CHECK(shape.compressed->rope_dim == 64);
    CHECK(shape.compressed->output_groups == 8);
    CHECK(shape.compressed->output_rank == 512);
    CHECK(shape.compressed->window == 128);
    CHECK(shape.compressed->picked_layers == 2);
    CHECK(shape.compressed->picked == 512);
    CHECK(shape.compressed->index_heads == 32);
    CHECK(shape.compressed->pooled_layers == 3);
    // Other ratios, a list too short, or no indexer, is none of what is known.
    const char* const doubt =
        "'compress_ratios': its layers compress the cache, which is not modelled";
    for (const std::string& odd : {v4 + indexer + R"("compress_ratios": [0, 64, 4, 128, 4, 128])",
                                   v4 + indexer + R"("compress_ratios": [0, 128])",
                                   v4 + R"("compress_ratios": [0, 128, 4, 128, 4, 128])"}) {
      CHECK(doubt_with(odd).starts_with(doubt));
    }
  }

  TEST_CASE("states of linear layers") {
    const auto state = [](const std::string& keys) {
      return shape_in(with(R"("num_hidden_layers": 2, )" + keys)).attention_layers.linear_state;
    };
    // Qwen3-Next: 32 heads x 128 x 128 in 32 bits, 3 inputs of 8192 channels in bf16.
    CHECK(state(R"("full_attention_interval": 2, "linear_num_value_heads": 32,
      "linear_value_head_dim": 128, "linear_num_key_heads": 16, "linear_key_head_dim": 128,
      "linear_conv_kernel_dim": 4)") == Bytes(2096.0 * 1024));
    // MiniMax: 8 heads x 128 x 128 in 32 bits.
    CHECK(state(R"("attn_type_list": [0, 1])") == Bytes(8 * 128 * 128 * 4.0));
    // LFM2: 3 inputs of the hidden state.
    CHECK(state(R"("layer_types": ["conv", "full_attention"], "conv_L_cache": 3)") ==
          Bytes(6'000.0));
    // Kimi: 4 heads x 128 x 128 in 32 bits, 3 inputs of queries, keys and values.
    CHECK(state(R"("linear_attn_config": {"full_attn_layers": [2], "num_heads": 4, "head_dim": 128,
      "short_conv_kernel_size": 4})") == Bytes(4 * 128 * 128 * 4.0 + 3 * 3 * 512 * 2.0));
  }

  TEST_CASE("windows with heads of their own") {
    const ReadShape mimo = shape_in(with(R"("num_hidden_layers": 4, "v_head_dim": 64,
      "hybrid_layer_pattern": [0, 1, 1, 1], "sliding_window": 16, "swa_num_key_value_heads": 4,
      "swa_head_dim": 128, "swa_v_head_dim": 64)"));
    CHECK(mimo.gqa->head_dim == 96);
    CHECK(mimo.attention_layers.window_gqa->kv_heads == 4);
    CHECK(mimo.attention_layers.window_gqa->head_dim == 96);
    // One layer of 2 x 2 x 96 x 2 B a token, three with 16 tokens of twice that.
    CHECK(4.0 * cached_bytes(layer_shape(mimo), 100) ==
          100.0 * Bytes(768.0) + 3.0 * 16.0 * Bytes(1'536.0));
    const ReadShape gemma = shape_in(with(R"("num_hidden_layers": 2, "sliding_window": 16,
      "layer_types": ["sliding_attention", "full_attention"], "num_global_key_value_heads": 1,
      "global_head_dim": 256, "top_k_experts": 2)"));
    CHECK(gemma.gqa->kv_heads == 1);
    CHECK(gemma.gqa->head_dim == 256);
    CHECK(gemma.attention_layers.window_gqa->kv_heads == 2);
    CHECK(gemma.shared_size == 100);  // its MLP beside the experts
    CHECK(gemma.tied_embeddings == true);
  }
}

}  // namespace
}  // namespace wideep::huggingface_layers_test
