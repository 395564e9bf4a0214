#include <string>

#include <doctest/doctest.h>

#include "input/expected_size.h"
#include "input/read_problem.h"
#include "support/folder.h"
#include "support/model_file.h"

namespace wideep::huggingface_weights_test {
namespace {

using doctest::Approx;

/// Two layers, the first dense, with a shared expert, and more keys.
std::string with(const std::string& keys) {
  return R"({"hidden_size": 1000, "num_experts_per_tok": 2, "n_routed_experts": 8,
    "moe_intermediate_size": 10, "n_shared_experts": 1, "intermediate_size": 100,
    "first_k_dense_replace": 1, "num_hidden_layers": 3, "num_attention_heads": 8,
    "num_key_value_heads": 2, "head_dim": 128, "vocab_size": 50)" +
         (keys.empty() ? "" : ", " + keys) + "}";
}

/// Experts, shared experts and dense MLP, attention: "nvfp4 bf16 bf16".
std::string types_of(const ModelShape& shape) {
  const LayerShape layer = layer_shape(shape);
  const auto word = [](WeightType type) { return std::string(name_of(type)); };
  return word(layer.weights) + " " + word(layer.dense_weights) + " " +
         word(layer.attention_weights.value_or(layer.dense_weights));
}

std::string types_with(const std::string& quantization) {
  return types_of(shape_in(with(R"("quantization_config": {)" + quantization + "}")));
}

std::string doubt_with(const std::string& quantization) {
  const auto shape = doubted_shape_in(with(R"("quantization_config": {)" + quantization + "}"));
  return shape.doubts.empty() ? "none" : shape.doubts.front().message;
}

/// compressed-tensors with one group of all linear layers.
std::string packed(const std::string& weights, const std::string& more = "") {
  return R"("quant_method": "compressed-tensors", "config_groups": {"group_0": {
    "targets": ["Linear"], "weights": {)" +
         weights + "}}}" + more;
}

constexpr const char* kInt4 = R"("num_bits": 4, "type": "int", "group_size": 32)";

TEST_SUITE("input/huggingface_weights") {
  TEST_CASE("nothing said is bf16, a dtype is read") {
    CHECK(types_of(shape_in(with(""))) == "bf16 bf16 bf16");
    CHECK(types_of(shape_in(with(R"("torch_dtype": "bfloat16")"))) == "bf16 bf16 bf16");
    CHECK(types_of(shape_in(with(R"("dtype": "float8_e4m3fn")"))) == "fp8 fp8 fp8");
    CHECK(doubted_shape_in(with(R"("torch_dtype": "int3")")).doubts.size() == 1);
  }

  TEST_CASE("a quantization that says nothing of weights is doubted") {
    for (const char* said :
         {R"("quantization_config": "fp8")", R"("quantization_config": ["fp8"])"}) {
      CAPTURE(said);
      const auto doubts = doubted_shape_in(with(said)).doubts;
      REQUIRE(doubts.size() == 1);
      CHECK(doubts[0].message.find("is no mapping") != std::string::npos);
    }
    CHECK(doubt_with(R"("quant_method": "compressed-tensors", "config_groups": {})") ==
          "'config_groups' names no group of weights");
    // What looks around says what a name is not.
    CHECK(doubt_with(packed(kInt4, R"(, "ignore": ["re:^(?!.*experts).*$"])")).find("(?!") !=
          std::string::npos);
  }

  TEST_CASE("methods that store everything alike") {
    CHECK(types_with(R"("quant_method": "fp8", "weight_block_size": [128, 128])") == "fp8 fp8 fp8");
    CHECK(types_with(R"("quant_method": "modelopt", "quant_algo": "FP8")") == "fp8 fp8 fp8");
    CHECK(types_with(R"("quant_method": "modelopt", "quant_algo": "NVFP4")") ==
          "nvfp4 nvfp4 nvfp4");
    CHECK(types_with(R"("quant_method": "modelopt", "quant_algo": "W4A8_AWQ")") ==
          "int4_g128 int4_g128 int4_g128");
    CHECK(types_with(R"("quant_method": "awq", "bits": 4, "group_size": 128)") ==
          "int4_g128 int4_g128 int4_g128");
    CHECK(types_with(R"("quant_method": "gptq", "bits": 4, "group_size": 64)") ==
          "int4_g64 int4_g64 int4_g64");
    CHECK(types_with(packed(kInt4)) == "int4 int4 int4");
    CHECK(types_with(packed(R"("num_bits": 4, "type": "float", "group_size": 16)")) ==
          "nvfp4 nvfp4 nvfp4");
    CHECK(types_with(packed(R"("num_bits": 4, "type": "float", "group_size": 32)")) ==
          "mxfp4 mxfp4 mxfp4");
    CHECK(types_with(packed(R"("num_bits": 8, "type": "float", "group_size": null)")) ==
          "fp8 fp8 fp8");
    CHECK(types_with(R"("quant_method": "quark", "global_quant_config": {"weight":
      {"dtype": "fp4", "group_size": 32}}, "exclude": ["lm_head", "*self_attn*"])") ==
          "mxfp4 mxfp4 bf16");
  }

  TEST_CASE("methods that store experts apart") {
    CHECK(types_with(R"("quant_method": "mxfp4")") == "mxfp4 bf16 bf16");
    CHECK(types_with(R"("quant_method": "w4afp8")") == "int4_g128 fp8 fp8");
    CHECK(types_of(shape_in(with(R"("expert_dtype": "fp4", "quantization_config":
      {"quant_method": "fp8"})"))) == "mxfp4 fp8 fp8");
    CHECK(types_with(R"("quant_method": "modelopt", "quant_algo": "MIXED_PRECISION",
      "quantized_layers": {"model.layers.1.mlp.experts.0.up_proj": {"quant_algo": "NVFP4"},
      "model.layers.2.mlp.experts.0.up_proj": {"quant_algo": "NVFP4"},
      "model.layers.0.self_attn.o_proj": {"quant_algo": "FP8"},
      "model.layers.1.self_attn.o_proj": {"quant_algo": "FP8"},
      "model.layers.2.self_attn.o_proj": {"quant_algo": "FP8"}})") == "nvfp4 bf16 fp8");
    CHECK(types_with(R"("quant_method": "gptq", "bits": 4, "group_size": 128,
      "modules_in_block_to_quantize": [["mlp.experts"]])") == "int4_g128 bf16 bf16");
    CHECK(types_with(R"("quant_method": "gptq", "bits": 4, "group_size": 128,
      "dynamic": {"-:.*attn.*": {}, "-:.*shared_expert.*": {}, "-:model.layers.0.mlp.*": {}})") ==
          "int4_g128 bf16 bf16");
  }

  TEST_CASE("what a list leaves out stays in bf16") {
    const auto without = [](const std::string& names) {
      return types_with(packed(kInt4, R"(, "ignore": [)" + names + "]"));
    };
    CHECK(without(R"("lm_head", "re:.*mlp.gate$", "model.embed_tokens")") == "int4 int4 int4");
    CHECK(without(R"("re:.*self_attn.*")") == "int4 int4 bf16");
    // Kimi-K2.5.
    CHECK(without(R"("lm_head", "re:.*self_attn.*", "re:.*shared_experts.*",
      "re:.*mlp\\.(gate|up|gate_up|down)_proj.*")") == "int4 bf16 bf16");
    // Layer by layer, alternatives and ranges.
    CHECK(without(R"("model.layers.0.self_attn*", "model.layers.1.self_attn*",
      "model.layers.2.self_attn.o_proj")") == "int4 int4 bf16");
    CHECK(without(R"("re:.*layers\\.(0|1|2)\\.self_attn.*")") == "int4 int4 bf16");
    CHECK(without(R"("re:.*layers.[0-2].self_attn.*")") == "int4 int4 bf16");
    CHECK(without(R"("re:.*(lm_head|self_attn).*")") == "int4 int4 bf16");
    CHECK(without(R"("re:.*experts.*")") == "bf16 bf16 int4");
    // A layer that drafts, and what sees.
    CHECK(without(R"("model.layers.3*", "visual.blocks.0.attn.qkv")") == "int4 int4 int4");
  }

  TEST_CASE("what is left out in part is said") {
    const ReadShape some =
        shape_in(with(R"("quantization_config": {)" +
                      packed(kInt4, R"(, "ignore": ["model.layers.0.self_attn"]})")));
    CHECK(types_of(some) == "int4 int4 bf16");
    REQUIRE(some.notes.size() == 1);
    CHECK(some.notes[0] == "attention of 1 of 3 layers is bf16, elsewhere int4: counted as bf16");
    CHECK(doubt_with(packed(kInt4, R"(, "ignore": ["model.layers.1.mlp.experts"])")) ==
          "the experts of 1 of 2 layers are bf16, the others int4");
  }

  TEST_CASE("what is not known is doubted by name") {
    CHECK(doubt_with(R"("quant_method": "bitsandbytes", "load_in_4bit": true)") ==
          "'quant_method' is 'bitsandbytes', which is not known");
    CHECK(doubt_with(R"("bits": 4)") == "this quantization has no 'quant_method'");
    CHECK(doubt_with(R"("quant_method": "gptq", "bits": 3, "group_size": 128)") ==
          "'gptq': integers of 3 bits are not known");
    CHECK(doubt_with(R"("quant_method": "awq", "bits": 4, "group_size": 256)") ==
          "'awq': int4 with a scale for 256 weights is not known, only for 32, 64 and 128");
    CHECK(doubt_with(R"("quant_method": "modelopt", "quant_algo": "W2A2")") ==
          "'quant_algo': 'W2A2' is not known");
    CHECK(
        doubt_with(packed(R"("num_bits": 4, "type": "float", "group_size": 64)")) ==
        "'weights': floats of 4 bits are known with a scale for 16 weights (nvfp4) or 32 (mxfp4)");
    CHECK(doubt_with(packed(kInt4, R"(, "ignore": ["model.layers.1.flux_capacitor"])")) ==
          "'ignore' names 'model.layers.1.flux_capacitor', and it is not known which weights that "
          "is");
    CHECK(doubt_with(packed(kInt4, R"(, "kv_cache_scheme": {"num_bits": 4})")) ==
          "'kv_cache_scheme' is not of 8 bits");
  }

  TEST_CASE("the type of the cache") {
    const auto element = [](const std::string& more) {
      return shape_in(with(R"("quantization_config": {)" + packed(kInt4, more) + "}")).kv_element;
    };
    CHECK_FALSE(element(""));
    CHECK_FALSE(element(R"(, "kv_cache_scheme": null)"));
    CHECK(element(R"(, "kv_cache_scheme": {"num_bits": 8, "type": "float"})") == Bytes(1.0));
  }

  TEST_CASE("a hf_quant_config.json in the same folder is read, and the workload overrides") {
    const Folder folder;
    const auto workload = [&](const std::string& keys, const std::string& config) {
      CHECK(folder.write("config.json", config).ends_with("config.json"));
      return folder.write("workload.yaml",
                          "model: config.json\ntokens_per_rank: 8\nelement_bytes: 1\n"
                          "straggler_factor: 1\nexpert_load: T*k\n" +
                              keys);
    };
    const auto read = [](const std::string& path) {
      return read_problem(ProblemFiles{path, "h100-ib400", std::nullopt, {}}).workload;
    };
    const std::string beside =
        folder.write("hf_quant_config.json",
                     R"({"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "NVFP4",
        "kv_cache_quant_algo": "FP8", "group_size": 16, "exclude_modules": ["*self_attn*"]}})");
    Workload w = read(workload("", with("")));
    CHECK(w.figures.read.weights == WeightType::kNvfp4);
    CHECK(w.figures.read.attention_weights == WeightType::kBf16);
    CHECK(w.figures.footprint->cache_element == Bytes(1.0));
    // Its own quantization_config comes first.
    w = read(workload("", with(R"("quantization_config": {"quant_method": "fp8"})")));
    CHECK(w.figures.read.weights == WeightType::kFp8);
    // A doubt is settled by the key that it names, and by no other.
    const std::string odd = with(R"("quantization_config": {"quant_method": "odd"})");
    CHECK(read(workload("weight_dtype: int4\n", odd)).figures.read.weights == WeightType::kInt4);
    CHECK_THROWS_AS(read(workload("kv_dtype: fp8\n", odd)), InputError);
    // Attention that is in doubt has no cache that is known, where its time is stated.
    const std::string compressed = with(R"("compress_ratios": [4, 4, 4])");
    CHECK_THROWS_AS(read(workload("", compressed)), InputError);
    CHECK_FALSE(read(workload("attention_time: {fixed: 1us}\n", compressed)).figures.footprint);
    CHECK(read(workload("attention: {kind: gqa, heads: 8, kv_heads: 2, head_dim: 8}\n", compressed))
              .figures.footprint);
    std::filesystem::remove(beside);
    // What the file lacks comes from the workload.
    const std::string lacking = R"({"model_type": "x", "hidden_size": 64, "num_hidden_layers": 4})";
    w = read(workload("top_k: 2\nexperts: 8\nexpert_time_per_token: 1us\n", lacking));
    CHECK(w.model.top_k == 2);
    CHECK(w.model.moe_layers == 4);
    CHECK_THROWS_AS(read(workload("top_k: 2\nexpert_time_per_token: 1us\n", lacking)), InputError);
  }

  TEST_CASE(
      "more values than are kept are refused before they are parsed, but not commas in texts") {
    const auto faults = [](const std::string& text) -> std::string {
      const Source source{"config.json", text};
      Findings findings;
      const bool is_map = parse_yaml(source, findings).is_map();
      CHECK(is_map == !findings.any());
      try {
        findings.throw_if_any();
      } catch (const InputError& error) {
        return error.what();
      }
      return "";
    };
    const std::string commas(300'000, ',');
    CHECK(faults("{\"a\": \"" + commas + "\\\"" + commas + "\"}").empty());
    CHECK(faults("{\"a\": [" + std::string(300'000, '[')).find("too many values") !=
          std::string::npos);
  }

  TEST_CASE("parameters in names") {
    const auto size = [](std::string_view name) {
      const auto found = size_in_name(name);
      return found ? *found->parameters : 0.0;
    };
    CHECK(size("qwen3-235b-a22b") == 235e9);
    CHECK(size("models/Qwen3-30B-A3B/config.json") == 30e9);
    CHECK(size("hub/models--Qwen--Qwen3-235B-A22B/snapshots/ab12b/config.json") == 235e9);
    CHECK(size("ernie-4.5-21b-a3b.json") == 21e9);
    CHECK(size("Qwen1.5-MoE-A2.7B") == 0.0);
    CHECK(size("mixtral-8x7b") == 0.0);
    CHECK(size("Llama-4-Scout-17B-16E") == 0.0);
    CHECK(size("Ling-1T") == 1e12);
    CHECK(size("kimi-k2.5") == 0.0);
  }

  TEST_CASE("a count that does not go with the name or the index is said") {
    const Folder folder;
    // 2 MoE layers: 8 experts of 30,000, a shared one, gates of 8,000; attention 3 x 2,560,000; an
    // MLP of 300,000; embeddings 100,000.
    constexpr double kAll = 2 * (240'000 + 30'000 + 8'000) + 3 * 2'560'000 + 300'000 + 100'000;
    const auto summary = [&](const std::string& index) {
      CHECK(folder.write("model.safetensors.index.json", index).ends_with(".json"));
      const Source source{folder.write("config.json", with("")), with("")};
      Findings findings;
      return summary_of(read_model_root(parse_yaml(source, findings), findings), {});
    };
    const ModelSummary right =
        summary(R"({"metadata": {"total_size": 17272000}, "weight_map": {"a": "b"}})");
    CHECK(*right.parameters == kAll);
    CHECK(*right.parameters_expected == Approx(kAll));
    CHECK_FALSE(right.mismatch);
    const ModelSummary wrong = summary(R"({"metadata": {"total_size": 8000000}})");
    REQUIRE(wrong.mismatch);
    CHECK(wrong.mismatch->find("115.9% more than model.safetensors.index.json says (8 MB)") !=
          std::string::npos);
    Source named{"tiny-1b.json", with("")};
    Findings findings;
    const auto other = summary_of(read_model_root(parse_yaml(named, findings), findings), {});
    REQUIRE(other.mismatch);
    CHECK(other.mismatch->find("99.1% less than the name 'tiny-1b.json' says (1 B)") !=
          std::string::npos);
    CHECK(describe(other) == "2 of 8 experts, 2 of 3 layers MoE, GQA, bf16 weights, 8.636 M");
  }
}

}  // namespace
}  // namespace wideep::huggingface_weights_test
